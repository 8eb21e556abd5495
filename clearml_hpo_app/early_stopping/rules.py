"""The rules of early stopping: at which iterations a trial is judged, and by which bar."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile
from random import Random
from statistics import median
from typing import Literal, Protocol

FACTOR = 3
"""Each rung lies at three times the iterations of the one below, and lets one third of its trials pass."""

RUNGS = 3
"""So many rungs lie below the full length unless a minimum says otherwise: the lowest at a 27th of it."""

FEWEST_FOR_MEDIAN = 5
MEDIAN_STEPS = 10


Kind = Literal["none", "asha", "median", "hyperband"]


class Rule(Protocol):
    """One way of early stopping for trials of a given length.

    Trials compete with those of the same bracket only. Losses: less is better.
    """

    @property
    def by_best(self) -> bool:
        """Whether a trial is judged by its best value so far, rather than by its value at the rung."""
        ...

    def bracket(self, number: int) -> int:
        """Return the bracket of trial `number` (0 or more)."""
        ...

    def rungs(self, bracket: int, until: int) -> Iterable[int]:
        """Return the iterations, ascending and at most `until`, at which trials of the bracket are judged."""
        ...

    def bar(self, losses: Sequence[float], loss: float) -> float | None:
        """Return the bar that `loss` misses, or `None`.

        Args:
            losses: Of all trials at the rung, ascending, its own too.
            loss: What the trial is judged by (`by_best`).
        """
        ...

    def standard(self) -> str:
        """Return what the bar is, for people: `the best third`."""
        ...


@dataclass(frozen=True)
class SuccessiveHalving:
    """Asynchronous successive halving: at each rung the best third goes on, judged as the trials arrive.

    Li et al., "A System for Massively Parallel Hyperparameter Tuning", MLSys 2020 (ASHA), in the form that stops
    rather than pauses. With several brackets it is Hyperband (Li et al., JMLR 18, 2018): each begins to judge one
    rung later than the one before, the last one judges nobody, and all get about the same number of iterations.

    Attributes:
        length: Iterations of a whole trial, 1 or more.
        minimum: The lowest rung's iteration at least; `None`: a 27th of the length, and 1 at least.
        seed: Decides which trials are in which bracket.
        is_hyperband: Whether there are several brackets.
    """

    length: int
    minimum: int | None = None
    seed: int = 0
    is_hyperband: bool = False
    by_best = False

    @cached_property
    def lowest(self) -> int:
        """Iteration of the lowest rung of the first bracket."""
        return self.minimum or max(self.length // FACTOR**RUNGS, 1)

    def rungs(self, bracket: int, until: int) -> Iterator[int]:
        """Return the rungs; around the full length there is none, where a trial ends by itself.

        A trial that goes on far beyond the length that was expected meets rungs again.
        """
        for rung in takewhile(lambda rung: rung <= until, self._grid(bracket)):
            if 2 * rung <= self.length or rung >= 2 * self.length:
                yield rung

    def _grid(self, bracket: int) -> Iterator[int]:
        rung = self.lowest * FACTOR**bracket
        while True:
            yield rung
            rung *= FACTOR

    @cached_property
    def _turns(self) -> tuple[int, ...]:
        """The brackets of one round of trials, shuffled; as many of each as Hyperband starts in it."""
        rungs = len(list(self.rungs(0, self.length))) if self.is_hyperband else 0
        turns = [
            bracket
            for bracket in range(rungs + 1)
            for _ in range(-(-(rungs + 1) * FACTOR ** (rungs - bracket) // (rungs - bracket + 1)))
        ]
        Random(self.seed).shuffle(turns)  # noqa: S311 - no secret
        return tuple(turns)

    def bracket(self, number: int) -> int:
        """Return the bracket of a trial: a round of Hyperband's numbers, in random order, again and again."""
        return self._turns[number % len(self._turns)]

    def bar(self, losses: Sequence[float], loss: float) -> float | None:
        """Return the worst loss of the best third (one trial at least) when `loss` is worse."""
        bar = losses[max(len(losses) // FACTOR, 1) - 1]
        return bar if loss > bar else None

    def standard(self) -> str:
        """Return what the bar is."""
        return "the best third"


@dataclass(frozen=True)
class MedianRule:
    """Stops a trial whose best value so far is worse than the median of the trials at the same iteration.

    After Golovin et al., "Google Vizier: A Service for Black-Box Optimization", KDD 2017, where the median is that
    of running averages, of complete trials only. Here all trials that got so far count with their values there,
    those that were stopped later included: counting complete ones only would raise the bar from trial to trial.
    Judged at each tenth of the length, up to eight of them, from five trials on.

    Attributes:
        length: Iterations of a whole trial, 1 or more.
        minimum: No trial is judged before this iteration; `None`: before the first tenth.
    """

    length: int
    minimum: int | None = None
    by_best = True

    def bracket(self, number: int) -> int:  # noqa: ARG002
        """Return 0: all trials compete."""
        return 0

    def rungs(self, bracket: int, until: int) -> Iterator[int]:  # noqa: ARG002
        """Return the tenths of the length, as far as they lie after the minimum."""
        tenths = sorted({max(self.length * tenth // MEDIAN_STEPS, 1) for tenth in range(1, MEDIAN_STEPS - 1)})
        return (rung for rung in tenths if (self.minimum or 1) <= rung <= until and rung < self.length)

    def bar(self, losses: Sequence[float], loss: float) -> float | None:
        """Return the median when `loss` is worse than it."""
        if len(losses) < FEWEST_FOR_MEDIAN:
            return None
        bar = median(losses)
        return bar if loss > bar else None

    def standard(self) -> str:
        """Return what the bar is."""
        return "the median"


def make_rule(kind: Kind, length: int, minimum: int | None, seed: int) -> Rule | None:
    """Return the rule, `None` when no trial is stopped early.

    Args:
        kind: Which one.
        length: Iterations of a whole trial, 0 or more.
        minimum: No trial is stopped before that iteration; `None` leaves it to the rule.
        seed: Where all chance comes from.
    """
    if kind == "none" or length < 1:
        return None
    if kind == "median":
        return MedianRule(length, minimum)
    return SuccessiveHalving(length, minimum, seed, is_hyperband=kind == "hyperband")
