"""What the viewer's pages show, read from the database: plain values, nothing of HTML."""

import json
import sqlite3
from typing import Any

from clearml_hpo_app.local.server.catalog import TASKS
from clearml_hpo_app.local.server.documents import Document
from clearml_hpo_app.local.server.services.events import curves, store
from clearml_hpo_app.local.server.viewer.table_view import TableView

_TASKS = 200
_CHILDREN = 100
_LOG_LINES = 400
_POINTS = 1000
_LISTED = (
    "id",
    "name",
    "type",
    "status",
    "project",
    "started",
    "completed",
    "last_update",
    "last_iteration",
    "tags",
    "system_tags",
)
_SHOWN = (
    *_LISTED,
    "status_reason",
    "status_message",
    "status_changed",
    "comment",
    "created",
    "last_worker",
    "parent",
)


def overview(db: sqlite3.Connection, project: str | None, view: TableView) -> Document:
    """Return the projects, and the first tasks of a view (of one project, or of all)."""
    hidden = "system_tags NOT LIKE '%\"hidden\"%'"
    counts = "SELECT count(*) FROM tasks WHERE tasks.project = projects.id"
    rows = db.execute(f"SELECT id, name, ({counts}) FROM projects WHERE {hidden} ORDER BY name")  # noqa: S608
    projects = [{"id": key, "name": name, "tasks": count} for key, name, count in rows]
    names = {item["id"]: item["name"] for item in projects}
    where, values = ("project = ?", [project]) if project else ("1", [])
    if view.parents:
        where += f" AND parent IN ({', '.join('?' for _ in view.parents)})"
        values += view.parents
    order, limit = f"{view.order}, seq DESC", (_TASKS, 0)
    found = TASKS.select(db, f"{hidden} AND {where}", values, order=order, limit=limit, fields=view.fields)
    tasks = [
        {**_picked(each, _LISTED), "cells": view.cells(each), "project_name": names.get(each.get("project", ""))}
        for each in found
    ]
    heads = [column.head for column in view.columns]
    parents = [named for parent in view.parents if (named := _named(db, "tasks", parent))]
    return {
        "projects": projects,
        "tasks": tasks,
        "project": names.get(project or ""),
        "heads": heads,
        "parents": parents,
    }


def task(db: sqlite3.Connection, key: str) -> Document | None:
    """Return everything of a task that its page shows, except the plots themselves; None for no such task."""
    found = TASKS.fetch(db, key, ["hyperparams", "configuration", "execution", "runtime", "report"])
    if found is None:
        return None
    artifacts = found["execution"]["artifacts"]
    return {
        "task": _picked(found, _SHOWN),
        "progress": found["runtime"].get("progress"),
        "project": _named(db, "projects", found.get("project")),
        "parent": _named(db, "tasks", found.get("parent")),
        "children": _children(db, key),
        "hyperparams": _sections(found["hyperparams"]),
        "configuration": {name: str(item.get("value", "")) for name, item in found["configuration"].items()},
        "artifacts": [
            {name: item.get(name) for name in ("key", "type", "uri", "content_size")} for item in artifacts
        ],
        "report": str(found.get("report") or ""),
        "singles": _singles(db, key),
        "scalars": curves.curves(db, key, _POINTS, "iter", None),
        "plots": _plots(db, key),
        "log": _log(db, key),
    }


def plot(db: sqlite3.Connection, key: str, metric: str, variant: str, iteration: int) -> Any:
    """Return one plot's figure (data and layout), or None when there is none that can be read."""
    where = ("metric = ? AND variant = ? AND iter = ?", [metric, variant, iteration])
    found = store.samples(db, key, store.PLOT, *where)
    if not found:
        return None
    try:
        return json.loads(found[0].get("plot_str") or "null", parse_constant=_nothing)
    except ValueError:
        return None


def _nothing(_: str) -> None:
    """Not-a-number has no place in JSON; a figure shows a gap there."""


def _picked(document: Document, names: tuple[str, ...]) -> Document:
    return {name: document[name] for name in names if name in document}


def _named(db: sqlite3.Connection, table: str, key: str | None) -> Document | None:
    if not key:
        return None
    row = db.execute(f"SELECT name FROM {table} WHERE id = ?", [key]).fetchone()  # noqa: S608
    return {"id": key, "name": row[0]} if row else None


def _children(db: sqlite3.Connection, key: str) -> list[Document]:
    found = TASKS.select(db, "parent = ?", [key], order="seq DESC", limit=(_CHILDREN, 0), fields=[])
    return [_picked(child, (*_LISTED, "system_tags")) for child in found]


def _sections(hyperparams: Document) -> Document:
    return {
        section: {name: str(item.get("value", "")) for name, item in sorted(items.items())}
        for section, items in sorted(hyperparams.items())
    }


def _singles(db: sqlite3.Connection, key: str) -> list[Document]:
    events = store.scalar_events(db, key, "iter = ?", [store.SINGLE], "ORDER BY metric, variant")
    return [{"name": event["variant"], "value": event.get("value")} for event in events]


def _plots(db: sqlite3.Connection, key: str) -> list[Document]:
    query = """SELECT metric, variant, max(iter), json_extract(doc, '$."@timestamp"'), length(doc) FROM samples
        WHERE task = ? AND type = ? GROUP BY metric, variant ORDER BY lower(metric), lower(variant)"""
    names = ("metric", "variant", "iter", "stamp", "size")
    return [dict(zip(names, row, strict=True)) for row in db.execute(query, [key, store.PLOT])]


def _log(db: sqlite3.Connection, key: str) -> list[str]:
    query = """SELECT coalesce(json_extract(doc, '$.msg'), '') FROM logs WHERE task = ?
        ORDER BY timestamp DESC, id DESC LIMIT ?"""
    return [row[0] for row in db.execute(query, [key, _LOG_LINES])][::-1]
