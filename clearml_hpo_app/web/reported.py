"""What an optimisation's task reported, as the panels of the dashboard need it: one part a panel."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, get_args

from clearml_hpo_app.clearml_api import Client
from clearml_hpo_app.clearml_api.reported import Axis, Curves, read_curves_of, read_log_lines, read_plots
from clearml_hpo_app.clearml_api.rows import section_texts
from clearml_hpo_app.clearml_api.tasks import whole_rows
from clearml_hpo_app.web.application import Line, Panel
from clearml_hpo_app.web.form.wire import pieces

LOG_ENTRIES = 300
AXES: tuple[Axis, ...] = get_args(Axis)
_INSERTED = re.compile(r"\$\{hyperparams\.([^.}]+)\.([^}]+)\.value\}")
_OF_THE_TASK = frozenset({"hyperparameter", "configuration", "html"})

Parts = dict[str, Any]


class Reading:
    """Reads what the panels of a dashboard show: only what some panel needs is asked for.

    Args:
        lines: The dashboard.
    """

    def __init__(self, lines: Sequence[Line]) -> None:
        self._panels = {
            f"{row}.{place}": panel for row, line in enumerate(lines) for place, panel in enumerate(line.panels)
        }

    def read(self, client: Client, task_id: str) -> Parts:
        """Return a value for each panel, by its key (`panel/LINE.PLACE`); nothing where none was reported yet."""
        kinds = {panel.kind for panel in self._panels.values()}
        plots = {}
        if "plot" in kinds:
            plots = {(plot.metric, plot.variant): plot.figure for plot in read_plots(client, task_id)}
        wanted = kinds & {"scalar-histogram", "scalar"}
        curves = {axis: read_curves_of(client, task_id, axis) for axis in AXES if wanted and self._uses(axis)}
        log = [asdict(line) for line in read_log_lines(client, task_id, LOG_ENTRIES)] if "log" in kinds else []
        task = self._task(client, task_id) if kinds & _OF_THE_TASK else {}
        return {f"panel/{key}": _value(panel, plots, curves, log, task) for key, panel in self._panels.items()}

    def _uses(self, axis: str) -> bool:
        return any(panel.key == axis for panel in self._panels.values() if panel.kind.startswith("scalar"))

    def _task(self, client: Client, task_id: str) -> Mapping[str, Any]:
        return whole_rows(client, [task_id], ["hyperparams", "configuration"]).get(task_id, {})


def _value(panel: Panel, plots: Mapping[Any, Any], curves: Mapping[Any, Curves], log: Any, task: Any) -> Any:
    if panel.kind == "plot":
        return _figures(panel, plots)
    if panel.kind.startswith("scalar"):
        variants = curves.get(panel.key, {}).get(panel.metric, {})
        chosen = {name: curve for name, curve in variants.items() if not panel.variants or name in panel.variants}
        order = {name: place for place, name in enumerate(panel.variants)}
        return {name: chosen[name] for name in sorted(chosen, key=lambda name: order.get(name, 0))} or None
    if panel.kind == "log":
        return log
    if panel.kind == "html":
        return pieces(_INSERTED.sub(lambda found: _text_of(task, found[1], found[2]), panel.text))
    if panel.kind == "hyperparameter":
        return {section: section_texts(task, section) for section in task.get("hyperparams") or {}}
    if panel.kind == "configuration":
        return {name: str(item.get("value") or "") for name, item in (task.get("configuration") or {}).items()}
    return None


def _figures(panel: Panel, plots: Mapping[tuple[str, str], Any]) -> Any:
    """Return the figure of a panel; of a panel that names no series, the first one of its title."""
    for (metric, variant), figure in plots.items():
        if metric == panel.metric and (not panel.variants or variant in panel.variants):
            return {"variant": variant, "figure": figure}
    return None


def _text_of(task: Any, section: str, name: str) -> str:
    import html

    return html.escape(section_texts(task, section).get(name, ""))
