"""A data folder with many tasks and scalars in it, made before the server starts, with the server's own code."""

import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

from clearml_hpo_app.local.server.catalog import TASKS
from clearml_hpo_app.local.server.database import Database
from clearml_hpo_app.local.server.documents import Document
from clearml_hpo_app.local.server.identity import Caller
from clearml_hpo_app.local.server.moments import millis, received, stored
from clearml_hpo_app.local.server.services.events.latest import updated
from clearml_hpo_app.local.server.services.events.store import SCALAR
from clearml_hpo_app.local.server.services.tasks.record import blank

CHILDREN = 500
CURVES = (("train", "loss"), ("train", "accuracy"), ("validation", "loss"), ("validation", "accuracy"))
_OWNER = Caller("c" * 32, "u" * 32)
_START = datetime(2026, 1, 1, tzinfo=timezone.utc)


def fill(data: Path, tasks: int, points: int) -> list[str]:
    """Make the folder `data` with `tasks` trials and `points` scalars, spread evenly; return the trials' ids.

    Every 500 trials share a parent, which comes before them.
    """
    data.mkdir(mode=0o700, parents=True)
    database = Database(data / "server.sqlite")
    database.migrate()
    try:
        with database.write() as db:
            trials = [trial for first in range(0, tasks, CHILDREN) for trial in _family(db, first, tasks)]
        for trial in trials if points else ():
            with database.write() as db:
                insert = "INSERT INTO scalars VALUES (?, ?, ?, ?, ?, ?, ?, '{}')"
                db.executemany(insert, _points(trial, points // tasks))
    finally:
        database.close()
    return trials


def _family(db: sqlite3.Connection, first: int, tasks: int) -> list[str]:
    parent = blank(_OWNER, _START + timedelta(seconds=first), f"search {first // CHILDREN}", "optimizer")
    TASKS.insert(db, parent)
    trials = [_trial(number, parent["id"]) for number in range(first, min(first + CHILDREN, tasks))]
    for trial in trials:
        TASKS.insert(db, trial)
    return [trial["id"] for trial in trials]


def _trial(number: int, parent: str) -> Document:
    """Return a task as a finished trial looks: parameters, last values, tags."""
    now = _START + timedelta(seconds=number)
    values = {
        name: {"section": "General", "name": name, "value": str(number), "type": "float"}
        for name in ("learning_rate", "momentum", "hidden_units", "activation", "epochs", "batch_size")
    }
    head = {"type": SCALAR, "iter": 9, "timestamp": millis(now)}
    events = [
        {**head, "metric": metric, "variant": variant, "value": 1 / (number + 1)} for metric, variant in CURVES
    ]
    task = blank(_OWNER, now, f"trial {number}", "training")
    return {
        **task,
        **updated(task, events),
        "parent": parent,
        "status": "completed",
        "status_changed": stored(now),
        "tags": ["optimization", f"opt: {parent}"],
        "hyperparams": {"General": values},
    }


def _points(task: str, count: int) -> Iterator[tuple[str, str, str, int, float, int, str]]:
    """Yield `count` rows of the table of scalars, in the order of its key."""
    for place, (metric, variant) in enumerate(sorted(CURVES)):
        for number in range(count * place // len(CURVES), count * (place + 1) // len(CURVES)):
            now = _START + timedelta(seconds=number)
            yield task, metric, variant, number, 1 / (number + 1), millis(now), received(now)
