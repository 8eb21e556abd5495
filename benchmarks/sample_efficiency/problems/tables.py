"""Real trainings, done once and looked up: `python -m benchmarks.sample_efficiency.tabulate` makes the tables.

A parameter with a countable set of values has them all in the table, unless nodes are given for it. A continuous
one has a dense grid of nodes, each a real training, and between them losses are interpolated (multilinearly, on
the parameter's own scale). So the smallest loss of the table is the smallest one of the space.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.sample_efficiency.problems.problem import Point, Problem
from clearml_hpo_app.space.parameters import Discrete, Varied
from clearml_hpo_app.space.values import Value

DATA = Path(__file__).parent / "data"
LARGEST_LOSS = 1e6
"""What a diverged training counts from the iteration on at which its loss is larger or no number."""

Losses = NDArray[np.float32]


@dataclass(frozen=True)
class Tabulated(Problem):
    """A problem whose losses stand in a table.

    Attributes:
        train: Does the real training: from the values by their short names to the loss after each iteration.
        nodes: Number of nodes of each interpolated parameter, by short name.
        matters: The short names that matter among those of a point; trainings that differ in others are one.
    """

    train: Callable[[dict[str, Any]], Sequence[float]]
    nodes: Mapping[str, int] = field(default_factory=dict)
    matters: Callable[[dict[str, Any]], Sequence[str]] = tuple

    def losses(self, point: Point) -> Sequence[float]:
        """Return the loss after each iteration, interpolated between the nearest nodes."""
        found = self.table
        for parameter in self.parameters:
            value = point[parameter.name]
            place = self._place(parameter, value)
            low = int(place)
            part = place - low
            found = found[low] if part == 0 else (1 - part) * found[low] + part * found[low + 1]
        losses: list[float] = found.tolist()
        return losses

    @property
    def best(self) -> float:
        """The smallest last loss of the table."""
        return float(np.min(self.table[..., -1]))

    @property
    def iterations(self) -> int:
        """Number of losses of a trial."""
        return int(self.table.shape[-1])

    @property
    def table(self) -> Losses:
        """The losses: one axis per parameter, in order, and one for the iterations."""
        return _load(self.path)

    @property
    def path(self) -> Path:
        """Where the table is kept."""
        return DATA / f"{self.name}.npz"

    @cached_property
    def axes(self) -> tuple[tuple[Value, ...], ...]:
        """The values of each parameter that were trained with, in the order of the table."""
        return tuple(self._values(parameter) for parameter in self.parameters)

    def points(self) -> list[dict[str, Any]]:
        """Return every point of the table, by short names; the last parameter changes fastest."""
        names = [parameter.key for parameter in self.parameters]
        return [dict(zip(names, values, strict=True)) for values in product(*self.axes)]

    def _values(self, parameter: Varied) -> tuple[Value, ...]:
        count = self.nodes.get(parameter.key)
        if count is None:
            return tuple(parameter.at(at) for at in range(parameter.count or 0))
        if isinstance(parameter, Discrete):
            raise TypeError(f"{parameter.name} of {self.name} must be a range to have nodes.")
        low, span = _scaled(parameter, parameter.min), self._span(parameter)
        raw = (low + span * at / (count - 1) for at in range(count))
        return tuple(parameter.nearest(math.exp(at) if parameter.scale == "log" else at) for at in raw)

    def _place(self, parameter: Varied, value: Any) -> float:
        count = self.nodes.get(parameter.key)
        if count is None or isinstance(parameter, Discrete):
            return parameter.index(value)
        share = (_scaled(parameter, value) - _scaled(parameter, parameter.min)) / self._span(parameter)
        return min(max(share, 0.0), 1.0) * (count - 1)

    @staticmethod
    def _span(parameter: Any) -> float:
        return _scaled(parameter, parameter.max) - _scaled(parameter, parameter.min)


def _scaled(parameter: Any, value: float) -> float:
    return math.log(value) if parameter.scale == "log" else value


@cache
def _load(path: Path) -> Losses:
    with np.load(path) as file:
        losses: Losses = file["losses"]
        return losses
