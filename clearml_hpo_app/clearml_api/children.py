"""The children of a task that is looked at again and again: a later look reads only what may have changed."""

from collections.abc import Container, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from clearml_hpo_app.clearml_api import tasks
from clearml_hpo_app.clearml_api.client import Client
from clearml_hpo_app.clearml_api.rows import TaskRow, child_fields, read_row
from clearml_hpo_app.objective import Objective
from clearml_hpo_app.statuses import ENDED_STATUSES

NEWEST = 50
"""Rows per call in which new children are looked for."""

SETTLED_AFTER = timedelta(minutes=1)
"""An ended task gets its last values and properties within that time."""


class Children:
    """All children of task `parent`, the oldest first.

    The first look reads all of them, later ones those that are new, that have not ended, or that ended less than
    a minute ago: mostly two calls, however many have ended. What a person does to a child that ended before
    (archives, deletes, enqueues it again) is not seen.
    """

    def __init__(self, client: Client, parent: str, objectives: Sequence[Objective]) -> None:
        self._client = client
        self._parent = parent
        self._objectives = objectives
        self._rows: dict[str, TaskRow] = {}

    def look(self) -> list[TaskRow]:
        """Return the rows of all children, archived ones included, as they are now or were when they ended."""
        if not self._rows:
            found = tasks.get_children(self._client, self._parent, self._objectives)
            self._rows = {row.id: row for row in found}
            return found
        now = self._client.now()
        open_ids = [row.id for row in self._rows.values() if _may_change(row, now)]
        seen = tasks.get_rows(self._client, open_ids, self._objectives)
        new = _new_children(self._client, self._parent, self._objectives, self._rows)
        kept = {key: _as_seen(row, seen.get(key)) for key, row in self._rows.items()}
        for key in set(open_ids) - set(seen):  # deleted
            del kept[key]
        self._rows = {**kept, **{row.id: row for row in new}}
        return list(self._rows.values())


def _as_seen(row: TaskRow, seen: TaskRow | None) -> TaskRow:
    return row if seen is None else replace(seen, headline=row.headline)


def _may_change(row: TaskRow, now: datetime) -> bool:
    at = row.ended or row.last_update
    return row.status not in ENDED_STATUSES or (at is not None and now - at < SETTLED_AFTER)


def _new_children(
    client: Client, parent: str, objectives: Sequence[Objective], known: Container[str]
) -> list[TaskRow]:
    """Return the children that are not `known`, the oldest first; reads back until it meets one that is."""
    new: list[TaskRow] = []
    page = 0
    while True:
        answer = client.call(
            "tasks.get_all",
            parent=[parent],
            only_fields=child_fields(objectives),
            order_by=["-created"],
            page=page,
            page_size=NEWEST,
            search_hidden=True,
        )
        rows = [read_row(raw, objectives) for raw in answer["tasks"]]
        unknown = [row for row in rows if row.id not in known]
        new += unknown
        if len(unknown) < len(rows) or len(rows) < NEWEST:
            return new[::-1]
        page += 1
