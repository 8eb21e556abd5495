"""Values for the tests of the pure parts: configurations, trials, states, polled rows."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

from clearml_hpo_app.clearml_api.rows import ATTEMPT, NUMBER, PARAMETERS, RUN, TaskRow
from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.controller.state import RunState
from clearml_hpo_app.trials.trial import MetricValue, Trial, TrialState, Verdict

START = datetime(2026, 11, 2, 8, 0, tzinfo=timezone.utc)
LOSS = {"title": "val", "series": "loss", "trend": "min"}
SIZE = {"title": "val", "series": "size", "trend": "max"}
RATE = {"type": "uniform", "name": "Args/rate", "min": 0.0, "max": 1.0}


def after(**times: float) -> datetime:
    """Return a moment after the start of the run: `after(minutes=3)`."""
    return START + timedelta(**times)


def config(**more: Any) -> HpoConfig:
    settings: dict[str, Any] = {
        "base_task_id": "base",
        "objectives": [LOSS],
        "parameters": [RATE],
        "method": "random",
        "max_concurrent_tasks": 4,
        **more,
    }
    return HpoConfig(**settings)


def limited(**limits: float) -> HpoConfig:
    return config(limits=limits)


def ended(number: int, *values: float, **more: Any) -> Trial:
    """Return a completed trial that ran for the first minute of the run."""
    facts: dict[str, Any] = {
        "state": TrialState.COMPLETED,
        "verdict": Verdict.COMPLETED,
        "values": values or None,
        "started": START,
        "ended": after(minutes=1),
        **more,
    }
    return Trial(number, f"task{number}", f"base: trial {number}", {"Args/rate": 0.5}, **facts)


def running(number: int, **more: Any) -> Trial:
    facts = {"state": TrialState.RUNNING, "verdict": None, "ended": None, "started": START, **more}
    return ended(number, **facts)


def queued(number: int, **more: Any) -> Trial:
    return running(number, **{"state": TrialState.QUEUED, "started": None, "last_update": START, **more})


def draft(number: int, **more: Any) -> Trial:
    return queued(number, state=TrialState.CREATED, **more)


def state(*trials: Trial, settings: HpoConfig | None = None, **more: Any) -> RunState:
    made = RunState(settings or config(), "run", START, **more)
    for trial in trials:
        made.take_in(trial)
    return made


def row(number: int, status: str = "in_progress", loss: float | None = None, **more: Any) -> TaskRow:
    """Return what a poll says of a trial of run `run`."""
    identity = {RUN: "run", NUMBER: str(number), ATTEMPT: "1", PARAMETERS: '{"Args/rate": 0.5}'}
    made = TaskRow(
        id=f"task{number}",
        name=f"base: trial {number}",
        parent="controller",
        project="project",
        status=status,
        status_reason="",
        status_message="",
        iteration=None,
        created=START,
        started=START if status not in {"created", "queued"} else None,
        ended=after(minutes=1) if status not in {"created", "queued", "in_progress"} else None,
        last_update=START,
        worker="agent:0",
        archived=False,
        properties={**identity, **more.pop("properties", {})},
        runtime={},
        metrics=(None if loss is None else MetricValue(loss, loss, loss),),
    )
    return replace(made, **more)
