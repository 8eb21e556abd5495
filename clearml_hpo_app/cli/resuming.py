"""Before an instance is carried on: whether another controller is still at work on it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from clearml_hpo_app.clock import Clock, SystemClock
from clearml_hpo_app.errors import PreflightFailed

SILENT_AFTER = timedelta(seconds=60)
"""A controller says that it lives every 20 s; one that has been silent for so long does not."""

LOOK_SECONDS = 5.0


class Interrupted(Protocol):
    """What is asked of an instance (see `HpoInstance`)."""

    @property
    def id(self) -> str:
        """Its task."""
        ...

    def status(self) -> str:
        """Return its status, as ClearML has it."""
        ...

    def last_sign(self) -> datetime | None:
        """Return when its controller last said that it lives."""
        ...


def wait_for_silence(
    instance: Interrupted, now: Callable[[], datetime], say: Callable[[str], None], *, clock: Clock | None = None
) -> None:
    """Return once no other controller works on the instance; at once when its task does not run.

    Args:
        instance: What is to be carried on.
        now: Tells the time on the server's clock.
        say: Tells people why they wait.
        clock: Waits; the system's unless given.

    Raises:
        PreflightFailed: Another controller works on it, it waits in a queue for one, or it has completed.
    """
    clock = clock or SystemClock()
    first = instance.last_sign()
    told = False
    if instance.status() in {"completed", "published"}:
        raise PreflightFailed(
            [f"The instance must have been interrupted to be resumed, but {instance.id} has completed."]
        )
    while (status := instance.status()) in {"in_progress", "queued"}:
        latest = instance.last_sign()
        if status == "queued" or latest != first:
            raise PreflightFailed([_refusal(instance.id, is_queued=status == "queued")])
        if latest is None or now() - latest > SILENT_AFTER:
            return
        if not told:
            say("Its controller was alive less than a minute ago: waiting to see whether it still is …")
            told = True
        clock.wait(LOOK_SECONDS)


def _refusal(task_id: str, *, is_queued: bool) -> str:
    where = "waits in a queue for its controller" if is_queued else "has a controller at work"
    return (
        f"The instance must be without a controller to be resumed here, but it {where}. "
        f"End that with: clearml-hpo stop {task_id}"
    )
