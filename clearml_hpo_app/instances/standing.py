"""Where an optimisation stands, in one word: its task's status alone does not tell whether anything happens."""

from datetime import datetime, timedelta

from clearml_hpo_app.clearml_api.rows import TaskRow
from clearml_hpo_app.controller.lease import read_lease
from clearml_hpo_app.controller.steering.wishes import WANT, Want
from clearml_hpo_app.statuses import UNCONTROLLED

_STATES = {
    "created": "draft",
    "queued": "queued",
    "published": "completed",
    "closed": "stopped",
    "unknown": "lost",
}

STARTS_WITHIN = timedelta(minutes=10)
"""What an agent may take to build an environment; after that its controller is missed."""


def state_of(row: TaskRow, now: datetime) -> str:
    """Return where an optimisation stands.

    `draft`, `queued`, `starting` (its task runs, the agent may still be installing what the controller needs),
    `running`, `paused`, `stopping`, `uncontrolled` (no controller is at work, so nothing happens), `completed`,
    `stopped`, `failed`.
    """
    if row.status != "in_progress":
        return _STATES.get(row.status, row.status)
    wish = row.properties.get(WANT, "")
    if row.is_stopping or wish in {Want.STOP.value, Want.STOP_NOW.value}:
        return "stopping"
    if not is_controlled(row, now):
        return "starting" if is_starting(row, now) else UNCONTROLLED
    return "paused" if wish == Want.PAUSED.value else "running"


def is_controlled(row: TaskRow, now: datetime) -> bool:
    """Whether a controller is at work on the task."""
    lease = read_lease(row)
    return row.status == "in_progress" and lease is not None and lease.is_held(now)


def is_starting(row: TaskRow, now: datetime) -> bool:
    """Tell whether its task was started a while ago and no controller has been at work since."""
    lease, started = read_lease(row), row.started
    return started is not None and now - started < STARTS_WITHIN and (lease is None or lease.at < started)


def progress_of(row: TaskRow) -> int | None:
    """Return how far an optimisation is, 0 to 100 %, as its controller said last; `None` where it did not.

    The runtime map, which ClearML's pages read, is written once a minute; the lease has it more often.
    """
    lease = read_lease(row)
    told = lease.progress if lease is not None and lease.progress is not None else _written_progress(row)
    return None if told is None else min(max(told, 0), 100)


def _written_progress(row: TaskRow) -> int | None:
    try:
        return int(row.runtime["progress"])
    except (KeyError, ValueError, TypeError):
        return None
