"""How many calls may be made: a few at once, the others evenly, and never more within a minute than allowed."""

from collections import deque

from clearml_hpo_app.clock import Clock

AT_ONCE = 0.2
"""Share of a minute's calls that may be made at once, after a quiet time."""

_ROUNDING = 1e-6


class Allowance:
    """Calls that may be made now; the rest of a minute's calls come back evenly.

    Args:
        clock: Tells the time.
        per_minute: The most within any minute (2 or more), besides what the last ones went over.
    """

    def __init__(self, clock: Clock, per_minute: int) -> None:
        self._clock, self.per_minute = clock, per_minute
        self._most = max(per_minute * AT_ONCE, 1.0)
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
        lacks = 1 - self._left
        return lacks / self._per_second if lacks > _ROUNDING else 0.0

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
