"""Whether an instance may be carried on here, told by the signs of life of its controller."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

import pytest

from clearml_hpo_app.cli.resuming import wait_for_silence
from clearml_hpo_app.errors import PreflightFailed

START = datetime(2026, 1, 1, tzinfo=timezone.utc)


@dataclass
class Time:
    """A clock on which waiting takes no time."""

    seconds: float = 0.0

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def wait(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass
class Instance:
    """An instance whose controller is silent, or gives a sign every `beat_seconds`."""

    time: Time
    task_status: str = "in_progress"
    beat_seconds: float | None = None
    silent_before: float = 0.0
    id: str = "abc"
    said: list[str] = field(default_factory=list)

    def status(self) -> str:
        return self.task_status

    def last_sign(self) -> datetime | None:
        beats = 0 if self.beat_seconds is None else self.time.seconds // self.beat_seconds * self.beat_seconds
        return START + timedelta(seconds=beats - self.silent_before)

    def wait(self) -> None:
        wait_for_silence(self, self.time.now, self.said.append, clock=self.time)


def test_a_task_that_has_ended_is_resumed_at_once() -> None:
    instance = Instance(Time(), task_status="stopped")
    instance.wait()
    assert (instance.time.seconds, instance.said) == (0, [])


def test_a_controller_that_was_silent_for_long_is_dead() -> None:
    instance = Instance(Time(), silent_before=61)
    instance.wait()
    assert (instance.time.seconds, instance.said) == (0, [])


def test_a_controller_that_was_just_killed_is_waited_for_and_people_are_told_once() -> None:
    instance = Instance(Time(), silent_before=10)
    instance.wait()
    assert 50 < instance.time.seconds <= 60
    assert len(instance.said) == 1


def test_a_controller_at_work_is_left_to_it() -> None:
    instance = Instance(Time(), beat_seconds=20)
    with pytest.raises(PreflightFailed, match=r"has a controller at work\. End that with: clearml-hpo stop abc"):
        instance.wait()
    assert instance.time.seconds == 20


def test_an_instance_in_a_queue_is_left_to_its_agent() -> None:
    with pytest.raises(PreflightFailed, match="waits in a queue for its controller"):
        Instance(Time(), task_status="queued").wait()
