"""A range of numbers.

Sampled numbers are rounded here, in decimal, before anybody sees them: what the sampler is told, what people
are shown and what the trial receives is one and the same value.
"""

import math
from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    model_validator,
)

from clearml_hpo_app.space.base import Parameter
from clearml_hpo_app.space.exact import EXACT, as_decimal, difference, nearest_step, point, whole_steps
from clearml_hpo_app.space.values import Value, from_text, is_number, quoted, value_key
from clearml_hpo_app.violations import Problem, refuse

SIGNIFICANT_DIGITS = 6
"""Digits that a continuous value keeps: of its distance from the minimum, or on a log scale of the value itself,
where the maximum is at least twice the minimum."""

FEWEST_FLOATS = 1000
"""Numbers that floats must be able to tell apart in a continuous range, so that no two trials get the same one."""

LARGEST = 1e50
"""Largest number that bounds a range: differences and grids of such numbers stay exact, and floats stay finite."""

_ROUNDING = Context(prec=SIGNIFICANT_DIGITS, rounding=ROUND_HALF_EVEN)


def _number(raw: Any) -> Any:
    """Read a number that arrives as text (forms, YAML's `1e-5`); booleans, integers to Python, are none to us."""
    number = from_text(raw) if isinstance(raw, str) else raw
    if not is_number(number) or number != number:
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
        refuse([*self._bound_problems(), *self._step_problems(), *self._scale_problems()])
        return self

    def _bound_problems(self) -> Iterator[Problem]:
        bounds = f"min {self.min} and max {self.max}"
        if self._span <= 0:
            yield Problem("have min below max", bounds)
        elif self._is_continuous and self._span < FEWEST_FLOATS * as_decimal(self._resolution):
            todo = "List the values as discrete ones instead."
            yield Problem(f"be wide enough for floats to tell {FEWEST_FLOATS} values in it apart", bounds, todo)
        numbers = [number for number in (self.min, self.max, self.step) if number is not None]
        if self.integer is True and any(number != int(number) for number in numbers):
            yield Problem("have integers as min, max and step when integer is true", f"{numbers}")

    def _step_problems(self) -> Iterator[Problem]:
        if self.step is None:
            return
        if self.step <= 0:
            yield Problem("have a step above 0", f"{self.step}", "Leave it out for a continuous range.")
        elif 0 < self._span < as_decimal(self.step):
            yield Problem("have a step no larger than max - min", f"step {self.step} in a range of {self._span:f}")
        elif not self.is_integer and self.step < self._resolution:
            yield Problem("have a step that floats of its range can tell apart", f"{self.step}")

    def _scale_problems(self) -> Iterator[Problem]:
        if self.scale == "log" and self.min <= 0:
            yield Problem("have min above 0 with scale log", f"{self.min}")
        if self.scale == "log" and self.step is not None:
            yield Problem(
                "have no step with scale log", f"{self.step}", "List the values as discrete ones instead."
            )

    @cached_property
    def is_integer(self) -> bool:
        """Whether the values are integers."""
        if self.integer is not None:
            return self.integer
        return all(isinstance(number, int) for number in (self.min, self.max, self.step or 0))

    @cached_property
    def count(self) -> int | None:
        """Number of values, `None` for a continuous range."""
        if self._is_continuous:
            return None
        return whole_steps(self.min, self.max, self._step) + 1

    def at(self, index: int) -> int | float:
        """Return grid point `index` (0 … count − 1), computed in decimal."""
        return self._typed(point(self.min, self._step, index))

    def index(self, value: float) -> int:
        """Return the index of the grid point nearest to `value`, within 0 … count − 1."""
        return min(max(nearest_step(self.min, value, self._step), 0), (self.count or 1) - 1)

    def nearest(self, raw: float) -> int | float:
        """Return the value of this range that stands for the sampled `raw`: on the grid, or rounded, in range."""
        if self.count is not None:
            return self.at(self.index(raw))
        if raw <= self.min or raw >= self.max:
            return float(self.min if raw <= self.min else self.max)
        if self.scale == "log" and self.max >= 2 * self.min:
            rounded = _ROUNDING.plus(as_decimal(raw))
        else:
            rounded = EXACT.add(as_decimal(self.min), _ROUNDING.plus(difference(raw, self.min)))
        return min(max(float(rounded), float(self.min)), float(self.max))

    def holds(self, value: Value) -> bool:
        """Tell whether `value` is one that this range produces, of its type too."""
        if not is_number(value):
            return False
        return self.min <= value <= self.max and value_key(self.nearest(value)) == value_key(value)

    @property
    def _is_continuous(self) -> bool:
        return self.step is None and not self.is_integer

    @cached_property
    def _span(self) -> Decimal:
        return difference(self.max, self.min)

    @property
    def _resolution(self) -> float:
        return 2 * math.ulp(max(abs(self.min), abs(self.max)))

    @property
    def _step(self) -> int | float:
        return 1 if self.step is None else self.step

    def _typed(self, exact: Decimal) -> int | float:
        return int(exact) if self.is_integer else float(exact)
