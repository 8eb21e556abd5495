"""The text of a first configuration, in YAML with comments: what is varied, and what else might be."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from clearml_hpo_app.clearml_api.base_task import BaseTask
from clearml_hpo_app.config.task_settings import SECTION
from clearml_hpo_app.errors import HpoError
from clearml_hpo_app.space.values import Value
from clearml_hpo_app.starting_point.others import Others, naming, others, remark
from clearml_hpo_app.starting_point.proposal import Goal, Proposed, goals, proposals, values_of
from clearml_hpo_app.starting_point.ready_made import ReadyMade
from clearml_hpo_app.wording import plain

_PLAIN = re.compile(r"[A-Za-z][\w./-]*")
_WORDS = frozenset({"true", "false", "null", "none", "yes", "no", "on", "off", "y", "n"})
_COLUMN = 90


@dataclass(frozen=True)
class Starter:
    """A first configuration: its text, how many parameters it varies, and how many more it lists."""

    text: str
    varied: int
    others: int


def starter(base: BaseTask, *, queue: str = "default", template: ReadyMade | None = None) -> Starter:
    """Return a first configuration for a base task.

    Args:
        base: The task, with its hyperparameters and metrics.
        queue: Where the trials shall go.
        template: A ready-made space: of its parameters, those that the task has are varied.

    Raises:
        HpoError: The task has nothing that could be varied, or is an optimization itself.
    """
    _require_training(base)
    values = values_of(base)
    guessed = proposals(base)
    if template is None:
        chosen = [one for one in guessed if one.is_known]
        missing: list[dict[str, Any]] = []
    else:
        rows = [
            parameter.model_dump(mode="json", exclude_defaults=True) for parameter in template.config.parameters
        ]
        kinds = [parameter.type for parameter in template.config.parameters]
        rows = [{"type": kind, **row} for kind, row in zip(kinds, rows, strict=True)]
        chosen = [Proposed(row, values[row["name"]], True) for row in rows if row["name"] in values]
        missing = [row for row in rows if row["name"] not in values]
    if not chosen:
        raise HpoError(_nothing(base, values, template))
    rest = others(values, guessed, {one.row["name"] for one in chosen})
    lines = [
        *_head(base, template),
        *_objectives(base, template),
        "parameters:",
        *(_line(one.row, remark(one)) for one in chosen),
        *_missing(missing),
        *_others(rest),
        *_rest(base, queue, template),
    ]
    return Starter("\n".join(line.rstrip() for line in lines) + "\n", len(chosen), len(rest.listed))


def _require_training(base: BaseTask) -> None:
    """A task with our settings is an instance, or the template of one: it trains nothing."""
    if (original := base.text_of(SECTION, "base_task_id")) is not None:
        hint = f"give its base task, {original}" if original else "give the task that it shall optimize"
        raise HpoError(
            f"The base task must be one that trains, but {base.name!r} is an optimization itself: {hint}. "
            f"Its configuration you get with: clearml-hpo import {base.id}"
        )


def _nothing(base: BaseTask, values: Mapping[str, Value], template: ReadyMade | None) -> str:
    has = f"It has {', '.join(sorted(values)[:10])}." if values else "It has none that a script reads."
    if template is not None:
        return f"The base task must have a parameter of the template {template.name}, but it has none. {has}"
    return f"The base task {base.name!r} must have a number that can be varied among its hyperparameters. {has}"


def _head(base: BaseTask, template: ReadyMade | None) -> Iterator[str]:
    yield f"# A first configuration for the task {plain(base.name, 60)}: change what you know better."
    yield "# Look whether it works: clearml-hpo check FILE. Start it: clearml-hpo run FILE."
    if template is not None:
        yield "#"
        yield from (f"# {line}" for line in template.notes)
    yield ""
    yield f"base_task_id: {_scalar(base.id)}"
    yield f"method: {template.config.method if template else 'bayesian'}"
    if template is not None and template.config.early_stopping != "auto":
        yield f"early_stopping: {template.config.early_stopping}"


def _objectives(base: BaseTask, template: ReadyMade | None) -> Iterator[str]:
    reported = goals(base.metrics)
    wanted = template.config.objective if template else None
    yield "objectives:"
    if wanted is not None and (not reported or (wanted.title, wanted.series) in base.metrics):
        first = Goal(wanted.title, wanted.series, wanted.trend)
    else:
        first = reported[0] if reported else Goal("validation", "loss", "min")
    how = "" if reported else "the base task reported no scalar: name what the script reports"
    value = wanted.value if wanted is not None else "best"
    yield _line({"title": first.title, "series": first.series, "trend": first.trend, "value": value}, how)
    rest = [goal for goal in reported if goal != first][:10]
    if rest:
        yield "  # It also reported:"
    for goal in rest:
        yield f"  # {_line({'title': goal.title, 'series': goal.series, 'trend': goal.trend}, '').strip()}"


def _missing(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    if rows:
        yield "  # The base task does not have these; name them as its page does, or connect them in the script:"
    yield from (f"  # {_line(row, '').strip()}" for row in rows)


def _others(rest: Others) -> Iterator[str]:
    if rest.listed:
        yield "  # What else the base task has; take away the # of what shall be varied, or fixed:"
    yield from (f"  # {_line(one.row, remark(one)).strip()}" for one in rest.listed)
    yield from naming(rest.named)


def _rest(base: BaseTask, queue: str, template: ReadyMade | None) -> Iterator[str]:
    yield f"execution_queue: {_scalar(queue)}"
    yield f"max_concurrent_tasks: {template.config.max_concurrent_tasks if template else 4}"
    yield "limits:"
    yield f"  total_tasks: {template.config.limits.total_tasks if template else 20}"
    yield "  top_tasks_to_keep: 5"
    if base.run_seconds:
        minutes = max(1, round(base.run_seconds / 60 * 3))
        yield f"  # task_minutes: {minutes}".ljust(_COLUMN) + "# three times what the base task took"
    if base.iterations:
        yield f"  # max_iterations: {base.iterations}".ljust(_COLUMN) + "# the base task's last one"


def _line(row: Mapping[str, Any], comment: str) -> str:
    line = f"  - {_flow(row)}"
    return f"{line.ljust(_COLUMN)} # {comment}" if comment else line


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_scalar(key)}: {_flow(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return _scalar(value)


def _scalar(value: Value) -> str:
    """Return a value as YAML, without quotes where text cannot be taken for anything else."""
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    if isinstance(value, str):
        return yaml.safe_dump(value, default_style='"', allow_unicode=True, width=10**9).strip()
    return json.dumps(value)
