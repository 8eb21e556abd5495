"""The entries of a launch form, typed: every entry type of ClearML's format, and where each value goes.

Format: https://clear.ml/docs/latest/docs/deploying_clearml/enterprise_deploy/app_custom
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from clearml_hpo_app.app_package.rules.wizard import wizard_findings
from clearml_hpo_app.errors import InvalidConfig, Violation

SINGLE_KINDS = frozenset({"string", "integer", "float", "checkbox", "multiline_text", "dropdown"})


@dataclass(frozen=True)
class Choice:
    """One of the literal choices of a dropdown."""

    label: str
    value: Any


@dataclass(frozen=True)
class Source:
    """Choices that the server knows: what is looked up, which field is the value, which one people see."""

    kind: str
    value_field: str
    display_field: str
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Condition:
    """An earlier field, and the value that it must have."""

    name: str
    value: Any


@dataclass(frozen=True)
class Target:
    """Where a value goes: a field of the task (`section` is empty), a hyperparameter, a configuration object.

    `field` is `task`, `hyperparams` or `configuration`; a list always goes to a configuration object, as JSON.
    """

    field: str
    name: str
    section: str = ""


@dataclass(frozen=True)
class Entry:
    """One entry of the form; `items` are those of a group, or the fields of each row of a list.

    Attributes:
        kind: The `type` of the format.
        default_on: An earlier field, and defaults by its value as text, which come before `default`.
        choices: Of a dropdown with literal choices; empty for one with a `source`.
    """

    name: str
    title: str
    kind: str
    required: bool = False
    info: str = ""
    hint: str = ""
    placeholder: str = ""
    default: Any = None
    default_on: tuple[str, Mapping[str, Any]] = ("", {})
    choices: tuple[Choice, ...] = ()
    source: Source | None = None
    autocomplete: bool = False
    radio: bool = False
    conditions: tuple[Condition, ...] = ()
    target: Target | None = None
    items: tuple["Entry", ...] = ()
    collapsible: bool = False
    title_template: str = ""
    min_items: int = 0

    @property
    def is_single(self) -> bool:
        """Whether it has one value, and no entries below it."""
        return self.kind in SINGLE_KINDS


@dataclass(frozen=True)
class Form:
    """A whole form."""

    entries: tuple[Entry, ...]

    def fields(self) -> Iterator[Entry]:
        """Yield the single entries and the lists, in their order; groups only order them."""
        yield from _fields(self.entries)

    def find(self, name: str) -> Entry | None:
        """Return the field of this name, `None` when there is none outside of lists."""
        return next((entry for entry in self.fields() if entry.name == name), None)

    def going_to(self, target: Target) -> Entry | None:
        """Return the field whose value goes to `target`."""
        return next((entry for entry in self.fields() if entry.target == target), None)


def read_form(wizard: Any) -> Form:
    """Read the content of `wizard`, as plain values.

    Raises:
        InvalidConfig: It is not as ClearML's format says; with every violation.
    """
    found = [
        Violation(".".join(map(str, finding.path)), finding.must, finding.got, finding.todo)
        for finding in wizard_findings(wizard)
    ]
    if found:
        raise InvalidConfig(found)
    return Form(_entries(wizard["entries"]))


def _fields(entries: Sequence[Entry]) -> Iterator[Entry]:
    for entry in entries:
        if entry.kind == "group":
            yield from _fields(entry.items)
        else:
            yield entry


def _entries(raw: Sequence[Mapping[str, Any]]) -> tuple[Entry, ...]:
    return tuple(map(_entry, raw))


def _entry(raw: Mapping[str, Any]) -> Entry:
    choices = raw.get("choices")
    on = raw.get("default_conditional_on") or {}
    return Entry(
        name=raw["name"],
        title=raw["title"],
        kind=raw["type"],
        required=bool(raw.get("required", False)),
        info=raw.get("info", ""),
        hint=raw.get("hint", ""),
        placeholder=raw.get("placeholder", ""),
        default=raw.get("default"),
        default_on=(on.get("name", ""), {as_text(key): value for key, value in (on.get("value") or {}).items()}),
        choices=tuple(map(_choice, choices)) if isinstance(choices, list) else (),
        source=_source(choices) if isinstance(choices, Mapping) else None,
        autocomplete=bool(raw.get("autocomplete", False)),
        radio=bool(raw.get("radio", False)),
        conditions=_conditions(raw.get("conditional") or {}),
        target=_target(raw.get("target")),
        items=_entries(raw.get("item_template") or []),
        collapsible=bool(raw.get("collapsible", False)),
        title_template=raw.get("collapsibleTitleTemplate", ""),
        min_items=int(raw.get("min_items", 0)),
    )


def _choice(raw: Any) -> Choice:
    return Choice(str(raw["label"]), raw["value"]) if isinstance(raw, Mapping) else Choice(as_text(raw), raw)


def _source(raw: Mapping[str, Any]) -> Source:
    fields = (raw.get("filter") or {}).get("fields") or {}
    return Source(raw["source"], raw["value_field"], raw["display_field"], dict(fields))


def _conditions(raw: Mapping[str, Any]) -> tuple[Condition, ...]:
    return tuple(Condition(each["name"], each["value"]) for each in raw.get("entries", ()))


def _target(raw: Any) -> Target | None:
    if isinstance(raw, Mapping):
        return Target(raw["field"], raw["name"], raw.get("section", ""))
    return None if raw is None else Target("task", raw)


def as_text(value: Any) -> str:
    """Return a single value as a task holds it: nothing is the empty text, true and false are in small letters."""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
