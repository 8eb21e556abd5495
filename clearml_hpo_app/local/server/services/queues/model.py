"""Queues themselves: making, finding, removing."""

import sqlite3
import uuid
from datetime import datetime
from typing import Any

from clearml_hpo_app.local.server.catalog import QUEUES
from clearml_hpo_app.local.server.documents import Document, by_key
from clearml_hpo_app.local.server.faults import Fault, taken, too_short
from clearml_hpo_app.local.server.moments import stored

DEFAULT = "default"


def create(db: sqlite3.Connection, company: str, now: datetime, *, name: str, **more: Any) -> str:
    """Make a queue and return its id."""
    queue = {
        "id": uuid.uuid4().hex,
        "name": new_name(db, company, name),
        "company": company,
        "created": stored(now),
        "tags": [],
        "system_tags": [],
        "entries": [],
        "last_update": stored(now),
        **{key: value for key, value in more.items() if value is not None},
        "metadata": by_key(more.get("metadata")),
    }
    QUEUES.insert(db, queue)
    return str(queue["id"])


def new_name(db: sqlite3.Connection, company: str, name: str) -> str:
    """Return the name as a queue can have it: unique, of three characters or more; a Fault when it cannot be."""
    name = name.strip()
    if len(name) < 3:
        raise too_short()
    if by_name(db, name):
        raise taken(name=name, company=company)
    return name


def by_name(db: sqlite3.Connection, name: str) -> str | None:
    """Return the id of the queue called `name`, or None."""
    row = db.execute("SELECT id FROM queues WHERE name = ?", [name]).fetchone()
    return row[0] if row else None


def default(db: sqlite3.Connection, company: str, now: datetime) -> str:
    """Return the id of the default queue: the marked one, else one with its name, else a new one."""
    query = "SELECT id FROM queues WHERE system_tags LIKE '%\"default\"%' ORDER BY seq"
    row = db.execute(query).fetchone()
    known = row[0] if row else by_name(db, DEFAULT)
    return known or create(db, company, now, name=DEFAULT, system_tags=[DEFAULT])


def fetch(db: sqlite3.Connection, company: str, key: str) -> Document:
    """Return the queue with the id `key`; a Fault 400/701 when there is none."""
    queue = QUEUES.fetch(db, key)
    if queue is None:
        raise Fault(400, 701, "Invalid queue id", id=key, company=company)
    return queue
