"""The two artifacts of the instance: all trials as CSV, and the best of them as JSON, in full precision."""

import csv
import io
import math
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

from clearml_hpo_app.space.values import from_text, to_text
from clearml_hpo_app.trials.snapshot import Snapshot
from clearml_hpo_app.trials.trial import Trial

COLUMNS = (
    "number",
    "attempt",
    "task id",
    "name",
    "status",
    "verdict",
    "reason",
    "iterations",
    "started",
    "ended",
    "run seconds",
    "worker",
    "archived",
)
"""The columns of the CSV before the objectives and the parameters, which stand under their full names."""

_FORMULA_SIGNS = ("=", "+", "-", "@", "\t")


def trials_csv(snapshot: Snapshot) -> str:
    """Return all trials by number as CSV, lines ended by a newline; what is not known is an empty cell.

    Times are ISO 8601 in UTC; parameters are written as a task's hyperparameters are (`values.to_text`).
    A text that a spreadsheet would run as a formula (it begins with = + - @ or a tab, and is no number) has an
    apostrophe before it, the sign of a text; lines within a text end with a newline.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    objectives = [objective.name for objective in snapshot.config.objectives]
    parameters = [parameter.name for parameter in snapshot.config.parameters]
    writer.writerow(map(_inert, [*COLUMNS, *objectives, *parameters]))
    for trial in snapshot.trials:
        values = trial.values or ("",) * len(objectives)
        writer.writerow(map(_inert, [*_facts(trial, snapshot.now), *values, *_texts(trial, parameters)]))
    return text.getvalue()


def best_json(snapshot: Snapshot) -> dict[str, Any]:
    """Return the best trial as plain JSON values; `trial` is `None` while there is none.

    With several objectives `trial` is the best in the first one among the `pareto_front`, which lists the trials
    that no other one dominates, by number.
    """
    objectives = snapshot.config.objectives
    best = next(iter(snapshot.ranked), None)
    found: dict[str, Any] = {
        "objectives": [{"name": objective.name, "trend": objective.trend} for objective in objectives],
        "trial": _described(best, snapshot) if best else None,
        "trials": len(snapshot.trials),
        "status": snapshot.status,
        "reason": snapshot.reason,
    }
    if len(objectives) > 1:
        found["pareto_front"] = [_described(trial, snapshot) for trial in snapshot.pareto_front]
    return found


def _facts(trial: Trial, now: datetime) -> Iterator[object]:
    yield trial.number
    yield trial.attempt
    yield trial.task_id
    yield trial.name
    yield trial.state.value
    yield trial.verdict.value if trial.verdict else ""
    yield trial.reason
    yield "" if trial.iteration is None else trial.iteration
    yield _moment(trial.started)
    yield _moment(trial.ended)
    yield round(trial.run_seconds(now), 1)
    yield trial.worker
    yield "true" if trial.archived else "false"


def _texts(trial: Trial, parameters: list[str]) -> Iterator[str]:
    for name in parameters:
        yield to_text(trial.parameters.get(name))


def _inert(cell: object) -> object:
    """Return a cell that no spreadsheet runs; numbers stay as they are, also those that come as text."""
    if not isinstance(cell, str):
        return cell
    text = cell.replace("\0", "")  # no table can hold it, and Python 3.10 does not write it
    text = "\n".join(text.splitlines()) if "\r" in text else text  # which `csv` would leave without quotes
    runs = text.startswith(_FORMULA_SIGNS) and isinstance(from_text(text), str)
    return f"'{text}" if runs else text


def _described(trial: Trial, snapshot: Snapshot) -> dict[str, Any]:
    names = [objective.name for objective in snapshot.config.objectives]
    return {
        "number": trial.number,
        "attempt": trial.attempt,
        "task_id": trial.task_id,
        "name": trial.name,
        "status": trial.state.value,
        "verdict": trial.verdict.value if trial.verdict else None,
        "reason": trial.reason,
        "iterations": trial.iteration,
        "started": _moment(trial.started) or None,
        "ended": _moment(trial.ended) or None,
        "run_seconds": round(trial.run_seconds(snapshot.now), 1),
        "values": {name: _plain(value) for name, value in zip(names, trial.values or (), strict=False)},
        "parameters": {name: _plain(value) for name, value in trial.parameters.items()},
    }


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _moment(moment: datetime | None) -> str:
    return "" if moment is None else moment.astimezone(timezone.utc).isoformat(timespec="seconds")
