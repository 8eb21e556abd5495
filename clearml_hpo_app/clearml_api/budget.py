"""A ceiling on the calls within a minute, whatever happens."""

from collections import deque
from datetime import datetime, timedelta

from clearml_hpo_app.clock import Clock

WINDOW = timedelta(minutes=1)


class CallBudget:
    """Lets calls pass while fewer than `per_minute` were made within the last minute, and holds the next one up.

    The first half of a minute's calls pass at once; further ones are spread over the time until the first of them
    is a minute old, so that a run with a low ceiling is never silent for long.

    Args:
        clock: Tells the time and waits.
        per_minute: The ceiling, 1 or more; `None`: there is none.
    """

    def __init__(self, clock: Clock, per_minute: int | None = None) -> None:
        self._clock = clock
        self.per_minute = per_minute
        self._made: deque[datetime] = deque()

    def spend(self) -> None:
        """Return when a call may be made, and count it."""
        while (wait := self._pause()) > timedelta(0):
            self._clock.wait(wait.total_seconds())
        self._made.append(self._clock.now())

    @property
    def in_last_minute(self) -> int:
        """Number of calls that were made within the last minute."""
        now = self._clock.now()
        while self._made and not timedelta(0) <= now - self._made[0] < WINDOW:
            self._made.popleft()
        return len(self._made)

    def _pause(self) -> timedelta:
        """Return how long the next call is to wait still."""
        made = self.in_last_minute
        if self.per_minute is None or made < max(self.per_minute // 2, 1):
            return timedelta(0)
        if made >= self.per_minute:
            return self._made[-self.per_minute] + WINDOW - self._clock.now()
        last = self._made[-1]
        return last + (self._made[0] + WINDOW - last) / (self.per_minute - made) - self._clock.now()
