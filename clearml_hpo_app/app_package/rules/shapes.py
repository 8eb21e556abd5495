"""The vocabulary of the rules: what one value must be, which fields a group has, and what was found wrong."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from clearml_hpo_app.app_package.positions import Path
from clearml_hpo_app.space.values import quoted
from clearml_hpo_app.violations import suggestion

_SHOWN = 60


class Finding(NamedTuple):
    """Something that must hold at a path and does not; the words as in `errors.Violation`."""

    path: Path
    must: str
    got: str
    todo: str = ""


Findings = Iterator[Finding]


@dataclass(frozen=True)
class Check:
    """What one value must be: `must` continues the word "must"."""

    must: str
    holds: Callable[[Any], bool]

    def findings(self, value: Any, path: Path, todo: str = "") -> Findings:
        """Yield what is wrong with the value, if it is."""
        if not self.holds(value):
            yield Finding(path, self.must, shown(value), todo)


@dataclass(frozen=True)
class Shape:
    """The fields of a group; those that are named nowhere are unknown."""

    required: Mapping[str, Check] = field(default_factory=dict)
    optional: Mapping[str, Check] = field(default_factory=dict)

    def findings(self, value: Any, path: Path) -> Findings:
        """Yield what is wrong with a group and its fields: kinds, missing ones, unknown ones."""
        if not isinstance(value, Mapping):
            yield from GROUP.findings(value, path)
            return
        known = {**self.optional, **self.required}
        for name, check in self.required.items():
            if name not in value:
                yield Finding((*path, name), "be given", "nothing", f"It must {check.must}.")
        for name, given in value.items():
            if name in known:
                yield from known[name].findings(given, (*path, name))
            else:
                todo = suggestion(str(name), list(known))
                yield Finding((*path, name), "be a field that exists here", "an unknown one", todo)


def one_of(values: Collection[str]) -> Check:
    """Return the check that a value is one of these texts."""
    return Check(f"be one of {', '.join(values)}", lambda value: isinstance(value, str) and value in values)


def every(items: Any) -> list[Any]:
    """Return the entries of what should be a list, none where it is none."""
    return list(items) if isinstance(items, list) else []


def within(group: Any, *names: str) -> Any:
    """Return what a group holds under a path of names, `None` where there is nothing."""
    for name in names:
        group = group.get(name) if isinstance(group, Mapping) else None
    return group


def is_text(value: Any) -> bool:
    """Tell whether the value is text that says something."""
    return isinstance(value, str) and bool(value.strip())


def is_number(value: Any) -> bool:
    """Tell whether the value is a number; true and false are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def shown(value: Any) -> str:
    """Return a value as a message shows it."""
    if isinstance(value, Mapping):
        return f"a group with {', '.join(map(str, value)) or 'nothing in it'}"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, bool):
        return str(value).lower()
    text = quoted(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


ANY = Check("be anything", lambda _: True)
TEXT = Check("be text that is not empty", is_text)
BOOLEAN = Check("be true or false", lambda value: isinstance(value, bool))
INTEGER = Check("be a whole number", lambda value: isinstance(value, int) and not isinstance(value, bool))
COUNT = Check("be a whole number of at least 0", lambda value: INTEGER.holds(value) and value >= 0)
GROUP = Check("be a group of fields { … }", lambda value: isinstance(value, Mapping))
SCALAR = Check("be a text, a number, true or false", lambda value: isinstance(value, (str, int, float)))
TEXTS = Check(
    "be a list of texts", lambda value: isinstance(value, list) and all(isinstance(item, str) for item in value)
)
LIST = Check("be a list with at least one entry", lambda value: isinstance(value, list) and bool(value))
VERSION = Check(
    "be three numbers with points between them, like 1.0.0",
    lambda value: isinstance(value, str) and re.fullmatch(r"\d+\.\d+\.\d+", value) is not None,
)
NAME = Check(
    "be a name of letters, digits and _ . -",
    lambda value: isinstance(value, str) and re.fullmatch(r"[A-Za-z_][\w.-]*", value) is not None,
)
