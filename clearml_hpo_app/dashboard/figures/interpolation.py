"""A surface between trials: what the objective may be where none has been."""

from collections.abc import Iterable, Sequence
from operator import add

from clearml_hpo_app.dashboard.figures.scales import Scale
from clearml_hpo_app.dashboard.figures.text import rounded

_NEIGHBOURS = 4


def interpolated(
    axes: Sequence[Scale], heights: Sequence[float], columns: Sequence[float], lines: Sequence[float]
) -> list[list[float]]:
    """Return the height at each grid point, line by line, with 4 significant digits.

    Each is the mean of the four nearest trials, weighted by the inverse square of the distance (Shepard 1968); the
    axes count as equally long.
    """
    spread = max(heights) - min(heights)
    across, up = (
        [
            [(place - position) ** 2 / (axis.ends[1] - axis.ends[0] or 1.0) ** 2 for position in axis.positions]
            for place in grid
        ]
        for axis, grid in zip(axes, (columns, lines), strict=True)
    )
    return [[rounded(_mean(map(add, x, y), heights), spread) for x in across] for y in up]


def _mean(distances: Iterable[float], heights: Sequence[float]) -> float:
    """Return the mean of the heights at the smallest of the squared distances."""
    near = sorted(zip(distances, heights, strict=True))[:_NEIGHBOURS]
    weights = [1 / (distance + 1e-4) for distance, _ in near]
    return sum(weight * height for weight, (_, height) in zip(weights, near, strict=True)) / sum(weights)
