"""A ceiling on the calls within a minute, whatever happens."""

from clearml_hpo_app.clearml_api.allowance import Allowance
from clearml_hpo_app.clock import Clock

SHORTEST_WAIT = 0.001


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
        self.per_minute = per_minute

    @property
    def per_minute(self) -> int | None:
        """The ceiling; a new one takes no account of the calls before."""
        return self._allowance.per_minute if self._allowance else None

    @per_minute.setter
    def per_minute(self, most: int | None) -> None:
        self._allowance = None if most is None else Allowance(self._clock, most)

    def spend(self) -> None:
        """Return when a call may be made, and count it."""
        if self._allowance is None:
            return
        while (wait := self._allowance.seconds()) > 0:
            self._clock.wait(max(wait, SHORTEST_WAIT))
        self._allowance.spend(1)
