"""A ceiling on the calls within a minute, whatever happens."""

import logging
from collections import deque

from clearml_hpo_app.clearml_api.allowance import Allowance
from clearml_hpo_app.clock import Clock

log = logging.getLogger(__name__)

SHORTEST_WAIT = 0.001
TOLD_FROM = 5.0
"""Seconds that a call is held up from which on the log says so: evenly spread ones wait for less."""


class CallBudget:
    """Lets calls pass as its ceiling allows, and holds the next one up.

    A fifth of a minute's calls may come at once; after that they come evenly, so that a run with a low ceiling is
    never silent for longer than its lease allows: 2.5 s between two calls with 30 a minute.

    Args:
        clock: Tells the time and waits.
        per_minute: The ceiling, 2 or more; `None`: there is none.
    """

    def __init__(self, clock: Clock, per_minute: int | None = None) -> None:
        self._clock = clock
        self._made: deque[float] = deque()
        self.per_minute = per_minute

    @property
    def per_minute(self) -> int | None:
        """The ceiling; calls of the minute before it was set count, too."""
        return self._allowance.per_minute if self._allowance else None

    @per_minute.setter
    def per_minute(self, most: int | None) -> None:
        self._allowance = None if most is None else Allowance(self._clock, most)
        if self._allowance is not None:
            self._forget_old()
            self._allowance.spend(min(len(self._made), self._allowance.per_minute))
            self._made.clear()

    def spend(self) -> None:
        """Return when a call may be made, and count it."""
        if self._allowance is None:
            self._forget_old()
            self._made.append(self._clock.now().timestamp())
            return
        if (wait := self._allowance.seconds()) > TOLD_FROM:
            log.info("the ceiling of %d calls a minute holds the next one up for %.0f s", self.per_minute, wait)
        while (wait := self._allowance.seconds()) > 0:
            self._clock.wait(max(wait, SHORTEST_WAIT))
        self._allowance.spend(1)

    def _forget_old(self) -> None:
        begin = self._clock.now().timestamp() - 60
        while self._made and self._made[0] <= begin:
            self._made.popleft()
