"""Reading a task's JSON: which fields are asked for, and what they mean as our own values."""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from clearml_hpo_app.objective import Objective, Values
from clearml_hpo_app.space.values import Value
from clearml_hpo_app.trials.trial import MetricValue, Rung, Trial, TrialState, Verdict

PROPERTIES = "properties"
"""The hyperparameter section that ClearML's UI shows as user properties: editable in every status."""

RUN, NUMBER, ATTEMPT, PARAMETERS = "hpo_run", "hpo_trial", "hpo_attempt", "hpo_parameters"
ACT = "hpo_act"
VERDICT, REASON, RUNG = "verdict", "reason", "rung"
OUR_PROPERTIES = frozenset({RUN, NUMBER, ATTEMPT, PARAMETERS, ACT, VERDICT, REASON, RUNG})

_STATES = {
    "created": TrialState.CREATED,
    "queued": TrialState.QUEUED,
    "in_progress": TrialState.RUNNING,
    "stopped": TrialState.STOPPED,
    "closed": TrialState.STOPPED,
    "failed": TrialState.FAILED,
    "completed": TrialState.COMPLETED,
    "publishing": TrialState.COMPLETED,
    "published": TrialState.COMPLETED,
}

_FIELDS = [
    "id",
    "name",
    "parent",
    "project",
    "status",
    "status_reason",
    "status_message",
    "last_iteration",
    "created",
    "started",
    "completed",
    "last_update",
    "last_worker",
    "system_tags",
    f"hyperparams.{PROPERTIES}",
]


@dataclass(frozen=True)
class TaskRow:
    """A task as polled: the same for a trial and for the controller.

    Attributes:
        status: As ClearML has it; `status_message` "stopping" means that the worker was asked to end it.
        properties: Text of the user properties, by name.
        runtime: What programs keep on the task; cleared by a reset and not copied by a clone.
        metrics: One entry per objective asked for, `None` where the task never reported it.
        parameters: Text of its other hyperparameters by full name, as far as they were asked for.
        headline: The first line of its description, as far as that was asked for.
    """

    id: str
    name: str
    parent: str
    project: str
    status: str
    status_reason: str
    status_message: str
    iteration: int | None
    created: datetime | None
    started: datetime | None
    ended: datetime | None
    last_update: datetime | None
    worker: str
    archived: bool
    properties: Mapping[str, str]
    runtime: Mapping[str, Any]
    metrics: tuple[MetricValue | None, ...]
    parameters: Mapping[str, str] = field(default_factory=dict)
    headline: str = ""

    @property
    def is_stopping(self) -> bool:
        """Whether its worker was asked to end it and has not done so yet."""
        return self.status == "in_progress" and self.status_message == "stopping"


def poll_fields(objectives: Sequence[Objective]) -> list[str]:
    """Return the `only_fields` of a poll: about 0.5 kB a task instead of up to 90."""
    return [*_FIELDS, "runtime", *(f"last_metrics.{metric_key(objective)}" for objective in objectives)]


def child_fields(objectives: Sequence[Objective]) -> list[str]:
    """Return the `only_fields` of a look at all children: a poll's, and what tells trials from copies of them."""
    return [*poll_fields(objectives), "comment"]


def metric_key(objective: Objective) -> str:
    """Return where the server keeps the objective's values: `<md5 of title>.<md5 of series>`."""
    return f"{_md5(objective.title)}.{_md5(objective.series)}"


def read_row(raw: Mapping[str, Any], objectives: Sequence[Objective]) -> TaskRow:
    """Turn a task's JSON into a row; missing fields read as empty."""
    return TaskRow(
        id=str(raw["id"]),
        name=str(raw.get("name") or ""),
        parent=str(raw.get("parent") or ""),
        project=str(raw.get("project") or ""),
        status=str(raw.get("status") or ""),
        status_reason=str(raw.get("status_reason") or ""),
        status_message=str(raw.get("status_message") or ""),
        iteration=_iteration(raw),
        created=read_time(raw.get("created")),
        started=read_time(raw.get("started")),
        ended=read_time(raw.get("completed")),
        last_update=read_time(raw.get("last_update")),
        worker=str(raw.get("last_worker") or ""),
        archived="archived" in (raw.get("system_tags") or ()),
        properties=section_texts(raw, PROPERTIES),
        runtime=raw.get("runtime") or {},
        metrics=tuple(_metric(raw, objective) for objective in objectives),
        parameters=_parameters(raw),
        headline=str(raw.get("comment") or "").partition("\n")[0],
    )


