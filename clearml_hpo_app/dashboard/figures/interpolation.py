"""A surface between trials: what the objective may be where none has been."""

from collections.abc import Sequence

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
    wide, high = (axis.ends[1] - axis.ends[0] or 1.0 for axis in axes)
    places = [
        (x / wide, y / high, value)
        for x, y, value in zip(*(axis.positions for axis in axes), heights, strict=True)
    ]
    return [[rounded(_mean(x / wide, y / high, places), spread) for x in columns] for y in lines]


def _mean(x: float, y: float, places: Sequence[tuple[float, float, float]]) -> float:
    near = sorted([((x - px) ** 2 + (y - py) ** 2, value) for px, py, value in places])[:_NEIGHBOURS]
    weights = [1 / (distance + 1e-4) for distance, _ in near]
    return sum(weight * value for weight, (_, value) in zip(weights, near, strict=True)) / sum(weights)
