"""Requests that read plots and debug samples.

https://clear.ml/docs/latest/docs/references/api/events
"""

import json
from itertools import groupby
from typing import Any

from clearml_hpo_app.local.server.documents import Document
from clearml_hpo_app.local.server.registry import ANYTHING, Call, operation
from clearml_hpo_app.local.server.services.events import store
from clearml_hpo_app.local.server.services.tasks import record


@operation("events.get_task_plots", since="1.8")
def get_task_plots(call: Call) -> Document:
    """Answer the plots of a task: of each metric and variant the last `iters` iterations."""
    task = record.known(call, [call.body["task"]])[0]
    plots = _newest(call, task["id"], call.body.get("metrics"))
    return {"plots": plots, "returned": len(plots), "total": len(plots), "scroll_id": None}


@operation("events.get_multi_task_plots", since="1.8")
def get_multi_task_plots(call: Call) -> Document:
    """Answer the plots of many tasks, by metric, variant, task and iteration."""
    shown: Document = {}
    count = 0
    for task in record.known(call, call.body["tasks"]):
        for plot in _newest(call, task["id"], call.body.get("metrics")):
            by_task = shown.setdefault(plot["metric"], {}).setdefault(plot["variant"], {})
            place = by_task.setdefault(task["id"], {}).setdefault(
                str(plot["iter"]), {"name": task["name"], "plots": []}
            )
            place["plots"].append(plot)
            count += 1
    return {"plots": shown, "returned": count, "total": count, "scroll_id": None}


@operation("events.plots", schema=ANYTHING)
def plots(call: Call) -> Document:
    """Answer the plots of some metrics, by iteration."""
    return _by_iteration(call, store.PLOT)


@operation("events.debug_images", since="2.7", schema=ANYTHING)
def debug_images(call: Call) -> Document:
    """Answer the debug images of some metrics, by iteration."""
    return _by_iteration(call, store.IMAGE)


@operation("events.get_plot_sample", schema=ANYTHING)
def get_plot_sample(call: Call) -> Document:
    """Answer the plots of one metric at one iteration, the last one when none is named."""
    events, ends = _sample(call, store.PLOT)
    return {"scroll_id": call.scrolls.resume(None)[0], "events": events, **ends}


@operation("events.get_debug_image_sample", since="2.12", schema=ANYTHING)
def get_debug_image_sample(call: Call) -> Document:
    """Answer one debug image of a metric and variant, the last one when no iteration is named."""
    events, ends = _sample(call, store.IMAGE)
    return {"scroll_id": call.scrolls.resume(None)[0], "event": events[0] if events else None, **ends}


def _newest(call: Call, task: str, metrics: Any) -> list[Document]:
    where, values = store.chosen(metrics)
    found = store.samples(call.db, task, store.PLOT, where, values)
    kept: list[Document] = []
    for _, group in groupby(found, key=lambda event: (event["metric"], event["variant"])):
        kept.extend(list(group)[: int(call.body.get("iters") or 1)])
    return [_with_sources(event) for event in kept]


def _with_sources(plot: Document) -> Document:
    """Name the images that a plot shows, as the real server does."""
    if '"source"' not in plot.get("plot_str", ""):
        return plot
    try:
        images = json.loads(plot["plot_str"])["layout"]["images"]
        return {**plot, "source_urls": [image["source"] for image in images]}
    except (ValueError, KeyError, TypeError):
        return plot


def _by_iteration(call: Call, kind: str) -> Document:
    """Answer the newest iterations of each metric; a scroll goes on with those before."""
    scroll, shown = call.scrolls.resume(None if call.body.get("refresh") else call.body.get("scroll_id"))
    end = shown + int(call.body.get("iters") or 1)
    rows = []
    for wanted in call.body.get("metrics") or []:
        task = record.known(call, [wanted["task"]])[0]["id"]
        where, values = store.chosen([wanted] if wanted.get("metric") else None)
        events = sorted(store.samples(call.db, task, kind, where, values), key=lambda event: -event["iter"])
        iterations = [
            {"iter": number, "events": [_with_sources(event) for event in group]}
            for number, group in groupby(events, key=lambda event: event["iter"])
        ]
        rows.append({"task": task, "iterations": iterations[shown:end]})
    call.scrolls.move(scroll, end)
    return {"metrics": rows, "scroll_id": scroll}


def _sample(call: Call, kind: str) -> tuple[list[Document], Document]:
    wanted = {"metric": call.body["metric"], "variants": [v] if (v := call.body.get("variant")) else None}
    where, values = store.chosen([wanted])
    events = store.samples(call.db, call.body["task"], kind, where, values)
    iterations = [event["iter"] for event in events] or [0]
    number = call.body.get("iteration")
    number = max(iterations) if number is None else number
    ends = {"min_iteration": min(iterations), "max_iteration": max(iterations)}
    return [event for event in events if event["iter"] == number], ends
