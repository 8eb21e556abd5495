"""Time as an argument: the controller and its tests share one way to ask for the time and to wait."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timezone
from queue import Empty, SimpleQueue
from typing import Protocol, runtime_checkable


class Clock(Protocol):
    """Tells the time and waits."""

    def now(self) -> datetime:
        """Return the current time, with a time zone (UTC)."""
        ...

    def wait(self, seconds: float) -> None:
        """Return after `seconds` (0 or more), or earlier when something wakes the clock."""
        ...


@runtime_checkable
class WakingClock(Clock, Protocol):
    """A clock that can also be woken."""

    def wake(self) -> None:
        """End the current wait, or the next one if none is under way; from any thread or signal handler."""
        ...


class SystemClock:
    """The clock of this machine. `wake` ends a wait early, from any thread or signal handler."""

    def __init__(self) -> None:
        self._wakes: SimpleQueue[None] = SimpleQueue()  # unlike Event.set, put may interrupt a wait

    def now(self) -> datetime:
        """Return the current time in UTC."""
        return datetime.now(timezone.utc)

    def wait(self, seconds: float) -> None:
        """Sleep for `seconds`, or until `wake` is called."""
        with suppress(Empty):
            self._wakes.get(timeout=max(seconds, 0.0))
            while True:  # many wakes end one wait
                self._wakes.get_nowait()

    def wake(self) -> None:
        """End the current wait, or the next one if none is under way."""
        self._wakes.put(None)


def waking(clock: Clock) -> Callable[[], None]:
    """Return what ends the wait of `clock`; nothing does where it cannot be woken."""
    return clock.wake if isinstance(clock, WakingClock) else lambda: None
