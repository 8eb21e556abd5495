"""Events in SQLite: scalars keyed by (task, metric, variant, iteration), logs in order, all others as samples."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from clearml_hpo_app.local.server.documents import Document, dumped

SCALAR, VECTOR, LOG, PLOT = "training_stats_scalar", "training_stats_vector", "log", "plot"
IMAGE = "training_debug_image"
TYPES = frozenset({SCALAR, VECTOR, LOG, PLOT, IMAGE})
SINGLE = -(2**31)
_COLUMNS = ("type", "task", "metric", "variant", "iter", "value", "timestamp", "@timestamp")


def add_scalars(db: sqlite3.Connection, events: Iterable[Document]) -> None:
    """Store scalars; one with the same task, metric, variant and iteration replaces the older one."""
    rows = []
    for event in events:
        rest = {key: value for key, value in event.items() if key not in _COLUMNS}
        head = [event[key] for key in ("task", "metric", "variant", "iter")]
        rows.append([*head, event.get("value"), event["timestamp"], event["@timestamp"], dumped(rest)])
    db.executemany("INSERT OR REPLACE INTO scalars VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)


def add_logs(db: sqlite3.Connection, events: Iterable[Document]) -> None:
    """Append log lines."""
    rows = [[event["task"], event["timestamp"], dumped(event)] for event in events]
    db.executemany("INSERT INTO logs (task, timestamp, doc) VALUES (?, ?, ?)", rows)


def add_samples(db: sqlite3.Connection, events: Iterable[Document]) -> None:
    """Store plots, vectors and images; one with the same key replaces the older one."""
    rows = [
        [event[key] for key in ("task", "type", "metric", "variant", "iter")]
        + [str(event.get("key", "")), dumped(event)]
        for event in events
    ]
    db.executemany("INSERT OR REPLACE INTO samples VALUES (?, ?, ?, ?, ?, ?, ?)", rows)


def chosen(metrics: Sequence[Any] | None) -> tuple[str, list[Any]]:
    """Return the condition for a request's `metrics` (names, or `{metric, variants}`); none means all."""
    parts, values = [], []
    for item in metrics or ():
        metric, variants = (item, None) if isinstance(item, str) else (item.get("metric"), item.get("variants"))
        values.append(metric)
        if variants:
            parts.append(f"(metric = ? AND variant IN ({', '.join('?' for _ in variants)}))")
            values.extend(variants)
        else:
            parts.append("metric = ?")
    return f"({' OR '.join(parts)})" if parts else "1", values


def scalar_events(
    db: sqlite3.Connection, task: str, where: str, values: Sequence[Any], tail: str
) -> list[Document]:
    """Return the scalars of `task` that fulfil `where`, as they were sent."""
    query = f"""SELECT metric, variant, iter, value, timestamp, received, rest FROM scalars
        WHERE task = ? AND {where} {tail}"""  # noqa: S608
    events = []
    for metric, variant, iteration, value, timestamp, received, rest in db.execute(query, [task, *values]):
        head = {"type": SCALAR, "task": task, "metric": metric, "variant": variant, "iter": iteration}
        valued = {} if value is None else {"value": value}
        events.append({**head, **valued, "timestamp": timestamp, **json.loads(rest), "@timestamp": received})
    return events


def samples(
    db: sqlite3.Connection, task: str, kind: str, where: str = "1", values: Sequence[Any] = ()
) -> list[Document]:
    """Return the samples of one kind of `task`, newest iteration first within each variant."""
    query = f"""SELECT doc FROM samples WHERE task = ? AND type = ? AND {where}
        ORDER BY metric, variant, iter DESC, key"""  # noqa: S608
    return [json.loads(row[0]) for row in db.execute(query, [task, kind, *values])]


def names(db: sqlite3.Connection, task: str, metrics: Sequence[Any] | None = None) -> list[tuple[str, str]]:
    """Return metric and variant of each curve of `task` (of those that `metrics` names), in their order."""
    where, values = chosen(metrics)
    query = f"""SELECT DISTINCT metric, variant FROM scalars WHERE task = ? AND iter <> ? AND {where}
        ORDER BY 1, 2"""  # noqa: S608
    return db.execute(query, [task, SINGLE, *values]).fetchall()


def variants(db: sqlite3.Connection, task: str, kind: str) -> dict[str, list[str]]:
    """Return the names of the metrics of one kind of `task`, each with its variants."""
    found: dict[str, list[str]] = {}
    query = "SELECT DISTINCT metric, variant FROM samples WHERE task = ? AND type = ? ORDER BY 1, 2"
    pairs = names(db, task) if kind == SCALAR else db.execute(query, [task, kind])
    for metric, variant in pairs:
        found.setdefault(metric, []).append(variant)
    return found


def delete(db: sqlite3.Connection, task: str) -> int:
    """Remove all events of `task`; return how many."""
    tables = ("scalars", "logs", "samples")
    return sum(db.execute(f"DELETE FROM {table} WHERE task = ?", [task]).rowcount for table in tables)  # noqa: S608
