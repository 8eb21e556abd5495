"""Curves for a screen: the scalars of a task, averaged in buckets, as the histogram requests answer them."""

import sqlite3
import struct
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from clearml_hpo_app.local.server.documents import Document
from clearml_hpo_app.local.server.moments import from_millis, received
from clearml_hpo_app.local.server.services.events import store

Point = tuple[int, int, Any, str]


def single(value: float | None) -> float | None:
    """Return `value` as the event index keeps it: 32 bits."""
    return None if value is None else float(struct.unpack("f", struct.pack("f", value))[0])


def curves(db: sqlite3.Connection, task: str, samples: int, axis: str, metrics: Sequence[Any] | None) -> Document:
    """Return `{metric: {variant: {name, x, y}}}` with about `samples` points a curve; no single values."""
    where, values = store.chosen(metrics)
    query = f"""SELECT metric, variant, iter, timestamp, value, coalesce(json_extract(rest, '$.x_axis_label'), '')
        FROM scalars WHERE task = ? AND iter <> ? AND {where} ORDER BY metric, variant, iter"""  # noqa: S608
    found: Document = {}
    rows = db.execute(query, [task, store.SINGLE, *values])
    for (metric, variant), group in groupby(rows, key=lambda row: (row[0], row[1])):
        points = [(row[2], row[3], row[4], row[5]) for row in group]
        found.setdefault(metric, {})[variant] = {"name": variant, **_curve(points, samples, axis)}
    return found


def _curve(points: Sequence[Point], samples: int, axis: str) -> Document:
    places = [point[0] if axis == "iter" else point[1] for point in points]
    values = [single(point[2]) for point in points]
    span = max(places) - min(places) + 1
    width = max(1, -(-span // samples))
    buckets: dict[int, list[float | None]] = {}
    for place, value in zip(places, values, strict=True):
        buckets.setdefault(place // width * width if width > 1 else place, []).append(value)
    xs = sorted(buckets)
    shown: list[Any] = [received(from_millis(x)) for x in xs] if axis == "iso_time" else list(xs)
    label = points[-1][3]
    return {"x": shown, "y": [_mean(buckets[x]) for x in xs], **({"x_axis_label": label} if label else {})}


def _mean(values: Sequence[float | None]) -> float | None:
    numbers = [value for value in values if value is not None]
    return sum(numbers) / len(numbers) if numbers else None
