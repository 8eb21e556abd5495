"""A running task that gives no sign of life is stopped after two hours; the clock is handed in."""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from server_calls import call

from clearml_hpo_app.local.server import EmbeddedServer, ServerAddress

LIMIT = timedelta(seconds=7200)
SECOND = timedelta(seconds=1)


class HandSetClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 1, tzinfo=timezone.utc)

    def now(self) -> datetime:
        return self.time

    def wait(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> HandSetClock:
    return HandSetClock()


@pytest.fixture
def address(tmp_path: Path, clock: HandSetClock) -> Iterator[ServerAddress]:
    with EmbeddedServer(tmp_path, port=0, clock=clock) as address:
        yield address


@pytest.fixture
def running(address: ServerAddress) -> str:
    task = str(call(address, "tasks.create", name="a task", type="training")["id"])
    call(address, "tasks.started", task=task)
    return task


def _status(address: ServerAddress, task: str) -> tuple[str, str]:
    seen = call(address, "tasks.get_by_id", task=task)["task"]
    return seen["status"], seen["status_reason"]


def test_a_silent_task_is_stopped_and_says_why(address: ServerAddress, clock: HandSetClock, running: str) -> None:
    clock.time += LIMIT + SECOND
    assert _status(address, running) == ("stopped", "Forced stop (non-responsive)")


def test_a_task_is_not_silent_before_the_limit(address: ServerAddress, clock: HandSetClock, running: str) -> None:
    clock.time += LIMIT
    assert _status(address, running) == ("in_progress", "")


def test_a_sign_of_life_counts(address: ServerAddress, clock: HandSetClock, running: str) -> None:
    clock.time += LIMIT - SECOND
    call(address, "tasks.ping", task=running)
    clock.time += LIMIT - SECOND
    assert _status(address, running) == ("in_progress", "")


def test_only_running_tasks_are_watched(address: ServerAddress, clock: HandSetClock) -> None:
    created = str(call(address, "tasks.create", name="never started", type="training")["id"])
    queued = str(call(address, "tasks.create", name="waiting", type="training")["id"])
    call(address, "tasks.enqueue", task=queued)
    clock.time += 10 * LIMIT
    statuses = [call(address, "tasks.get_by_id", task=task)["task"]["status"] for task in (created, queued)]
    assert statuses == ["created", "queued"]
