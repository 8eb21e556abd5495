"""What a task reported, as a dashboard shows it: plots, scalars over an axis, the end of the log."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from clearml_hpo_app.clearml_api.client import Client

Axis: TypeAlias = Literal["iter", "timestamp", "iso_time"]
Curves: TypeAlias = Mapping[str, Mapping[str, Mapping[str, Sequence[Any]]]]
"""Points (`x`, `y`) by metric and variant."""

SAMPLES = 1000


@dataclass(frozen=True)
class Plot:
    """A plot that a task reported: `figure` holds `data` and `layout`, nothing where it cannot be read."""

    metric: str
    variant: str
    figure: Mapping[str, Any] | None


@dataclass(frozen=True)
class LogLine:
    """An entry of a log; `at` in milliseconds since 1970."""

    at: int
    level: str
    text: str


def read_plots(client: Client, task_id: str) -> list[Plot]:
    """Return the last version of every plot of a task.

    API: https://clear.ml/docs/latest/docs/references/api/events (`get_task_plots`).
    """
    answer = client.call("events.get_task_plots", task=task_id, iters=1)
    newest: dict[tuple[str, str], tuple[int, str]] = {}
    for event in answer["plots"]:
        name = (str(event.get("metric") or ""), str(event.get("variant") or ""))
        version = (int(event.get("iter") or 0), str(event.get("plot_str") or ""))
        if name not in newest or newest[name][0] <= version[0]:
            newest[name] = version
    return [Plot(*name, _figure(text)) for name, (_, text) in sorted(newest.items())]


def read_curves_of(client: Client, task_id: str, axis: Axis) -> Curves:
    """Return the scalars of a task over an axis, monitoring left out.

    API: https://clear.ml/docs/latest/docs/references/api/events (`scalar_metrics_iter_histogram`).
    """
    answer = client.call("events.scalar_metrics_iter_histogram", task=task_id, key=axis, samples=SAMPLES)
    return {
        metric: {name: {"x": curve["x"], "y": curve["y"]} for name, curve in variants.items()}
        for metric, variants in answer.items()
        if isinstance(variants, Mapping) and not metric.startswith(":monitor:")
    }


def read_log_lines(client: Client, task_id: str, count: int) -> list[LogLine]:
    """Return the last `count` entries of a task's log, the oldest first."""
    answer = client.call("events.get_task_log", task=task_id, batch_size=count, order="desc")
    return [
        LogLine(int(event.get("timestamp") or 0), str(event.get("level") or ""), str(event.get("msg") or ""))
        for event in reversed(answer["events"])
    ]


def _figure(text: str) -> Mapping[str, Any] | None:
    try:
        figure = json.loads(text, parse_constant=lambda _: None)
    except ValueError:
        return None
    return figure if isinstance(figure, Mapping) and isinstance(figure.get("data"), list) else None
