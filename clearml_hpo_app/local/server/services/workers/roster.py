"""Which workers are there, what each serves and what it runs."""

import json
import sqlite3
from datetime import datetime, timedelta
from typing import Any

from clearml_hpo_app.local.server.catalog import PROJECTS, TASKS
from clearml_hpo_app.local.server.documents import Document, dumped
from clearml_hpo_app.local.server.identity import COMPANY_NAME, USER_NAME
from clearml_hpo_app.local.server.moments import echoed, parsed
from clearml_hpo_app.local.server.services.queues import entries

TIMEOUT = 600


def note(db: sqlite3.Connection, now: datetime, key: str, **changes: Any) -> None:
    """Note that the worker `key` is alive, and what it says of itself; a new one is added."""
    row = db.execute("SELECT doc FROM workers WHERE id = ?", [key]).fetchone()
    fresh = {"id": key, "register_time": echoed(now), "register_timeout": TIMEOUT, "queues": [], "tags": []}
    worker = {**(json.loads(row[0]) if row else fresh), **changes, "last_activity_time": echoed(now)}
    known = {name: value for name, value in worker.items() if value is not None}
    db.execute("INSERT OR REPLACE INTO workers (id, doc) VALUES (?, ?)", [key, dumped(known)])


def forget(db: sqlite3.Connection, key: str) -> None:
    """Remove the worker `key`, if it is there."""
    db.execute("DELETE FROM workers WHERE id = ?", [key])


def alive(db: sqlite3.Connection, now: datetime, last_seen: float | None = None) -> list[Document]:
    """Return the workers that reported within their time-out (and the last `last_seen` seconds, if given)."""
    workers = [json.loads(row[0]) for row in db.execute("SELECT doc FROM workers ORDER BY rowid")]
    return [
        worker for worker in workers if _age(worker, now) < min(worker["register_timeout"], last_seen or TIMEOUT)
    ]


def runs(db: sqlite3.Connection, now: datetime, task: str) -> bool:
    """Return whether a worker that is alive reported that it runs `task`."""
    since = echoed(now - timedelta(seconds=TIMEOUT))
    query = "SELECT 1 FROM workers WHERE task = ? AND seen > ?"
    return db.execute(query, [task, since]).fetchone() is not None


def shown(db: sqlite3.Connection, worker: Document, company: str, user: str) -> Document:
    """Return a worker as lists show it."""
    row = {
        "company": {"id": company, "name": COMPANY_NAME},
        "key": _key(worker, company, user),
        "system_tags": [],
        "user": {"id": user, "name": USER_NAME},
        **{name: value for name, value in worker.items() if name not in ("queue", "task")},
        "queues": [_queue(db, queue) for queue in worker["queues"]],
    }
    task = TASKS.fetch(db, worker["task"], []) if "task" in worker else None
    if worker.get("queue") in worker["queues"]:
        row["queue"] = _queue(db, worker["queue"])
    if "task" in worker:
        row["task"] = {"id": worker["task"]}
    if task is not None:
        running, iteration = task.get("active_duration", 0) * 1000, task.get("last_iteration", 0)
        row["task"] |= {"name": task["name"], "running_time": running, "last_iteration": iteration}
        row |= _project(db, task)
    return row


def brief(db: sqlite3.Connection, worker: Document, company: str, user: str) -> Document:
    """Return a worker as a queue shows it."""
    row: Document = {"name": worker["id"], "ip": worker.get("ip", ""), "key": _key(worker, company, user)}
    task = TASKS.fetch(db, worker["task"], []) if "task" in worker else None
    if task is not None:
        row["task"] = {"id": task["id"], "name": task["name"]}
    return row


def _key(worker: Document, company: str, user: str) -> str:
    return f"worker_{company}_{user}_{worker['id']}"


def _queue(db: sqlite3.Connection, key: str) -> Document:
    row = db.execute("SELECT name FROM queues WHERE id = ?", [key]).fetchone()
    if row is None:
        return {"id": key}
    first = entries.waiting(db, key, 1)
    task = TASKS.fetch(db, first[0]["task"], []) if first else None
    following = {"next_task": {"id": task["id"], "name": task["name"]}} if task else {}
    return {"id": key, "name": row[0], "num_tasks": entries.count(db, key), **following}


def _project(db: sqlite3.Connection, task: Document) -> Document:
    project = PROJECTS.fetch(db, task["project"]) if task.get("project") else None
    return {"project": {"id": project["id"], "name": project["name"]}} if project else {}


def _age(worker: Document, now: datetime) -> float:
    seen = parsed(worker["last_activity_time"])
    return (now - seen).total_seconds() if seen else 0.0
