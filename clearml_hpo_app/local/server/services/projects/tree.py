"""The tree of projects: names with "/", parents made on the way, what lies under what."""

import sqlite3
import uuid
from typing import Any

from clearml_hpo_app.local.server.catalog import PROJECTS
from clearml_hpo_app.local.server.documents import Document
from clearml_hpo_app.local.server.faults import Fault, invalid
from clearml_hpo_app.local.server.moments import stored
from clearml_hpo_app.local.server.registry import Call

_DEEPEST = 10


def normal(name: str) -> str:
    """Return a project's full name without blanks and needless slashes; a Fault when a part is too short."""
    if not name:
        raise Fault(400, 407, "Invalid project name", name=name)
    parts = [part.strip() for part in name.strip().lstrip("/").split("/")]
    if any(len(part) < 3 for part in parts):
        raise invalid("Project name cannot be blank")
    if len(parts) > _DEEPEST:
        raise Fault(400, 409, "Project path exceed the maximum allowed depth", max_depth=_DEEPEST)
    return "/".join(parts)


def by_name(db: sqlite3.Connection, name: str) -> str | None:
    """Return the id of the project with the full name `name`, or None."""
    row = db.execute("SELECT id FROM projects WHERE name = ?", [name]).fetchone()
    return row[0] if row else None


def fetch(call: Call, key: str) -> Document:
    """Return the project `key`; a Fault 400/401 when there is none."""
    project = PROJECTS.fetch(call.db, key)
    if project is None:
        raise Fault(400, 401, "Invalid project id", id=key)
    return project


def ensure(call: Call, name: str, **more: Any) -> str:
    """Return the id of the project `name`; it and its parents are made if need be."""
    name = normal(name)
    return by_name(call.db, name) or create(call, name, **more)


def create(call: Call, name: str, **more: Any) -> str:
    """Make the project `name` (a normal full name) and those above it that are missing; return its id."""
    above, _, basename = name.rpartition("/")
    parent = ensure(call, above) if above else None
    project = {
        "id": uuid.uuid4().hex,
        "company": call.caller.company,
        "user": call.caller.user,
        "name": name,
        "basename": basename,
        "description": "",
        "created": stored(call.now),
        "tags": [],
        "system_tags": [],
        "last_update": stored(call.now),
        "featured": 9999,
        **({"parent": parent, "path": _path(call, parent)} if parent else {}),
        **{key: value for key, value in more.items() if value is not None},
    }
    PROJECTS.insert(call.db, project)
    if parent:
        PROJECTS.update(call.db, parent, {"last_update": stored(call.now)})
    return str(project["id"])


def target(call: Call) -> str:
    """Return the id of the project that a `move` request names, by `project` or `project_name`."""
    if call.body.get("project_name"):
        return ensure(call, call.body["project_name"])
    if not call.body.get("project"):
        raise Fault(400, 11, "Missing required fields (project or project_name is required)")
    return str(fetch(call, call.body["project"])["id"])


def family(db: sqlite3.Connection, key: str) -> list[str]:
    """Return the ids of the project `key` and of all under it, parents first."""
    query = """WITH RECURSIVE under(id) AS (
        SELECT ? UNION SELECT below.id FROM projects AS below JOIN under ON below.parent = under.id
    ) SELECT id FROM under"""
    return [row[0] for row in db.execute(query, [key])]


def rename(call: Call, key: str, name: str) -> None:
    """Give a project the full name `name`, and those under it the names that follow from it."""
    old = fetch(call, key)["name"]
    above = name.rpartition("/")[0]
    parent = ensure(call, above) if above else None
    for member in family(call.db, key):
        project = fetch(call, member)
        changes: Document = {"name": name + project["name"][len(old) :]}
        changes["basename"] = changes["name"].rpartition("/")[2]
        if member == key:
            changes |= {"parent": parent, "path": _path(call, parent) if parent else []}
        else:
            changes["path"] = _path(call, project["parent"])
        PROJECTS.update(call.db, member, {**changes, "last_update": stored(call.now)})


def _path(call: Call, parent: str) -> list[str]:
    return [*fetch(call, parent).get("path", []), parent]
