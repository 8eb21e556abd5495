"""How many calls the poll may make: a few at once, and never more within a minute than it was given."""

from collections import deque

from clearml_hpo_app.clock import Clock

AT_ONCE = 0.2
"""Share of a minute's calls that may be made at once, after a quiet time."""


class Allowance:
    """Calls that may be made now; the rest of a minute's calls come back evenly.

    Args:
        clock: Tells the time.
        per_minute: The most within any minute, besides what the last look went over.
    """

    def __init__(self, clock: Clock, per_minute: int) -> None:
        self._clock, self.per_minute = clock, per_minute
        self._most = per_minute * AT_ONCE
        self._per_second = (per_minute - self._most) / 60
        self._left, self._at = self._most, clock.now()
        self._made: deque[tuple[float, int]] = deque()

    def spend(self, calls: int) -> None:
        """Note that calls were made."""
        self._refill()
        self._left -= calls
        self._made.append((self._at.timestamp(), calls))

    def seconds(self) -> float:
        """Return how long to wait until a call may be made; 0 where it may be made now."""
        self._refill()
        return max(1 - self._left, 0) / self._per_second

    def in_last_minute(self) -> int:
        """Return the number of calls that were noted within the last minute."""
        begin = self._clock.now().timestamp() - 60
        while self._made and self._made[0][0] <= begin:
            self._made.popleft()
        return sum(calls for _, calls in self._made)

    def _refill(self) -> None:
        now = self._clock.now()
        passed = max((now - self._at).total_seconds(), 0)
        self._left, self._at = min(self._left + passed * self._per_second, self._most), now
