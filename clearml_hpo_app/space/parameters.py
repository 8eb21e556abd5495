"""The parameters to optimise and the values that each can take.

Sampled numbers are rounded here, in decimal, before anybody sees them: what the sampler is told, what people
are shown and what the trial receives is one and the same value.
"""

import math
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    field_serializer,
    model_validator,
)

from clearml_hpo_app.space.base import Parameter, Scalar
from clearml_hpo_app.space.parameter_set import Combinations
from clearml_hpo_app.space.values import (
    EmptyItemError,
    Value,
    from_text,
    indistinct,
    quoted,
    split_values,
    value_key,
)
from clearml_hpo_app.violations import Problem, refuse

SIGNIFICANT_DIGITS = 6
"""Digits that a continuous value keeps, of its distance from the minimum (log scale: of the value itself)."""

LARGEST = 1e50
"""Largest number that bounds a range: differences and grids of such numbers stay exact, and floats stay finite."""

_ROUNDING = Context(prec=SIGNIFICANT_DIGITS, rounding=ROUND_HALF_EVEN)
_EXACT = Context(prec=60)


def _number(raw: Any) -> Any:
    """Read a number that arrives as text (forms, YAML's `1e-5`); booleans, integers to Python, are none to us."""
    number = from_text(raw) if isinstance(raw, str) else raw
    if isinstance(number, bool) or not isinstance(number, (int, float)) or number != number:
        refuse([Problem("be a finite number", quoted(raw))])
    elif abs(number) > LARGEST:
        refuse([Problem(f"be a finite number between {-LARGEST:g} and {LARGEST:g}", f"{raw!r:.40}")])
    return number


def _step(raw: Any) -> Any:
    return None if raw in (None, "") else _number(raw)


Number = Annotated[int | float, BeforeValidator(_number)]
Step = Annotated[int | float | None, BeforeValidator(_step)]


class Uniform(Parameter):
    """A range of numbers; integers when all its numbers are, or when `integer` says so."""

    type: Literal["uniform"] = "uniform"
    min: Number = Field(title="Minimum Value", description="Smallest value (inclusive)")
    max: Number = Field(title="Maximum Value", description="Largest value (inclusive)")
    step: Step = Field(
        default=None,
        title="Step Size",
        description="Step size between samples, counted from the minimum; the last point is at most the maximum. "
        "Empty: continuous, or every integer",
    )
    scale: Literal["linear", "log"] = Field(
        default="linear", title="Scale", description="`log`: every order of magnitude is equally likely"
    )
    integer: bool | None = Field(
        default=None,
        title="Integers Only",
        description="Sample integers. Empty: when minimum, maximum and step are all integers",
    )

    @model_validator(mode="after")
    def _range_holds(self) -> "Uniform":
        numbers = [number for number in (self.min, self.max, self.step) if number is not None]
        span = self.max - self.min
        refuse(
            problem
            for broken, problem in [
                (span <= 0, Problem("have min below max", f"min {self.min} and max {self.max}")),
                (
                    self.step is not None and self.step <= 0,
                    Problem("have a step above 0", f"{self.step}", "Leave it out for a continuous range."),
                ),
                (
                    self.step is not None and 0 < span < self.step,
                    Problem("have a step no larger than max - min", f"step {self.step} in a range of {span}"),
                ),
                (
                    self.step is not None and not self.is_integer and 0 < self.step < self._resolution,
                    Problem("have a step that floats of its range can tell apart", f"{self.step}"),
                ),
                (
                    self.scale == "log" and self.min <= 0,
                    Problem("have min above 0 with scale log", f"{self.min}"),
                ),
                (
                    self.scale == "log" and self.step is not None,
                    Problem(
                        "have no step with scale log",
                        f"{self.step}",
                        "List the values as discrete ones instead.",
                    ),
                ),
                (
                    self.integer is True and any(number != int(number) for number in numbers),
                    Problem("have integers as min, max and step when integer is true", f"{numbers}"),
                ),
            ]
            if broken
        )
        return self

    @cached_property
    def is_integer(self) -> bool:
        """Whether the values are integers."""
        if self.integer is not None:
            return self.integer
        return all(isinstance(number, int) for number in (self.min, self.max, self.step or 0))

    @cached_property
    def count(self) -> int | None:
        """Number of values, `None` for a continuous range."""
        if self.step is None and not self.is_integer:
            return None
        return int(_EXACT.divide(self._span, self._step).to_integral_value(ROUND_FLOOR)) + 1

    def at(self, index: int) -> int | float:
        """Return grid point `index` (0 … count − 1), computed in decimal."""
        return self._typed(_EXACT.add(self._min, _EXACT.multiply(self._step, Decimal(index))))

    def index(self, value: float) -> int:
        """Return the index of the grid point nearest to `value`, within 0 … count − 1."""
        steps = _EXACT.divide(_EXACT.subtract(_decimal(value), self._min), self._step)
        return min(max(int(steps.to_integral_value(ROUND_HALF_EVEN)), 0), (self.count or 1) - 1)

    def nearest(self, raw: float) -> int | float:
        """Return the value of this range that stands for the sampled `raw`: on the grid, or rounded, in range."""
        if self.count is not None:
            return self.at(self.index(raw))
        if raw <= self.min or raw >= self.max:
            return float(self.min if raw <= self.min else self.max)
        if self.scale == "log":
            rounded = _ROUNDING.plus(_decimal(raw))
        else:
            rounded = _EXACT.add(self._min, _ROUNDING.plus(_EXACT.subtract(_decimal(raw), self._min)))
        return min(max(float(rounded), float(self.min)), float(self.max))

    def holds(self, value: Value) -> bool:
        """Tell whether `value` is one that this range produces, of its type too."""
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return False
        return self.min <= value <= self.max and value_key(self.nearest(value)) == value_key(value)

    @property
    def _resolution(self) -> float:
        return 2 * math.ulp(max(abs(self.min), abs(self.max)))

    @cached_property
    def _min(self) -> Decimal:
        return _decimal(self.min)

    @cached_property
    def _span(self) -> Decimal:
        return _EXACT.subtract(_decimal(self.max), self._min)

    @cached_property
    def _step(self) -> Decimal:
        return Decimal(1) if self.step is None else _decimal(self.step)

    def _typed(self, exact: Decimal) -> int | float:
        return int(exact) if self.is_integer else float(exact)


