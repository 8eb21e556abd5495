"""The search space as a whole: its points, how many there are, and which were not tried yet."""

import math
import random
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from clearml_hpo_app.errors import SpaceExhausted
from clearml_hpo_app.space.parameter_set import Combinations
from clearml_hpo_app.space.parameters import AnyParameter, Discrete, Fixed, Varied
from clearml_hpo_app.space.values import Parameters, Value

_DRAWS = 64


@dataclass(frozen=True)
class SearchSpace:
    """All parameters of a run, in the order of the configuration."""

    parameters: tuple[AnyParameter, ...]

    @cached_property
    def varied(self) -> tuple[Varied, ...]:
        """The parameters that differ between trials; a set of parameters is one, whose values are texts."""
        return tuple(_as_varied(parameter) for parameter in self.parameters if not isinstance(parameter, Fixed))

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

    def index(self, values: Parameters) -> int | None:
        """Return the index of a point of a finite space, the inverse of `point`; `None` for any other values."""
        if self.size is None or not self.contains(values):
            return None
        index = 0
        for parameter in self.varied:
            value: Any = values[parameter.name]
            index = index * (parameter.count or 1) + parameter.index(value)
        return index

    def complete(self, values: Parameters) -> dict[str, Value]:
        """Return values of all parameters, in the configuration's order: `values` and the fixed ones."""
        merged = {**values, **self.fixed}
        return {parameter.name: merged[parameter.name] for parameter in self.parameters}

    def script_values(self, values: Parameters) -> dict[str, Value]:
        """Return what a trial's script gets for `values`: each parameter of a set has its own."""
        sets = {parameter.name: parameter for parameter in self.parameters if isinstance(parameter, Combinations)}
        found: dict[str, Value] = {}
        for name, value in values.items():
            if name in sets:
                found.update(sets[name].by_label.get(str(value), {}))
            else:
                found[name] = value
        return found

    def from_script(self, values: Parameters) -> dict[str, Value]:
        """Return the parameters of a trial whose script got `values`, the inverse of `script_values`.

        A set that has no such combination gets the text of what was used, which is not one of its labels.
        """
        return {
            parameter.name: parameter.label_of(values)
            if isinstance(parameter, Combinations)
            else values[parameter.name]
            for parameter in self.parameters
        }

    def contains(self, values: Parameters) -> bool:
        """Tell whether every varied parameter has a value that this space can produce."""
        return all(
            parameter.name in values and parameter.holds(values[parameter.name]) for parameter in self.varied
        )

    def random_unseen(self, seen: Set[int], rng: random.Random) -> int:
        """Return the index of a point of a finite space that is not in `seen`, each with the same chance.

        Draws until it hits one, which is quick while many points are free; when few are, it lists them. The
        list is never much longer than `seen`, however large the space.

        Raises:
            SpaceExhausted: Every index is in `seen`.
        """
        size = self.size or 0
        if len(seen) < size:
            for _ in range(_DRAWS):
                index = rng.randrange(size)
                if index not in seen:
                    return index
        free = [index for index in range(size) if index not in seen]
        if not free:
            raise SpaceExhausted(f"All {size} points of the search space were tried.")
        return rng.choice(free)


def _as_varied(parameter: Varied | Combinations) -> Varied:
    if isinstance(parameter, Combinations):
        return Discrete(name=parameter.name, values=tuple(parameter.by_label))
    return parameter


def names_used_twice(names: Sequence[str]) -> list[str]:
    """Return the names that occur more than once, sorted."""
    return sorted({name for name in names if names.count(name) > 1})
