"""A task as a document: what a new one holds, how one is found, how a change is recorded."""

import sqlite3
import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from clearml_hpo_app.local.server.catalog import PROJECTS, TASKS
from clearml_hpo_app.local.server.documents import Document
from clearml_hpo_app.local.server.faults import Fault, too_short, unknown_task
from clearml_hpo_app.local.server.identity import Caller
from clearml_hpo_app.local.server.moments import echoed, stored
from clearml_hpo_app.local.server.registry import Call

_SCRIPT = {"binary": "python", "repository": "", "entry_point": "", "requirements": {}}
_EXECUTION = {"test_split": 0, "parameters": {}, "model_desc": {}, "model_labels": {}, "artifacts": []}
_TIMES = ("status_changed", "last_update", "last_change", "started", "completed", "published")


def blank(caller: Caller, now: datetime, name: str, kind: str) -> Document:
    """Return a new task that holds nothing but its name and type."""
    return {
        "id": uuid.uuid4().hex,
        "company": caller.company,
        "user": caller.user,
        "name": checked_name(name),
        "type": kind,
        "status": "created",
        "report_assets": [],
        "created": stored(now),
        "output": {},
        "execution": {**_EXECUTION, "artifacts": []},
        "tags": [],
        "system_tags": [],
        "script": dict(_SCRIPT),
        "last_update": stored(now),
        "last_change": stored(now),
        "last_iteration": 0,
        "last_metrics": {},
        "unique_metrics": [],
        "metric_stats": {},
        "hyperparams": {},
        "configuration": {},
        "runtime": {},
        "models": {"input": [], "output": []},
        "container": {},
        "last_changed_by": caller.user,
    }


def checked_name(name: str) -> str:
    """Return `name` without blanks around it; a Fault 400/800 when it is under three characters."""
    if len(name.strip()) < 3:
        raise too_short()
    return name.strip()


def fetch(call: Call, key: str, fields: Iterable[str] | None = ()) -> Document:
    """Return the task `key` with its light fields and the sections `fields` (None: all); or a Fault 400/101."""
    task = TASKS.fetch(call.db, key, fields)
    if task is None:
        raise unknown_task(call.caller.company, key)
    return task


def known(call: Call, ids: Iterable[str], fields: Iterable[str] | None = ()) -> list[Document]:
    """Return the tasks `ids`, in the order of their making; a Fault 400/101 when one is unknown."""
    wanted = list(ids)
    marks = ", ".join("?" for _ in wanted)
    tasks = TASKS.select(call.db, f"id IN ({marks})", wanted, fields=fields)
    if len(tasks) < len(set(wanted)):
        raise Fault(400, 101, "Invalid task id", ids=wanted)
    return tasks


def touched(call: Call, *, content: bool = True) -> Document:
    """Return the fields that every change of a task sets, as the answer repeats them."""
    fields = {"last_change": echoed(call.now), "last_changed_by": call.caller.user}
    return {**fields, "last_update": echoed(call.now)} if content else fields


def save(db: sqlite3.Connection, key: str, changes: Document) -> None:
    """Store changes that are written as the answer repeats them: times are cut to milliseconds."""
    cut = {
        name: value[:23] + "000" + value[26:] if name in _TIMES and value else value
        for name, value in changes.items()
        if "." not in name
    }
    if "execution" in cut:
        # Kept by no server, but repeated in the answer to the client that sent it.
        cut["execution"] = {name: value for name, value in cut["execution"].items() if name != "dataviews"}
    TASKS.update(db, key, cut)


def check_references(db: sqlite3.Connection, task: Document) -> None:
    """Raise a Fault 400/16 when the task's project does not exist."""
    project = task.get("project")
    if project and PROJECTS.fetch(db, project) is None:
        raise Fault(400, 16, "Invalid value for fields (expecting Project id)", id=project, field="project")


def as_lists(value: Any, field: str) -> list[str]:
    """Return a list of tags, sorted as the server keeps them."""
    if not isinstance(value, (list, tuple)):
        text = "Only lists and tuples may be used in a list field"
        raise Fault(400, 800, "Data validation error", **{field: text})
    return sorted({str(item) for item in value})
