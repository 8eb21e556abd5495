"""Arithmetic of ranges in decimal, on the numbers as they are written: 0.3 - 0.1 is 0.2, not a little less.

Whatever compares or divides the numbers of a range does it here. In floats a range of two points has one.
"""

from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache

EXACT = Context(prec=60)
"""Digits enough for differences and grids of the largest numbers that bound a range."""


@lru_cache(maxsize=1024)  # the same bounds and steps come with every point of a grid
def as_decimal(number: float) -> Decimal:
    """Return `number` exactly as it is written."""
    return Decimal(number) if isinstance(number, int) else Decimal(repr(float(number)))


def difference(high: float, low: float) -> Decimal:
    """Return `high` - `low`."""
    return EXACT.subtract(as_decimal(high), as_decimal(low))


def steps_between(low: float, high: float, step: float) -> Decimal:
    """Return how many steps lead from `low` to `high`, with a fraction where no step ends there."""
    return EXACT.divide(difference(high, low), as_decimal(step))


def whole_steps(low: float, high: float, step: float) -> int:
    """Return how many whole steps from `low` stay at or below `high`."""
    return int(steps_between(low, high, step).to_integral_value(ROUND_FLOOR))


def nearest_step(low: float, number: float, step: float) -> int:
    """Return after how many steps from `low` the point nearest to `number` comes; of two as near, the even one."""
    return int(steps_between(low, number, step).to_integral_value(ROUND_HALF_EVEN))


def point(low: float, step: float, index: int) -> Decimal:
    """Return what `index` steps from `low` lead to."""
    return EXACT.add(as_decimal(low), EXACT.multiply(as_decimal(step), Decimal(index)))
