"""Which values are so much worse than the others, as those of diverged trials are, that they would hide them."""

import math
from bisect import bisect_right
from collections.abc import Sequence

_DECADES, _TIMES = 3, 30
_FEWEST, _FEW = 3, 8
_LONGEST, _LONGEST_LOGARITHMIC = 4, 1.5


def is_logarithmic(values: Sequence[float]) -> bool:
    """Tell whether `values` are positive and span at least three orders of magnitude."""
    low, high = min(values), max(values)
    return low > 0 and math.log10(high) - math.log10(low) >= _DECADES


def within_reach(values: Sequence[float], sign: int) -> list[float]:
    """Return those of `values` (at least one, all finite) that do not flatten the rest (see `reach`)."""
    limit = sign * reach(values, sign)
    return [value for value in values if sign * value >= limit]


def reach(values: Sequence[float], sign: int) -> float:
    """Return the value beyond which bad `values` (at least one, all finite) would flatten the rest.

    From eight values on it lies three interquartile ranges beyond the worse quartile (Tukey's far-out fence). What
    has diverged may be many: so from three values on it is thirty times as far from the median as the better
    quartile, or as the median is large, at most. Where the axis is logarithmic both count decades: one at least
    beyond the quartile, three beyond the median. Where the others fill a quarter of the axis, or two thirds of a
    logarithmic one, nothing is out of reach. Where it is logarithmic for those beyond only, the others are judged
    again as they will be drawn.
    `sign` is +1 when larger is better.
    """
    ordered = sorted(values, reverse=sign > 0)  # the best first
    if len(ordered) < _FEWEST:
        return ordered[-1]
    logarithmic = is_logarithmic(values)
    losses = [-sign * (math.log10(value) if logarithmic else value) for value in ordered]
    last = max(bisect_right(losses, _fence(losses, logarithmic=logarithmic)) - 1, 0)
    longest = _LONGEST_LOGARITHMIC if logarithmic else _LONGEST
    if losses[-1] - losses[0] <= longest * (losses[last] - losses[0]):
        return ordered[-1]
    near = ordered[: last + 1]
    return reach(near, sign) if logarithmic and not is_logarithmic(near) else near[-1]


def _fence(losses: Sequence[float], *, logarithmic: bool) -> float:
    better, middle, worse = (losses[(len(losses) - 1) * part // 4] for part in (1, 2, 3))
    if logarithmic:
        diverged = middle + max(3 * (middle - better), _DECADES)
    else:
        diverged = middle + (_TIMES * max(middle - better, abs(middle)) or math.inf)
    if len(losses) < _FEW:
        return diverged
    return min(diverged, worse + 3 * max(worse - better, 1 / 3 if logarithmic else 0.0))
