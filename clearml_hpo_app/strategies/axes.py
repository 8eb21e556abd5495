"""Each varied parameter as an axis of numbers, which is what samplers work on, and the way back to its values.

Ordered lists and stepped ranges become indices, lists without an order become categories, integers on a log
scale and continuous ranges stay what they are. Whatever a sampler proposes comes back as a value that the
space can produce; what the sampler is told is the coordinate of that value.
"""

import math
from dataclasses import dataclass

from clearml_hpo_app.space.parameters import Discrete, Varied
from clearml_hpo_app.space.values import Value, is_number


@dataclass(frozen=True)
class Axis:
    """One varied parameter in numbers.

    Attributes:
        parameter: Where the values come from.
        low, high: Smallest and largest coordinate, both inclusive.
        is_whole: Whether only whole numbers are coordinates.
        is_log: Whether each order of magnitude is as wide as the next.
        is_category: Whether neighbouring coordinates have nothing in common.
    """

    parameter: Varied
    low: float
    high: float
    is_whole: bool
    is_log: bool = False
    is_category: bool = False

    @property
    def name(self) -> str:
        """The parameter's full name."""
        return self.parameter.name

    @property
    def is_index(self) -> bool:
        """Whether the coordinates count the values, rather than being them."""
        return self.is_whole and not self.is_log

    def value(self, coordinate: float) -> Value:
        """Return the value at `coordinate`, or at the nearest one that the axis has."""
        if not self.is_index:
            return self.parameter.nearest(coordinate) if not isinstance(self.parameter, Discrete) else None
        place = coordinate if isinstance(coordinate, int) else math.floor(coordinate + 0.5)
        return self.parameter.at(int(min(max(place, self.low), self.high)))

    def coordinate(self, value: Value) -> float | None:
        """Return the coordinate of `value`; `None` when the axis has no place for it.

        On a continuous axis every number within the range has its place, also one that was not rounded.
        """
        if isinstance(self.parameter, Discrete):
            return self.parameter.index(value) if self.parameter.holds(value) else None
        if not is_number(value):
            return None
        if not self.is_whole:
            return value if self.low <= value <= self.high else None
        if not self.parameter.holds(value):
            return None
        return value if self.is_log else self.parameter.index(value)

    def at_fraction(self, fraction: float) -> Value:
        """Return the value at `fraction` (0 ≤ fraction < 1) of the axis; each value has its fair share."""
        margin = 0.5 if self.is_whole else 0.0
        low, high = self.low - margin, self.high + margin
        if self.is_log:
            return self.value(math.exp(math.log(low) + fraction * (math.log(high) - math.log(low))))
        return self.value(low + fraction * (high - low))


def axis_of(parameter: Varied) -> Axis:
    """Return the axis of a varied parameter."""
    if isinstance(parameter, Discrete):
        return Axis(parameter, 0, parameter.count - 1, is_whole=True, is_category=not parameter.is_ordered)
    if parameter.scale == "log":
        return Axis(parameter, parameter.min, parameter.max, is_whole=parameter.is_integer, is_log=True)
    if parameter.count is not None:
        return Axis(parameter, 0, parameter.count - 1, is_whole=True)
    return Axis(parameter, parameter.min, parameter.max, is_whole=False)
