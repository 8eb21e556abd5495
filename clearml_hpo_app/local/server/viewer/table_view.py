"""A view of the table of tasks, as an address of ClearML's web UI has it: children of a task, columns, order.

`/projects/ID/tasks?columns=m.HASH.HASH.value.TITLE.SERIES&columns=hyperparams.SECTION.NAME&order=-last_metrics.…&
filter=parent.name:ID`. What it has beside that is left out.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from clearml_hpo_app.local.server.catalog import TASKS

_METRIC = re.compile(r"([0-9a-f]{32})\.([0-9a-f]{32})\.(value|min_value|max_value)")
_LATEST = "last_update DESC"


class Column(NamedTuple):
    """A column beside those that every table has: its head, and where a task has its value."""

    head: str
    path: tuple[str, ...]


class TableView(NamedTuple):
    """What is listed: the children of these tasks (of any, if empty), further columns, and the order as SQL."""

    parents: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    order: str = _LATEST

    @property
    def fields(self) -> set[str]:
        """The heavy fields of a task that the columns need."""
        return {column.path[0] for column in self.columns}

    def cells(self, task: Mapping[str, Any]) -> list[Any]:
        """Return the values of a task in the view's own columns, `None` where it has none."""
        return [_value(task, column.path) for column in self.columns]


def read_view(parameters: Iterable[tuple[str, str]]) -> TableView:
    """Read the parameters of an address, by name, in their order."""
    parents: list[str] = []
    columns: list[Column] = []
    order = _LATEST
    for name, text in parameters:
        if name == "filter":
            parents += [part.partition(":")[2] for part in text.split(",") if part.startswith("parent.name:")]
        elif name == "columns" and (column := _column(text)):
            columns.append(column)
        elif name == "order" and (ordered := _order(text)):
            order = ordered
    return TableView(tuple(filter(None, parents)), tuple(columns), order)


def _column(text: str) -> Column | None:
    kind, _, rest = text.partition(".")
    if kind == "m" and (found := _METRIC.match(rest)):
        return Column(rest[found.end() + 1 :].replace(".", "/", 1), ("last_metrics", *found.groups()))
    section, _, name = rest.partition(".")
    return Column(name, ("hyperparams", section, name, "value")) if kind == "hyperparams" and name else None


def _order(text: str) -> str | None:
    """Return the order by a metric's value, tasks without one last; `None` for any other."""
    found = _METRIC.fullmatch(text.lstrip("-").removeprefix("last_metrics."))
    if found is None:
        return None
    place = TASKS.expression(("last_metrics", *found.groups()))
    return f"{place} {'DESC' if text.startswith('-') else 'ASC'} NULLS LAST"


def _value(task: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    found: Any = task
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, int | float | str) else None
