"""What the trials so far mean to a strategy: which points were seen, and what a sampler is to be told."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from typing import NamedTuple

from clearml_hpo_app.objective import Values
from clearml_hpo_app.space import SearchSpace
from clearml_hpo_app.strategies.axes import Axis
from clearml_hpo_app.trials import Trial


class Told(NamedTuple):
    """One trial as a sampler is told: coordinates by parameter, and the values; `None` while it is pending."""

    coordinates: Mapping[str, float]
    values: Values | None


class History:
    """The trials of a run by number: the latest attempt of each, in the state that was last observed.

    Args:
        space: The search space; a trial that it does not contain is remembered by number only.
        axes: The axes of its varied parameters.
        objectives: Number of objectives, the length of a complete trial's values.
    """

    def __init__(self, space: SearchSpace, axes: Sequence[Axis], objectives: int) -> None:
        self._space = space
        self._axes = axes
        self._objectives = objectives
        self._trials: dict[int, Trial] = {}
        self._points: dict[int, int] = {}
        self._uses: Counter[int] = Counter()
        self.told: dict[int, Told] = {}
        """What a sampler is told, by trial number; trials without a full result are not among them."""
        self.given_back = 0
        """How often a point that was seen ceased to be, because its trial got other parameters."""

    @property
    def seen(self) -> Set[int]:
        """Indices of the points of a finite space that a trial has, in whatever state; empty for others."""
        return self._uses.keys()

    def observe(self, trial: Trial) -> None:
        """Take in a trial, new or changed; an earlier attempt than the known one is left out."""
        known = self._trials.get(trial.number)
        if known is not None and trial.attempt < known.attempt:
            return
        self._place(trial)
        self._trials[trial.number] = trial
        told = self._tell(trial)
        if told is None:
            self.told.pop(trial.number, None)
        else:
            self.told[trial.number] = told

    def _place(self, trial: Trial) -> None:
        before, after = self._points.pop(trial.number, None), self._space.index(trial.parameters)
        if after is not None:
            self._points[trial.number] = after
            self._uses[after] += 1
        if before is not None:
            self._uses[before] -= 1
            if not self._uses[before]:
                del self._uses[before]
                self.given_back += 1

    def _tell(self, trial: Trial) -> Told | None:
        if trial.state.is_final and not self._has_full_result(trial):
            return None
        coordinates: dict[str, float] = {}
        for axis in self._axes:
            coordinate = axis.coordinate(trial.parameters.get(axis.name))
            if coordinate is None:
                return None
            coordinates[axis.name] = coordinate
        return Told(coordinates, trial.values if trial.state.is_final else None)

    def _has_full_result(self, trial: Trial) -> bool:
        values = trial.values or ()
        return (
            trial.verdict is not None
            and trial.verdict.is_full_result
            and len(values) == self._objectives
            and all(map(math.isfinite, values))
        )
