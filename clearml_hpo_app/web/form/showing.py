"""Which fields are shown: those whose conditions hold, the fields that they name being shown themselves.

The browser decides the same by the same rule (`pages/fields.js`); a test in a browser holds one against the other.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from clearml_hpo_app.web.form.entries import Condition, Entry, Form, as_text


class Place(NamedTuple):
    """A field in a form that is filled in: its path (`method`, `objectives.0.title`), and what stands there."""

    path: str
    entry: Entry
    value: Any


def places(form: Form, values: Mapping[str, Any]) -> Iterator[Place]:
    """Yield every field that is shown, in the order of the form; a list before the fields of its rows."""
    yield from _shown(form.entries, values, "", {})


def is_empty(value: Any) -> bool:
    """Tell whether nothing was filled in."""
    return value is None or (isinstance(value, str) and not value.strip())


def rows_of(value: Any) -> list[Mapping[str, Any]]:
    """Return the rows of a list, an empty one in place of what is none."""
    return [row if isinstance(row, Mapping) else {} for row in value] if isinstance(value, list) else []


def _shown(
    entries: Sequence[Entry], values: Mapping[str, Any], prefix: str, earlier: dict[str, str]
) -> Iterator[Place]:
    """Yield what is shown; `earlier` has the texts of the fields before it, and gets those of `entries` too."""
    for entry in entries:
        if not _hold(entry.conditions, earlier):
            continue
        if entry.kind == "group":
            yield from _shown(entry.items, values, prefix, earlier)
            continue
        value = values.get(entry.name)
        yield Place(prefix + entry.name, entry, value)
        if entry.kind != "list":
            earlier[entry.name] = as_text(value)
            continue
        for index, row in enumerate(rows_of(value)):
            yield from _shown(entry.items, row, f"{prefix}{entry.name}.{index}.", dict(earlier))


def _hold(conditions: Sequence[Condition], earlier: Mapping[str, str]) -> bool:
    return all(earlier.get(condition.name) == as_text(condition.value) for condition in conditions)
