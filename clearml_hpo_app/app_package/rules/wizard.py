"""The launch form as a whole: names that are unique, targets that are met once, references to earlier fields."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from clearml_hpo_app.app_package.positions import Path
from clearml_hpo_app.app_package.rules.entries import entry_findings, literal_values
from clearml_hpo_app.app_package.rules.shapes import (
    ANY,
    GROUP,
    LIST,
    NAME,
    Finding,
    Findings,
    Shape,
    every,
    shown,
    within,
)
from clearml_hpo_app.violations import suggestion

_WIZARD = Shape({"entries": LIST})
_CONDITIONAL = Shape({"entries": LIST})
_CONDITION = Shape({"name": NAME, "value": ANY})
_DEFAULT_ON = Shape({"name": NAME, "value": GROUP})
_FIELD_NAME = re.compile(r"\$\{\s*([^}]*?)\s*\}")
_COUNTER = "index"


@dataclass
class _Form:
    """What was read of the form so far: paths by name, and by target of entries that are always shown."""

    names: dict[str, Path] = field(default_factory=dict)
    targets: dict[str, str] = field(default_factory=dict)


def wizard_findings(wizard: Any) -> Findings:
    """Yield what is wrong with `wizard`."""
    path: Path = ("wizard",)
    yield from _WIZARD.findings(wizard, path)
    yield from _entries_findings(within(wizard, "entries"), (*path, "entries"), {}, _Form(), in_list=False)


def _entries_findings(
    entries: Any, path: Path, earlier: dict[str, Any], form: _Form, *, in_list: bool
) -> Findings:
    """Yield findings about entries and what is nested in them; adds them to what later entries may refer to."""
    for index, entry in enumerate(every(entries)):
        place = (*path, index)
        yield from entry_findings(entry, place, in_list=in_list)
        if not isinstance(entry, Mapping):
            continue
        yield from _references(entry, place, earlier)
        yield from _once(entry, place, form)
        is_list = entry.get("type") == "list"
        inner = dict(earlier) if is_list else earlier  # fields of a list are seen within it only
        yield from _entries_findings(
            entry.get("item_template"), (*place, "item_template"), inner, form, in_list=in_list or is_list
        )
        yield from _title_findings(entry, place)
        earlier[str(entry.get("name"))] = entry


def _once(entry: Mapping[str, Any], path: Path, form: _Form) -> Findings:
    name, target = entry.get("name"), entry.get("target")
    if isinstance(name, str):
        if name in form.names:
            todo = "Rename one: administrators override entries by their names."
            yield Finding((*path, "name"), "be used once in the whole form", shown(name), todo)
        form.names.setdefault(name, path)
    key = str(target)
    if target is not None and "conditional" not in entry:
        if key in form.targets:
            got = f"the one of {form.targets[key]} again"
            yield Finding((*path, "target"), "be a target of its own", got, "Or only one value arrives.")
        form.targets.setdefault(key, str(name))


def _references(entry: Mapping[str, Any], path: Path, earlier: Mapping[str, Any]) -> Findings:
    if "conditional" in entry:
        place = (*path, "conditional")
        yield from _CONDITIONAL.findings(entry["conditional"], place)
        for index, condition in enumerate(every(within(entry, "conditional", "entries"))):
            spot = (*place, "entries", index)
            yield from _CONDITION.findings(condition, spot)
            values = [condition["value"]] if isinstance(condition, Mapping) and "value" in condition else []
            yield from _reference(within(condition, "name"), values, spot, earlier)
    if "default_conditional_on" in entry:
        place = (*path, "default_conditional_on")
        given = entry["default_conditional_on"]
        yield from _DEFAULT_ON.findings(given, place)
        values = within(given, "value")
        yield from _reference(
            within(given, "name"), list(values) if isinstance(values, Mapping) else [], place, earlier
        )


def _reference(name: Any, values: list[Any], path: Path, earlier: Mapping[str, Any]) -> Findings:
    """Yield whether `name` is that of an earlier field, and whether it can have the values."""
    if not isinstance(name, str):
        return
    if name not in earlier:
        yield Finding((*path, "name"), "name an earlier field", shown(name), suggestion(name, list(earlier)))
        return
    possible = literal_values(earlier[name])
    for value in values if possible is not None else []:
        if value not in (possible or []):
            must = f"be a value that {name} can have ({', '.join(map(_word, possible or []))})"
            yield Finding((*path, "value"), must, shown(value))


def _title_findings(entry: Mapping[str, Any], path: Path) -> Findings:
    template = entry.get("collapsibleTitleTemplate")
    fields = [str(within(item, "name")) for item in every(entry.get("item_template"))]
    for name in _FIELD_NAME.findall(template) if isinstance(template, str) else ():
        if name not in fields and name != _COUNTER:
            place = (*path, "collapsibleTitleTemplate")
            yield Finding(place, "name fields of its entry", shown(f"${{{name}}}"), suggestion(name, fields))


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
