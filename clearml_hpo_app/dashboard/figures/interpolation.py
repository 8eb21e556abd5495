"""A surface between trials: what the objective may be where none has been."""

from collections.abc import Iterable, Sequence
from operator import add
from typing import NamedTuple

from clearml_hpo_app.dashboard.figures.text import rounded

_NEIGHBOURS = 4
FARTHEST = 0.25
"""Beyond this part of an axis from the nearest trial nothing is said."""

_APART = 4.0
"""Squared distance of two names without an order: one tells nothing of the other."""


class Side(NamedTuple):
    """One axis: where the trials lie on it, what places are asked for, its length, and whether it has an order."""

    positions: Sequence[float]
    grid: Sequence[float]
    length: float
    is_ordered: bool


def interpolated(across: Side, up: Side, heights: Sequence[float]) -> list[list[float | None]]:
    """Return the height at each grid point, line by line, with 4 significant digits; `None` far from every trial.

    Each is the mean of the four nearest trials, weighted by the inverse square of the distance (Shepard 1968); the
    axes count as equally long, and trials with another name than the grid point's are not near.
    """
    spread = max(heights) - min(heights)
    columns, lines = _distances(across), _distances(up)
    return [[_height(map(add, x, y), heights, spread) for x in columns] for y in lines]


def _distances(side: Side) -> list[list[float]]:
    """Return the squared distance of each grid point to each trial, along one axis."""
    if side.is_ordered:
        return [[((place - each) / side.length) ** 2 for each in side.positions] for place in side.grid]
    return [[0.0 if place == each else _APART for each in side.positions] for place in side.grid]


def _height(distances: Iterable[float], heights: Sequence[float], spread: float) -> float | None:
    near = sorted(zip(distances, heights, strict=True))[:_NEIGHBOURS]
    if near[0][0] > FARTHEST**2:
        return None
    near = [each for each in near if each[0] < _APART]
    weights = [1 / (distance + 1e-4) for distance, _ in near]
    return rounded(
        sum(weight * height for weight, (_, height) in zip(weights, near, strict=True)) / sum(weights), spread
    )
