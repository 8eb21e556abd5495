"""Curves for a screen: the scalars of a task, averaged in buckets, as the histogram requests answer them.

SQLite does the averaging: of a million points a few thousand come out, and no more are ever in memory.
"""

import sqlite3
import struct
from collections.abc import Sequence
from typing import Any

from clearml_hpo_app.local.server.documents import Document
from clearml_hpo_app.local.server.moments import from_millis, received
from clearml_hpo_app.local.server.services.events import store

_CURVE = "FROM scalars WHERE task = ? AND metric = ? AND variant = ? AND iter <> ?"
# The value as 32 bits hold it, where it is: Veltkamp's splitting with 2 ** 29 + 1 leaves the upper 24 bits.
_SINGLE = "536870913.0 * value - (536870913.0 * value - value)"


def single(value: float | None) -> float | None:
    """Return `value` as the event index keeps it: 32 bits."""
    return None if value is None else float(struct.unpack("f", struct.pack("f", value))[0])


def curves(db: sqlite3.Connection, task: str, samples: int, axis: str, metrics: Sequence[Any] | None) -> Document:
    """Return `{metric: {variant: {name, x, y}}}` with about `samples` points a curve; no single values."""
    found: Document = {}
    for metric, variant in store.names(db, task, metrics):
        curve = _curve(db, [task, metric, variant, store.SINGLE], samples, axis)
        found.setdefault(metric, {})[variant] = {"name": variant, **curve}
    return found


def _curve(db: sqlite3.Connection, of: list[Any], samples: int, axis: str) -> Document:
    """Return one curve; a bucket is named by the place where it begins, and its value is the mean in it."""
    place = "iter" if axis == "iter" else "timestamp"
    least, most = db.execute(f"SELECT min({place}), max({place}) {_CURVE}", of).fetchone()
    width = max(1, -(-(most - least + 1) // samples))
    begin = place if width == 1 else f"{place} - ({place} % {width} + {width}) % {width}"
    query = f"SELECT {begin}, avg({_SINGLE}), count(*) {_CURVE} GROUP BY 1 ORDER BY 1"
    rows = db.execute(query, of).fetchall()
    label = db.execute(f"SELECT json_extract(rest, '$.x_axis_label') {_CURVE} ORDER BY iter DESC LIMIT 1", of)
    return {
        "x": [received(from_millis(row[0])) if axis == "iso_time" else row[0] for row in rows],
        "y": [single(mean) if count == 1 else mean for _, mean, count in rows],
        **({"x_axis_label": text} if (text := label.fetchone()[0]) else {}),
    }
