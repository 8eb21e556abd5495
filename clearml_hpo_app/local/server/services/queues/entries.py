"""What waits in which queue, and in which order. A task waits in one queue at most once."""

import sqlite3
from collections.abc import Callable
from datetime import datetime

from clearml_hpo_app.local.server.catalog import QUEUES
from clearml_hpo_app.local.server.documents import Document
from clearml_hpo_app.local.server.faults import Fault
from clearml_hpo_app.local.server.moments import stored


def waiting(db: sqlite3.Connection, queue: str, most: int = -1) -> list[Document]:
    """Return the entries of `queue`, first first; at most `most` when that is not negative."""
    query = "SELECT task, added FROM queue_entries WHERE queue = ? ORDER BY place LIMIT ?"
    return [{"task": task, "added": added} for task, added in db.execute(query, [queue, most])]


def count(db: sqlite3.Connection, queue: str) -> int:
    """Return how many tasks wait in `queue`."""
    row = db.execute("SELECT count(*) FROM queue_entries WHERE queue = ?", [queue]).fetchone()
    return int(row[0])


def remove_elsewhere(db: sqlite3.Connection, task: str, queue: str) -> None:
    """Take `task` out of all queues but `queue`: a task that moves must not run twice."""
    db.execute("DELETE FROM queue_entries WHERE task = ? AND queue <> ?", [task, queue])


def add(db: sqlite3.Connection, queue: str, task: str, now: datetime) -> None:
    """Put `task` at the end of `queue`; a Fault 400/706 when it waits there already."""
    query = "SELECT 1 FROM queue_entries WHERE queue = ? AND task = ?"
    if db.execute(query, [queue, task]).fetchone():
        raise already_queued(task)
    last = db.execute("SELECT max(place) FROM queue_entries WHERE queue = ?", [queue]).fetchone()[0]
    row = [(last or 0) + 1, queue, task, stored(now)]
    db.execute("INSERT INTO queue_entries (place, queue, task, added) VALUES (?, ?, ?, ?)", row)
    touch(db, queue, now)


def pop(db: sqlite3.Connection, queue: str, now: datetime) -> Document | None:
    """Take the first entry out of `queue`. Inside a write transaction nobody else can get the same one."""
    entries = waiting(db, queue, 1)
    if not entries:
        return None
    db.execute("DELETE FROM queue_entries WHERE queue = ? AND task = ?", [queue, entries[0]["task"]])
    touch(db, queue, now)
    return entries[0]


def remove(db: sqlite3.Connection, queue: str, task: str) -> bool:
    """Take `task` out of `queue`; return whether it was there."""
    return db.execute("DELETE FROM queue_entries WHERE queue = ? AND task = ?", [queue, task]).rowcount > 0


def remove_everywhere(db: sqlite3.Connection, task: str) -> bool:
    """Take `task` out of all queues; return whether it was in one."""
    return db.execute("DELETE FROM queue_entries WHERE task = ?", [task]).rowcount > 0


def clear(db: sqlite3.Connection, queue: str) -> list[str]:
    """Take everything out of `queue`; return the tasks, first first."""
    tasks = [entry["task"] for entry in waiting(db, queue)]
    db.execute("DELETE FROM queue_entries WHERE queue = ?", [queue])
    return tasks


def move(db: sqlite3.Connection, queue: str, task: str, place: Callable[[int, int], int]) -> int:
    """Put `task` where `place(its position, the last position)` says; return where it ended."""
    order = [entry["task"] for entry in waiting(db, queue)]
    if task not in order:
        raise not_in_queue(task, queue)
    old = order.index(task)
    new = max(0, min(place(old, len(order) - 1), len(order) - 1))
    order.insert(new, order.pop(old))
    query = "UPDATE queue_entries SET place = ? WHERE queue = ? AND task = ?"
    db.executemany(query, [(number, queue, key) for number, key in enumerate(order)])
    return new


def touch(db: sqlite3.Connection, queue: str, now: datetime) -> None:
    """Note on the queue that its entries changed."""
    QUEUES.update(db, queue, {"last_update": stored(now)})


def already_queued(task: str) -> Fault:
    """Return the fault of a task that waits already."""
    return Fault(400, 706, "Failed adding task to queue since task is already queued", task=task)


def not_in_queue(task: str, queue: str, **more: str) -> Fault:
    """Return the fault of a task that does not wait in the queue."""
    return Fault(400, 703, "Invalid queue id or task not in queue", task=task, id=queue, **more)
