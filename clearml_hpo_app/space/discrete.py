"""Values that are listed: several to choose from, or one for every trial."""

from collections.abc import Iterator
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

from pydantic import Field, field_serializer, model_validator

from clearml_hpo_app.space.base import Parameter, Scalar
from clearml_hpo_app.space.exact import as_decimal
from clearml_hpo_app.space.values import EmptyItemError, Value, indistinct, is_number, split_values, value_key
from clearml_hpo_app.violations import Problem, refuse


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
        refuse(self._problems())
        return self

    def _problems(self) -> Iterator[Problem]:
        if twice := indistinct(self.values):
            todo = 'A script gets text: 5, 5.0 and "5" are the same to it, and so are None and "".'
            yield Problem("have every value once", f"{', '.join(map(repr, twice))} more than once", todo)
        if (different := len(set(map(value_key, self.values)))) < 2:
            todo = "Use type fixed for a single value."
            yield Problem("have at least two different values", f"{different}", todo)

    @cached_property
    def is_ordered(self) -> bool:
        """Whether all values are numbers, so that neighbours are alike."""
        return all(map(is_number, self.values))

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
        title="Value",
        description="The value that every experiment gets; nothing is `null`, in YAML also `None`. "
        "Empty: empty text",
    )

    @field_serializer("value")
    def _as_it_is(self, value: Value) -> Any:
        return value  # see `Discrete`


def _as_decimal(value: Value) -> Decimal:
    return as_decimal(value) if isinstance(value, (int, float)) else Decimal(0)