def _parameters(raw: Mapping[str, Any]) -> dict[str, str]:
    sections = [section for section in raw.get("hyperparams") or {} if section != PROPERTIES]
    texts = ((section, section_texts(raw, section)) for section in sections)
    return {f"{section}/{name}": text for section, items in texts for name, text in items.items()}


def section_texts(raw: Mapping[str, Any], section: str) -> dict[str, str]:
    """Return the text of every hyperparameter of one section, by name."""
    items = (raw.get("hyperparams") or {}).get(section) or {}
    return {name: str(item.get("value") or "") for name, item in items.items()}


def read_time(text: Any) -> datetime | None:
    """Read a time as the server writes it (`2026-11-24T06:51:17.897000+00:00`), `None` from nothing."""
    if not text:
        return None
    moment = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def read_trial(row: TaskRow, objectives: Sequence[Objective]) -> Trial | None:
    """Return the trial that `row` is, `None` when its properties do not say that it is one."""
    try:
        number, attempt = int(row.properties[NUMBER]), int(row.properties[ATTEMPT])
        parameters: dict[str, Value] = json.loads(row.properties[PARAMETERS])
    except (KeyError, ValueError):
        return None
    if number < 0 or not isinstance(parameters, dict):
        return None
    verdict = _verdict(row.properties.get(VERDICT, ""))
    state = TrialState.STOPPING if row.is_stopping else _STATES.get(row.status, TrialState.RUNNING)
    return Trial(
        number=number,
        attempt=attempt,
        task_id=row.id,
        name=row.name,
        parameters=parameters,
        state=state,
        values=None if verdict is Verdict.INFEASIBLE else _values(row.metrics, objectives),
        metrics=row.metrics,
        iteration=row.iteration,
        created=row.created,
        started=row.started,
        ended=row.ended if state.is_final else None,
        last_update=row.last_update,
        verdict=verdict,
        reason=row.properties.get(REASON, ""),
        rung=_rung(row.properties.get(RUNG, "")),
        archived=row.archived,
        worker=row.worker,
        project=row.project,
        status_reason=row.status_reason,
        status_message=row.status_message,
    )


def _values(metrics: Sequence[MetricValue | None], objectives: Sequence[Objective]) -> Values | None:
    values: list[float] = []
    for metric, objective in zip(metrics, objectives, strict=True):
        if metric is None:
            return None
        best = metric.max if objective.trend == "max" else metric.min
        values.append(metric.last if objective.value == "last" else best)
    return tuple(values) if all(map(math.isfinite, values)) else None


def verdict_texts(trial: Trial) -> dict[str, str]:
    """Return the user properties that say why a trial ended; `read_trial` reads them."""
    texts = {VERDICT: trial.verdict.value, REASON: trial.reason} if trial.verdict is not None else {}
    return texts if trial.rung is None else {**texts, RUNG: _rung_text(trial.rung)}


def _rung_text(rung: Rung) -> str:
    return str(rung.iteration) if rung.value is None else f"{rung.iteration}: {rung.value!r}"


def _rung(text: str) -> Rung | None:
    iteration, _, value = text.partition(":")
    try:
        return Rung(int(iteration), float(value) if value else None)
    except ValueError:
        return None


def _verdict(text: str) -> Verdict | None:
    try:
        return Verdict(text)
    except ValueError:
        return None


def _metric(raw: Mapping[str, Any], objective: Objective) -> MetricValue | None:
    by_series = (raw.get("last_metrics") or {}).get(_md5(objective.title)) or {}
    found = by_series.get(_md5(objective.series))
    if not found or found.get("value") is None:
        return None
    last = float(found["value"])
    return MetricValue(last=last, min=float(found.get("min_value", last)), max=float(found.get("max_value", last)))


def last_values(raw: Mapping[str, Any], title: str) -> dict[str, float]:
    """Return what a task reported last of each series of a scalar graph."""
    found = (raw.get("last_metrics") or {}).get(_md5(title)) or {}
    return {str(each["variant"]): float(each["value"]) for each in found.values() if each.get("value") is not None}


def _iteration(raw: Mapping[str, Any]) -> int | None:
    """`last_iteration` is 0 on a task that reported nothing, and also after its iteration 0."""
    iteration = raw.get("last_iteration")
    if iteration is None or (iteration == 0 and not raw.get("last_metrics")):
        return None
    return int(iteration)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode("utf-8"), usedforsecurity=False).hexdigest()
