"""Requests that read scalars.

https://clear.ml/docs/latest/docs/references/api/events
"""

from typing import Any

from clearml_hpo_app.local.server.documents import Document
from clearml_hpo_app.local.server.faults import Fault
from clearml_hpo_app.local.server.registry import TEXTS, Call, operation, required
from clearml_hpo_app.local.server.schema import Schema
from clearml_hpo_app.local.server.services.events import curves, owners, store

_SAMPLES = 2000
_PIECE = 500
_BATCH: Schema = {"type": "integer", "minimum": 1, "maximum": 10_000}
_KEYS = ("iter", "timestamp", "iso_time")
_SHAPE: dict[str, Schema] = {"samples": {"type": "integer", "minimum": 1, "maximum": 6000}, "key": {}}
_HISTOGRAM: Schema = {"required": ["task"], "properties": {**_SHAPE, "task": {"type": "string"}}}
_HISTOGRAMS: Schema = {"required": ["tasks"], "properties": {**_SHAPE, "tasks": {**TEXTS, "minItems": 1}}}


@operation("events.scalar_metrics_iter_histogram", schema=_HISTOGRAM)
def histogram(call: Call) -> Document:
    """Answer the curves of one task."""
    task = owners.known(call, [call.body["task"]])[0]
    return _curves(call, task["id"])


@operation("events.multi_task_scalar_metrics_iter_histogram", schema=_HISTOGRAMS)
def multi_histogram(call: Call) -> Document:
    """Answer the curves of many tasks, by metric, variant and task."""
    metrics: Document = {}
    for task in owners.known(call, call.body["tasks"]):
        for metric, variants in _curves(call, task["id"]).items():
            for variant, curve in variants.items():
                by_task = metrics.setdefault(metric, {}).setdefault(variant, {})
                by_task[task["id"]] = {**curve, "name": task["name"]}
    return {"metrics": metrics}


@operation("events.get_task_latest_scalar_values")
def latest_values(call: Call) -> Document:
    """Answer the last value and the mean of the last ten of every scalar of a task."""
    task = owners.known(call, [call.body["task"]])[0]
    rows, newest = [], 0
    for metric, variants in store.variants(call.db, task["id"], store.SCALAR).items():
        shown = []
        for variant in variants:
            where = ("metric = ? AND variant = ? AND value IS NOT NULL", [metric, variant])
            events = store.scalar_events(call.db, task["id"], *where, "ORDER BY iter DESC LIMIT 10")
            if events:
                values = [curves.single(event["value"]) or 0.0 for event in events]
                newest = max(newest, events[0]["timestamp"])
                mean = sum(values) / len(values)
                shown.append({"name": variant, "last_value": values[0], "last_10_value": mean})
        rows.append({"name": metric, "variants": shown})
    last = task.get("last_iteration", 0)
    return {"metrics": rows, "last_iter": last, "name": None, "status": "created", "last_timestamp": newest}


@operation("events.get_task_single_value_metrics")
def single_values(call: Call) -> Document:
    """Answer the single values of tasks; those without any are left out."""
    rows = []
    for task in owners.known(call, call.body["tasks"]):
        events = store.scalar_events(call.db, task["id"], "iter = ?", [store.SINGLE], "ORDER BY metric, variant")
        fields = ("metric", "variant", "value", "timestamp")
        values = [{name: event[name] for name in fields if name in event} for event in events]
        if values:
            rows.append({"task": task["id"], "task_name": task["name"], "values": values})
    return {"tasks": rows}


@operation("events.get_scalar_metric_data", schema=required("task", "metric"))
def metric_data(call: Call) -> Document:
    """Answer all scalars of one metric of a task, newest iteration first, 500 at a time."""
    return _pieces(call, "metric = ?", [call.body["metric"]], "ORDER BY iter DESC, variant", _PIECE)


@operation("events.get_task_events", schema=required("task", batch_size=_BATCH))
def task_events(call: Call) -> Document:
    """Answer the events of a task, of one type or of the scalars."""
    kind = call.body.get("event_type") or store.SCALAR
    where, values = store.chosen(call.body.get("metrics"))
    direction = "DESC" if call.body.get("order") == "desc" else "ASC"
    size = int(call.body.get("batch_size") or _PIECE)
    if kind == store.SCALAR:
        answer = _pieces(call, where, values, f"ORDER BY iter {direction}, metric, variant", size)
        return {"returned": len(answer["events"]), **answer}
    task = owners.known(call, [call.body["task"]])[0]
    events = store.samples(call.db, task["id"], kind, where, values)
    scroll, position = call.scrolls.resume(call.body.get("scroll_id"))
    piece = events[position : position + size]
    call.scrolls.move(scroll, position + len(piece))
    return {"returned": len(piece), "total": len(events), "scroll_id": scroll, "events": piece}


def _curves(call: Call, task: str) -> Document:
    axis = call.body.get("key") or "iter"
    if axis not in _KEYS:
        problem = f"('value is wrong, expected type \"scalarkeyenum\"', '{axis}')"
        raise Fault(400, 12, f"Validation error (error for field 'key': {problem}.)")
    return curves.curves(call.db, task, call.body.get("samples") or _SAMPLES, axis, call.body.get("metrics"))


def _pieces(call: Call, where: str, values: list[Any], order: str, size: int) -> Document:
    task = owners.known(call, [call.body["task"]])[0]["id"]
    scroll, position = call.scrolls.resume(call.body.get("scroll_id"))
    events = store.scalar_events(call.db, task, where, values, f"{order} LIMIT {size:d} OFFSET {position:d}")
    query = f"SELECT count(*) FROM scalars WHERE task = ? AND {where}"  # noqa: S608
    total = call.db.execute(query, [task, *values]).fetchone()[0]
    call.scrolls.move(scroll, position + len(events))
    shown = None if call.body.get("no_scroll") else scroll
    return {"events": events, "returned": len(events), "total": total, "scroll_id": shown}
