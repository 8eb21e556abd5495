"""Parameters that vary together: a list of combinations, of which every trial gets one as a whole."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Literal

from pydantic import Field, field_serializer, field_validator, model_validator

from clearml_hpo_app.space.base import NAME, USER_PROPERTIES, Parameter, Scalar
from clearml_hpo_app.space.values import Value, indistinct, same_value, show
from clearml_hpo_app.violations import Problem, refuse


class Combinations(Parameter):
    """A list of combinations of values, tried as one parameter whose values are the combinations' texts."""

    type: Literal["set"] = "set"
    name: str = Field(
        default="",
        title="Name",
        description="Under which the set is shown. Empty: the names of its parameters, `Args/lr + momentum`",
        pattern=NAME,
        validate_default=False,
    )
    combinations: tuple[Mapping[str, Scalar], ...] = Field(
        title="Combinations",
        description="Groups of parameters, by full name, with the values that go together. What a combination "
        "leaves out stays as in the original task",
    )

    @field_serializer("combinations")
    def _as_they_are(self, combinations: tuple[Mapping[str, Value], ...]) -> Any:
        return [dict(combination) for combination in combinations]  # see `Discrete`

    @model_validator(mode="before")
    @classmethod
    def _named_after_its_parameters(cls, data: Any) -> Any:
        if not isinstance(data, Mapping) or str(data.get("name") or "").strip():
            return data
        return {**data, "name": joint_name(list(_member_names(data.get("combinations"))))}

    @field_validator("combinations")
    @classmethod
    def _each_once(cls, combinations: tuple[Mapping[str, Value], ...]) -> tuple[Mapping[str, Value], ...]:
        names = {name for combination in combinations for name in combination}
        nameless = sorted(name for name in names if not re.match(NAME, name))
        properties = sorted(name for name in names if name.partition("/")[0] == USER_PROPERTIES)
        twice = indistinct(_labels(combinations))
        refuse(
            problem
            for broken, problem in [
                (
                    bool(nameless),
                    Problem(
                        "name the section of every parameter (Section/name, like Args/lr)", ", ".join(nameless)
                    ),
                ),
                (bool(properties), Problem("hold hyperparameters only", ", ".join(properties))),
                (
                    len(combinations) < 2,
                    Problem("have two combinations at least", str(len(combinations)), "A single one is fixed."),
                ),
                (not all(combinations), Problem("have a parameter in every combination", "an empty one")),
                (bool(twice), Problem("have every combination once", f"{', '.join(twice)} more than once")),
            ]
            if broken
        )
        return combinations

    @cached_property
    def by_label(self) -> Mapping[str, Mapping[str, Value]]:
        """The combinations by their texts, in the order of the list."""
        return dict(zip(_labels(self.combinations), self.combinations, strict=True))

    def label_of(self, values: Mapping[str, Value]) -> str:
        """Return the label of the combination that a script with `values` used, a new one where it is none.

        A combination that names more of the values comes first.
        """
        for label, combination in sorted(self.by_label.items(), key=lambda each: -len(each[1])):
            if all(name in values and same_value(values[name], value) for name, value in combination.items()):
                return label
        return ", ".join(f"{name}={show(values[name])}" for name in self.members if name in values)

    @cached_property
    def members(self) -> Mapping[str, tuple[Value, ...]]:
        """The values that each parameter takes in any combination, by full name."""
        names = dict.fromkeys(name for combination in self.combinations for name in combination)
        return {name: tuple(each[name] for each in self.combinations if name in each) for name in names}


def joint_name(names: list[str]) -> str:
    """Return the name of a set of parameters: `Args/lr + momentum + General/seed`."""
    if not names:
        return "set/empty"
    section = names[0].partition("/")[0]
    return " + ".join([names[0], *(name.removeprefix(f"{section}/") for name in names[1:])])


def _member_names(raw: Any) -> Iterator[str]:
    rows = raw if isinstance(raw, (list, tuple)) else []
    yield from dict.fromkeys(str(name) for row in rows if isinstance(row, Mapping) for name in row)


def _labels(combinations: tuple[Mapping[str, Value], ...]) -> list[str]:
    names = {name for combination in combinations for name in combination}
    keys = Counter(name.partition("/")[2] for name in names)
    return [
        ", ".join(f"{_short(name, keys)}={show(value)}" for name, value in combination.items())
        for combination in combinations
    ]


def _short(name: str, keys: Mapping[str, int]) -> str:
    key = name.partition("/")[2]
    return key if keys[key] == 1 else name
