"""What a task remembers of its scalars: last, first, smallest, largest, count, mean (`last_metrics`)."""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from clearml_hpo_app.local.server.documents import Document
from clearml_hpo_app.local.server.services.events.store import SCALAR

_MONITOR = ":monitor:"


@lru_cache(maxsize=10_000)
def key(name: str) -> str:
    """Return the key of a metric or variant in `last_metrics`: the MD5 of its name."""
    return hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()


def updated(task: Document, events: Sequence[Document]) -> Document:
    """Return the fields of `task` that change when `events` (a batch, all of this task) come in."""
    last_metrics, names = task["last_metrics"], list(task.get("unique_metrics", []))
    newest: dict[tuple[str, str], Document] = {}
    sums: dict[tuple[str, str], list[float]] = {}
    iteration = task.get("last_iteration", 0)
    for event in events:
        if event["type"] == SCALAR and event.get("value") is not None:
            variants = last_metrics.setdefault(key(event["metric"]), {})
            _count(variants, event)
            pair = (event["metric"], event["variant"])
            sums.setdefault(pair, []).append(event["value"])
            if pair not in newest or event["iter"] >= newest[pair]["iter"]:
                newest[pair] = event
            if f"{pair[0]}/{pair[1]}" not in names:
                names.append(f"{pair[0]}/{pair[1]}")
        if not str(event.get("metric", "")).startswith(_MONITOR) and event.get("iter") is not None:
            iteration = max(iteration, event["iter"])
    for (metric, variant), event in newest.items():
        entry = last_metrics[key(metric)][key(variant)]
        entry["value"] = event["value"]
        entry["mean_value"] = _mean(entry, sums[metric, variant])
    changes: Document = {"last_iteration": iteration, "last_metrics": last_metrics, "unique_metrics": names}
    stats = _stats(events)
    return {**changes, "metric_stats": stats} if stats else changes


def _count(variants: Document, event: Document) -> None:
    value, iteration = event["value"], event["iter"]
    entry = variants.setdefault(
        key(event["variant"]),
        {
            "metric": event["metric"],
            "variant": event["variant"],
            "value": value,
            "min_value": value,
            "min_value_iteration": iteration,
            "max_value": value,
            "max_value_iteration": iteration,
            "first_value": float(value),
            "first_value_iteration": iteration,
            "count": 0,
            "mean_value": 0.0,
        },
    )
    if value < entry["min_value"]:
        entry |= {"min_value": value, "min_value_iteration": iteration}
    if value > entry["max_value"]:
        entry |= {"max_value": value, "max_value_iteration": iteration}
    entry["count"] += 1
    if event.get("x_axis_label"):
        entry["x_axis_label"] = event["x_axis_label"]


def _mean(entry: Document, batch: Sequence[float]) -> float:
    """The mean is kept rounded to cents and carried on from there, batch by batch."""
    before = entry["mean_value"] * (entry["count"] - len(batch))
    return float(round((before + sum(batch)) / entry["count"], 2))


def _stats(events: Sequence[Document]) -> dict[str, Any]:
    """Only the batch's own metrics: each batch replaces what was there."""
    stats: dict[str, Any] = {}
    for event in events:
        metric = event.get("metric", "")
        entry = stats.setdefault(key(metric), {"metric": metric, "event_stats_by_type": {}})
        kinds = entry["event_stats_by_type"]
        before = kinds.get(event["type"], {}).get("last_update", event["timestamp"])
        kinds[event["type"]] = {"last_update": max(before, event["timestamp"])}
    return stats
