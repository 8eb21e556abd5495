"""How much each parameter matters, as figures and advice use it: worked out elsewhere, beside the turns."""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple, TypeAlias

from clearml_hpo_app.space.parameters import Varied
from clearml_hpo_app.trials.snapshot import Snapshot

log = logging.getLogger(__name__)

FEWEST_RESULTS = 10
"""Below so many results nothing can be said of parameters."""

_GROWTH = 0.05


class Importance(NamedTuple):
    """What is known of the parameters' importance.

    Attributes:
        shares: Each varied parameter's full name with its share (0 … 1, all together 1), the largest first;
            empty while nothing is known.
        results: How many results it was worked out from.
    """

    shares: tuple[tuple[str, float], ...] = ()
    results: int = 0

    def share_of(self, name: str) -> float | None:
        """Return the share of one parameter, `None` while nothing is known of it."""
        return dict(self.shares).get(name)

    def leading(self, varied: Sequence[Varied], most: int) -> tuple[list[Varied], list[str]]:
        """Return the `most` parameters that matter most, and a note on it if others are left out.

        While nothing is known they are the first ones.
        """
        places = {name: place for place, (name, _) in enumerate(self.shares)}
        ordered = sorted(varied, key=lambda parameter: places.get(parameter.name, len(places)))
        which = "most important" if self.shares else "first"
        note = f"the {most} {which} of {len(varied)} parameters"
        return ordered[:most], [note] if len(varied) > most else []


UNKNOWN = Importance()
Latest: TypeAlias = Callable[[Snapshot], Importance]


def nothing_known(_snapshot: Snapshot) -> Importance:
    """Know nothing of any parameter."""
    return UNKNOWN


def results_of(snapshot: Snapshot) -> int:
    """Return how many trials have results to tell the importance from."""
    return len(snapshot.ranked)


class BackgroundImportance:
    """Works the importance out in a thread of its own, again when there are 5 % more results.

    Args:
        work_out: Takes up to a second the first time, when it loads its library, and 100 ms later on.
    """

    def __init__(self, work_out: Callable[[Snapshot], Importance]) -> None:
        self._work_out = work_out
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="importance")
        self._known = UNKNOWN
        self._asked: Future[Importance] | None = None
        self._asked_of = 0

    def latest(self, snapshot: Snapshot) -> Importance:
        """Return what is known by now, and have it worked out anew where that is due; waits for nothing.

        The last report of a run waits, so that nothing is missing in what stays.
        """
        is_last = snapshot.status != "in_progress"
        self._take(waits=is_last)
        if self._asked is None and self._is_due(results_of(snapshot), is_last=is_last):
            self._asked_of = results_of(snapshot)
            self._asked = self._thread.submit(self._work_out, snapshot)
        self._take(waits=is_last)
        return self._known

    def _take(self, *, waits: bool) -> None:
        if self._asked is not None and (waits or self._asked.done()):
            self._known, self._asked = self._answer(self._asked), None

    def _answer(self, asked: Future[Importance]) -> Importance:
        error = asked.exception()
        if error is None:
            return asked.result()
        log.warning("the importance of the parameters could not be worked out: %s", error)
        return self._known

    def _is_due(self, results: int, *, is_last: bool) -> bool:
        if results < FEWEST_RESULTS or results == self._asked_of:
            return False
        return is_last or results >= self._asked_of * (1 + _GROWTH) or results < self._asked_of
