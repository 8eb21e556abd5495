"""What the trials so far mean to a strategy: which points were seen, and what a sampler is to be told."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from typing import NamedTuple, TypeAlias, cast

from clearml_hpo_app.objective import Objective, Values, ranking
from clearml_hpo_app.space.search_space import SearchSpace
from clearml_hpo_app.space.values import Parameters
from clearml_hpo_app.strategies.axes import Axis
from clearml_hpo_app.trials.trial import Rung, Trial, Verdict

Point: TypeAlias = int | tuple[float, ...]
"""What tells a point from all others: its index in a finite space, its coordinates in any other one."""

MOST_RANKED = 600
"""Results among which those on the Pareto fronts are looked for; the others are far behind in most objectives."""


class Told(NamedTuple):
    """One trial as a sampler is told.

    Attributes:
        coordinates: By parameter.
        values: `None` while it is pending.
        rung: The iteration at which it was stopped early, with its value there; `None` for any other trial.
    """

    coordinates: Mapping[str, float]
    values: Values | None
    rung: int | None = None


class History:
    """The trials of a run by number: the latest attempt of each, in the state that was last observed.

    Args:
        space: The search space; a trial that it does not contain is remembered by number only.
        axes: The axes of its varied parameters.
        objectives: What the values of a trial mean.
    """

    def __init__(self, space: SearchSpace, axes: Sequence[Axis], objectives: Sequence[Objective]) -> None:
        self._space = space
        self._axes = axes
        self._objectives = objectives
        self._trials: dict[int, Trial] = {}
        self._points: dict[int, Point] = {}
        self._uses: Counter[Point] = Counter()
        self.told: dict[int, Told] = {}
        """What a sampler is told, by trial number; of the trials without a result only pending ones are in it."""
        self._order: list[int] | None = None
        self.given_back = 0
        """How often a point that was seen ceased to be, because its trial got other parameters."""

    @property
    def seen(self) -> Set[int]:
        """Indices of the points of a finite space that a trial has, in whatever state; empty for others."""
        return cast("Set[int]", self._uses.keys()) if self._space.size is not None else frozenset()

    def is_seen(self, values: Parameters) -> bool:
        """Return whether a trial has this point of whatever space, in whatever state."""
        return self._point(values) in self._uses

    @contextmanager
    def apart_from(self, number: int) -> Iterator[None]:
        """Leave the point of trial `number` itself out of what was seen: that trial may keep it."""
        own = self._points.get(number)
        if own is not None:
            self._release(own)
        try:
            yield
        finally:
            if own is not None:
                self._uses[own] += 1

    def best(self, count: int) -> list[int]:
        """Return the numbers of the best `count` trials with results, best first.

        Full results come before the trials that were stopped early, and of those the ones that got further. With
        several objectives only `MOST_RANKED` full results are ranked.
        """
        if self._order is None:
            self._order = [*self._full_results(), *self._cut_results()]
        return self._order[:count]

    def observe(self, trial: Trial) -> None:
        """Take in a trial, new or changed; an earlier attempt than the known one is left out."""
        known = self._trials.get(trial.number)
        if known is not None and trial.attempt < known.attempt:
            return
        self._place(trial)
        self._trials[trial.number] = trial
        before, told = self.told.get(trial.number), self._tell(trial)
        if any(each is not None and each.values is not None for each in (before, told)) and before != told:
            self._order = None
        if told is None:
            self.told.pop(trial.number, None)
        else:
            self.told[trial.number] = told

    def _full_results(self) -> list[int]:
        told = sorted(self.told.items())
        full = {number: each.values for number, each in told if each.values is not None and each.rung is None}
        numbers = _shortlist(full, self._objectives) if len(self._objectives) > 1 else list(full)
        return [numbers[index] for index in ranking([full[number] for number in numbers], self._objectives)]

    def _cut_results(self) -> list[int]:
        cut = [
            (-each.rung, self._loss(each), number) for number, each in self.told.items() if each.rung is not None
        ]
        return [number for *_, number in sorted(cut)]

    def _loss(self, told: Told) -> float:
        return -self._objectives[0].sign * (told.values or (0.0,))[0]

    def _point(self, values: Parameters) -> Point | None:
        if self._space.size is not None:
            return self._space.index(values)
        places = [axis.coordinate(values.get(axis.name)) for axis in self._axes]
        known = tuple(place for place in places if place is not None)
        return known if len(known) == len(places) else None

    def _place(self, trial: Trial) -> None:
        before, after = self._points.pop(trial.number, None), self._point(trial.parameters)
        if after is not None:
            self._points[trial.number] = after
            self._uses[after] += 1
        if before is not None:
            self.given_back += self._release(before)

    def _release(self, point: Point) -> bool:
        """Take one use of a point away; tell whether it was the last one."""
        self._uses[point] -= 1
        is_free = not self._uses[point]
        if is_free:
            del self._uses[point]
        return is_free

    def _tell(self, trial: Trial) -> Told | None:
        rung = self._rung(trial)
        if trial.state.is_final and rung is None and not self._has_full_result(trial):
            return None
        coordinates: dict[str, float] = {}
        for axis in self._axes:
            coordinate = axis.coordinate(trial.parameters.get(axis.name))
            if coordinate is None:
                return None
            coordinates[axis.name] = coordinate
        if rung is not None and rung.value is not None:
            return Told(coordinates, (rung.value,), rung.iteration)
        return Told(coordinates, trial.values if trial.state.is_final else None, rung and rung.iteration)

    def _rung(self, trial: Trial) -> Rung | None:
        """Return where a trial was cut: how far it ran on, until its worker stopped it, is chance."""
        is_cut = trial.state.is_final and trial.verdict is Verdict.PRUNED and self._has_values(trial)
        return trial.rung if is_cut and len(self._objectives) == 1 else None

    def _has_full_result(self, trial: Trial) -> bool:
        return trial.verdict is not None and trial.verdict.is_full_result and self._has_values(trial)

    def _has_values(self, trial: Trial) -> bool:
        values = trial.values or ()
        return len(values) == len(self._objectives) and all(map(math.isfinite, values))


def _shortlist(results: Mapping[int, Values], objectives: Sequence[Objective]) -> list[int]:
    """Return the numbers of the results whose places, by each objective alone, have the smallest sums; ascending.

    Finding Pareto fronts takes quadratic time with three objectives or more.
    """
    if len(results) <= MOST_RANKED:
        return list(results)
    places = dict.fromkeys(results, 0)
    for index, objective in enumerate(objectives):
        ordered = sorted(results, key=lambda number: -objective.sign * results[number][index])
        for place, number in enumerate(ordered):
            places[number] += place
    return sorted(sorted(results, key=places.__getitem__)[:MOST_RANKED])
