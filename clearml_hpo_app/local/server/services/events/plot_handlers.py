"""Requests that read plots and debug samples.

https://clear.ml/docs/latest/docs/references/api/events
"""

import json
from itertools import groupby
from typing import Any

from clearml_hpo_app.local.server.documents import Document
from clearml_hpo_app.local.server.registry import Call, operation, required
from clearml_hpo_app.local.server.services.events import owners, store


@operation("events.get_task_plots", since="1.8")
def get_task_plots(call: Call) -> Document:
    """Answer the plots of a task: of each metric and variant the last `iters` iterations."""
    task = owners.known(call, [call.body["task"]])[0]
    plots = _newest(call, task["id"], call.body.get("metrics"))
    return {"plots": plots, "returned": len(plots), "total": len(plots), "scroll_id": None}


@operation("events.debug_images", since="2.7", schema=required())
def debug_images(call: Call) -> Document:
    """Answer the newest iterations of some metrics' debug images; a scroll goes on with those before."""
    scroll, shown = call.scrolls.resume(None if call.body.get("refresh") else call.body.get("scroll_id"))
    end = shown + int(call.body.get("iters") or 1)
    rows = []
    for wanted in call.body.get("metrics") or []:
        task = owners.known(call, [wanted["task"]])[0]["id"]
        where, values = store.chosen([wanted] if wanted.get("metric") else None)
        events = sorted(store.samples(call.db, task, store.IMAGE, where, values), key=lambda event: -event["iter"])
        iterations = [
            {"iter": number, "events": list(group)}
            for number, group in groupby(events, key=lambda event: event["iter"])
        ]
        rows.append({"task": task, "iterations": iterations[shown:end]})
    call.scrolls.move(scroll, end)
    return {"metrics": rows, "scroll_id": scroll}


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
