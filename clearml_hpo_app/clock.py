"""Time as an argument: the controller and its tests share one way to ask for the time and to wait."""

import threading
from datetime import datetime, timezone
from typing import Protocol


class Clock(Protocol):
    """Tells the time and waits."""

    def now(self) -> datetime:
        """Return the current time, with a time zone (UTC)."""
        ...

    def wait(self, seconds: float) -> None:
        """Return after `seconds` (0 or more), or earlier when something wakes the clock."""
        ...


class SystemClock:
    """The clock of this machine. `wake` ends a wait early, from any thread or signal handler."""

    def __init__(self) -> None:
        self._woken = threading.Event()

    def now(self) -> datetime:
        """Return the current time in UTC."""
        return datetime.now(timezone.utc)

    def wait(self, seconds: float) -> None:
        """Sleep for `seconds`, or until `wake` is called."""
        self._woken.wait(max(seconds, 0.0))
        self._woken.clear()

    def wake(self) -> None:
        """End the current wait, or the next one if none is under way."""
        self._woken.set()
