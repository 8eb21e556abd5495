"""The search space as a whole: its points, how many there are, and which were not tried yet."""

import math
import random
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from clearml_hpo_app.errors import SpaceExhausted
from clearml_hpo_app.parameters import AnyParameter, Discrete, Fixed, Varied
from clearml_hpo_app.values import Parameters, Value, value_key

PointKey: TypeAlias = tuple[tuple[str, Value], ...]


@dataclass(frozen=True)
class SearchSpace:
    """All parameters of a run, in the order of the configuration."""

    parameters: tuple[AnyParameter, ...]

    @cached_property
    def varied(self) -> tuple[Varied, ...]:
        """The parameters that differ between trials."""
        return tuple(parameter for parameter in self.parameters if not isinstance(parameter, Fixed))

    @cached_property
    def fixed(self) -> Mapping[str, Value]:
        """The values that every trial gets, by name."""
        return {parameter.name: parameter.value for parameter in self.parameters if isinstance(parameter, Fixed)}

    @cached_property
    def continuous(self) -> tuple[str, ...]:
        """Names of the parameters without a countable set of values."""
        return tuple(parameter.name for parameter in self.varied if parameter.count is None)

    @cached_property
    def size(self) -> int | None:
        """Number of points, `None` when a parameter is continuous; 1 when nothing varies."""
        counts = [parameter.count for parameter in self.varied]
        return None if None in counts else math.prod(count for count in counts if count is not None)

    def point(self, index: int) -> dict[str, Value]:
        """Return point `index` (0 … size − 1) of a finite space; the last parameter changes fastest."""
        values: dict[str, Value] = {}
        for parameter in reversed(self.varied):
            index, place = divmod(index, parameter.count or 1)
            values[parameter.name] = parameter.at(place)
        return self.complete(values)

    def complete(self, values: Parameters) -> dict[str, Value]:
        """Return values of all parameters, in the configuration's order: `values` and the fixed ones."""
        merged = {**values, **self.fixed}
        return {parameter.name: merged[parameter.name] for parameter in self.parameters}

    def key(self, values: Parameters) -> PointKey:
        """Return a hashable key that two parameter sets share when every varied value is the same."""
        return tuple(value_key(values.get(parameter.name)) for parameter in self.varied)

    def contains(self, values: Parameters) -> bool:
        """Tell whether every varied parameter has a value that this space can produce."""
        return all(
            parameter.name in values and _holds(parameter, values[parameter.name]) for parameter in self.varied
        )

    def unseen(self, seen: Set[PointKey], start: int = 0) -> dict[str, Value]:
        """Return the first point at or after index `start` (going round) whose key is not in `seen`.

        Raises:
            SpaceExhausted: Every point of this finite space is in `seen`.
        """
        size = self.size or 0
        for index in _around(start, size):
            point = self.point(index)
            if self.key(point) not in seen:
                return point
        raise SpaceExhausted(f"All {size} points of the search space were tried.")

    def random_unseen(self, seen: Set[PointKey], rng: random.Random) -> dict[str, Value]:
        """Return a point of a finite space that is not in `seen`, each with the same chance.

        Draws until it hits one, which is quick while most points are free; when they are not, lists them.

        Raises:
            SpaceExhausted: Every point is in `seen`.
        """
        size = self.size or 0
        if len(seen) < size // 2:
            while True:
                point = self.point(rng.randrange(size))
                if self.key(point) not in seen:
                    return point
        free = [index for index in range(size) if self.key(self.point(index)) not in seen]
        if not free:
            raise SpaceExhausted(f"All {size} points of the search space were tried.")
        return self.point(rng.choice(free))


def _holds(parameter: Varied, value: Value) -> bool:
    if isinstance(parameter, Discrete):
        return any(value_key(value) == value_key(candidate) for candidate in parameter.values)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return parameter.min <= value <= parameter.max and value_key(parameter.nearest(value)) == value_key(value)


def _around(start: int, size: int) -> Iterator[int]:
    return ((start + offset) % size for offset in range(size))


def names_used_twice(names: Sequence[str]) -> list[str]:
    """Return the names that occur more than once, sorted."""
    return sorted({name for name in names if names.count(name) > 1})