class Discrete(Parameter):
    """A list of values; ordered when all of them are numbers."""

    type: Literal["discrete"] = "discrete"
    values: tuple[Scalar, ...] = Field(
        title="Values",
        description="Comma separated list of values to sample, or a list. In the text, quotes protect commas and "
        'make a text of what would be a number, a boolean or nothing: `1, "2", true, None, "a,b"`. An empty item '
        'is an error; the empty text is `""`. In YAML, too, `None` without quotes is nothing, as `null` is',
    )

    @field_serializer("values")
    def _as_they_are(self, values: tuple[Value, ...]) -> Any:
        return list(values)  # pydantic's own way with unions writes true as 1

    @model_validator(mode="before")
    @classmethod
    def _split_text(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("values"), str):
            try:
                return {**data, "values": split_values(data["values"])}
            except EmptyItemError as error:
                todo = 'Remove a comma, or write "" for the empty text.'
                refuse([Problem("have a value before and after every comma", repr(str(error)), todo)])
            except ValueError as error:
                refuse([Problem("close every quote", str(error), "Double a quote that belongs to a value.")])
        return data

    @model_validator(mode="after")
    def _values_differ(self) -> "Discrete":
        twice = indistinct(self.values)
        different = len(set(map(value_key, self.values)))
        refuse(
            problem
            for broken, problem in [
                (
                    bool(twice),
                    Problem(
                        "have every value once",
                        f"{', '.join(map(repr, twice))} more than once",
                        'A script gets text: 5, 5.0 and "5" are the same to it, and so are None and "".',
                    ),
                ),
                (
                    different < 2,
                    Problem(
                        "have at least two different values",
                        f"{different}",
                        "Use type fixed for a single value.",
                    ),
                ),
            ]
            if broken
        )
        return self

    @cached_property
    def is_ordered(self) -> bool:
        """Whether all values are numbers, so that neighbours are alike."""
        return all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in self.values)

    @cached_property
    def ordered(self) -> tuple[Value, ...]:
        """The values in the order in which they are indexed: ascending for numbers, as given otherwise."""
        return tuple(sorted(self.values, key=_as_decimal)) if self.is_ordered else self.values

    @property
    def count(self) -> int:
        """Number of values."""
        return len(self.values)

    def at(self, index: int) -> Value:
        """Return value `index` (0 … count − 1) of `ordered`."""
        return self.ordered[index]

    def index(self, value: Value) -> int:
        """Return the index of `value` in `ordered`; raises `KeyError` for any other value."""
        return self._indices[value_key(value)]

    def holds(self, value: Value) -> bool:
        """Tell whether `value` is one of the list, of its type too."""
        return value_key(value) in self._indices

    @cached_property
    def _indices(self) -> dict[tuple[str, Value], int]:
        return {value_key(value): index for index, value in enumerate(self.ordered)}


class Fixed(Parameter):
    """A parameter that every trial gets with the same value."""

    type: Literal["fixed"] = "fixed"
    value: Scalar = Field(
        title="Value", description="The value that every experiment gets; nothing is `null`, in YAML also `None`"
    )

    @field_serializer("value")
    def _as_it_is(self, value: Value) -> Any:
        return value  # see `Discrete`


AnyParameter = Annotated[Uniform | Discrete | Fixed | Combinations, Field(discriminator="type")]
Varied = Uniform | Discrete


def _decimal(number: float) -> Decimal:
    return Decimal(number) if isinstance(number, int) else Decimal(repr(float(number)))


def _as_decimal(value: Value) -> Decimal:
    return _decimal(value) if isinstance(value, (int, float)) else Decimal(0)
