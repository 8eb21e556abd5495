"""Where an optimisation stands, in one word."""

from datetime import datetime, timedelta, timezone

import pytest

from clearml_hpo_app.clearml_api.rows import TaskRow, read_row
from clearml_hpo_app.controller.lease import HEARTBEAT, RUNTIME_RUN, Handover, Lease
from clearml_hpo_app.web.instances import STARTS_WITHIN, state_of

NOW = datetime(2026, 11, 2, 8, tzinfo=timezone.utc)


def row(started_ago: timedelta, lease: Lease | None = None) -> TaskRow:
    texts = {HEARTBEAT: lease.to_text()} if lease else {}
    properties = {name: {"section": "properties", "name": name, "value": text} for name, text in texts.items()}
    return read_row(
        {
            "id": "task",
            "status": "in_progress",
            "started": (NOW - started_ago).isoformat(),
            "runtime": {RUNTIME_RUN: "run"},
            "hyperparams": {"properties": properties},
        },
        (),
    )


def lease(at_ago: timedelta, lasts: timedelta) -> Lease:
    at = NOW - at_ago
    return Lease("task", "run", at, at + lasts, Handover(), "nonce", host="another host")


MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("seen", "state"),
    [
        (row(MINUTE), "starting"),
        (row(STARTS_WITHIN + MINUTE), "waiting"),
        (row(MINUTE, lease(2 * MINUTE, MINUTE / 2)), "starting"),
        (row(3 * MINUTE, lease(2 * MINUTE, MINUTE / 2)), "waiting"),
        (row(3 * MINUTE, lease(MINUTE / 6, MINUTE / 2)), "running"),
    ],
    ids=["just started", "started long ago", "resumed after another", "its controller is gone", "held"],
)
def test_a_task_without_a_controller_starts_for_a_while_and_then_misses_it(seen: TaskRow, state: str) -> None:
    assert state_of(seen, NOW) == state
