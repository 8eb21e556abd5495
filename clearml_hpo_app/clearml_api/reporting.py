"""Sending a report and log lines to a task, all of it in one call."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from clearml_hpo_app.clearml_api.client import Client
from clearml_hpo_app.reports import Plot, Report, ScalarPoint


def send_report(
    client: Client, task_id: str, report: Report, now: datetime, log_lines: Sequence[str] = ()
) -> None:
    """Send scalars, plots and console lines of one task; nothing to send, no call.

    A plot replaces the earlier one of the same title and series. Points of a line have times of their own, since a
    server shows the mean of those at one moment. Source:
    https://clear.ml/docs/latest/docs/references/api/events (`add_batch`).
    """
    stamp = int(now.timestamp() * 1000)
    events = [
        *(_scalar(point, stamp) for point in report.scalars),
        *(_plot(plot) for plot in report.plots),
        *([_log(log_lines)] if log_lines else []),
    ]
    if events:
        client.call_lines("events.add_batch", [{"task": task_id, "timestamp": stamp, **event} for event in events])


def _scalar(point: ScalarPoint, stamp: int) -> dict[str, Any]:
    return {
        "type": "training_stats_scalar",
        "metric": point.title,
        "variant": point.series,
        "iter": point.iteration,
        "value": point.value,
        "timestamp": stamp - 1000 * point.age,
    }


def _plot(plot: Plot) -> dict[str, Any]:
    figure = {**plot.figure, "layout": {"title": plot.series, **plot.figure.get("layout", {})}}
    return {
        "type": "plot",
        "metric": plot.title,
        "variant": plot.series,
        "iter": 0,
        "plot_str": json.dumps(figure, allow_nan=False, ensure_ascii=False, separators=(",", ":")),
    }


def _log(lines: Sequence[str]) -> dict[str, Any]:
    return {"type": "log", "level": "info", "worker": "clearml-hpo-app", "msg": "\n".join(lines)}
