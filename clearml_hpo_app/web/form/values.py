"""Between what a person filled in and what a task holds: defaults, values to texts by their targets, and back."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from clearml_hpo_app.web.form.entries import Entry, Form, Target, as_text
from clearml_hpo_app.web.form.showing import is_empty, places, rows_of

Values: TypeAlias = dict[str, Any]
"""What is filled in, by the name of the entry: a text, number or boolean; of a list its rows, each as this."""


@dataclass
class Answers:
    """What a form writes on a task.

    Attributes:
        task: Fields of the task itself: `name`, `project`.
        hyperparameters: Texts by section and name.
        objects: Texts of configuration objects by name.
    """

    task: dict[str, str] = field(default_factory=dict)
    hyperparameters: dict[str, dict[str, str]] = field(default_factory=dict)
    objects: dict[str, str] = field(default_factory=dict)

    def put(self, target: Target, text: str) -> None:
        """Write `text` to where `target` says."""
        if target.field == "hyperparams":
            self.hyperparameters.setdefault(target.section, {})[target.name] = text
        else:
            (self.objects if target.field == "configuration" else self.task)[target.name] = text

    def at(self, target: Target) -> str | None:
        """Return the text at `target`, `None` where there is none."""
        if target.field == "hyperparams":
            return self.hyperparameters.get(target.section, {}).get(target.name)
        return (self.objects if target.field == "configuration" else self.task).get(target.name)


def defaults(form: Form) -> Values:
    """Return the values of a form that nobody has touched: each list has as many rows as it must."""
    return _defaults(list(form.fields()), {})


def row_defaults(entry: Entry, values: Mapping[str, Any]) -> Values:
    """Return a new row of a list in a form with these values."""
    return _defaults(entry.items, values)


def answers(form: Form, values: Mapping[str, Any]) -> Answers:
    """Return what the fields that are shown write; what is not shown is not written."""
    found = Answers()
    rows = _shown_rows(form, values)
    for path, entry, value in places(form, values):
        if entry.target is None:
            continue
        text = json.dumps(rows[path], ensure_ascii=False) if entry.kind == "list" else as_text(value)
        found.put(entry.target, text)
    return found


def filled(form: Form, given: Answers) -> Values:
    """Return the values of a form that writes `given`; what it says nothing of has its default.

    A list whose text is no JSON list has its default as well.
    """
    values = defaults(form)
    for entry in form.fields():
        text = None if entry.target is None else given.at(entry.target)
        if text is None:
            continue
        if entry.kind == "list":
            values[entry.name] = _rows(entry, text, values)
        else:
            values[entry.name] = _from_text(entry, text)
    return values


def missing(form: Form, values: Mapping[str, Any]) -> list[str]:
    """Return the paths of the fields that are shown, required, and empty; of a list, with too few rows."""
    return [path for path, entry, value in places(form, values) if _is_missing(entry, value)]


def _is_missing(entry: Entry, value: Any) -> bool:
    if entry.kind == "list":
        return len(rows_of(value)) < max(entry.min_items, int(entry.required))
    return entry.required and is_empty(value)


def _defaults(entries: Sequence[Entry], outer: Mapping[str, Any]) -> Values:
    values: Values = {}
    for entry in entries:
        scope = {**outer, **values}
        if entry.kind == "group":
            values.update(_defaults(entry.items, scope))
        elif entry.kind == "list":
            values[entry.name] = [_defaults(entry.items, scope) for _ in range(entry.min_items)]
        else:
            values[entry.name] = _default(entry, scope)
    return values


def _default(entry: Entry, values: Mapping[str, Any]) -> Any:
    name, by_value = entry.default_on
    chosen = by_value.get(as_text(values.get(name)), entry.default) if name else entry.default
    if entry.kind == "checkbox":
        return bool(chosen)
    return "" if chosen is None else chosen


def _shown_rows(form: Form, values: Mapping[str, Any]) -> dict[str, list[Values]]:
    """Return the rows of every list by its path, each with the fields that are shown in it."""
    rows: dict[str, list[Values]] = {}
    for path, entry, value in places(form, values):
        if entry.kind == "list":
            rows[path] = [{} for _ in rows_of(value)]
        owner, _, name = path.rpartition(".")
        if owner:
            above, _, index = owner.rpartition(".")
            rows[above][int(index)][name] = rows[path] if entry.kind == "list" else value
    return rows


def _rows(entry: Entry, text: str, values: Mapping[str, Any]) -> Any:
    try:
        given = json.loads(text)
    except ValueError:
        return values[entry.name]
    if not isinstance(given, list):
        return values[entry.name]
    known = {item.name for item in entry.items}
    fresh = row_defaults(entry, values)
    return [{**fresh, **{name: row[name] for name in row if name in known}} for row in rows_of(given)]


def _from_text(entry: Entry, text: str) -> Any:
    if entry.kind == "checkbox":
        return text.strip().lower() == "true"
    same = (choice.value for choice in entry.choices if as_text(choice.value) == text)
    return next(same, text)
