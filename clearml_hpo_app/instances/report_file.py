"""An optimisation as one HTML file, to keep or to attach to a mail; also of a run that goes on."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from clearml_hpo_app import __version__
from clearml_hpo_app.clearml_api import report_pages
from clearml_hpo_app.clearml_api.addresses import task_link
from clearml_hpo_app.clearml_api.reported import read_curves_of, read_plots
from clearml_hpo_app.clearml_api.scalars import read_curves
from clearml_hpo_app.config import to_export_text
from clearml_hpo_app.dashboard import names, trials_with_curves
from clearml_hpo_app.dashboard.advice import advise
from clearml_hpo_app.dashboard.document import Told, document
from clearml_hpo_app.dashboard.figures import panels
from clearml_hpo_app.dashboard.figures.gauges import Axes, Points
from clearml_hpo_app.dashboard.figures.gauges import draw as draw_lines
from clearml_hpo_app.dashboard.figures.layout import Figure
from clearml_hpo_app.dashboard.importance import FEWEST_RESULTS, UNKNOWN, Importance, results_of
from clearml_hpo_app.dashboard.page import Links
from clearml_hpo_app.dashboard.scalars import metric_points
from clearml_hpo_app.errors import RequestRefused
from clearml_hpo_app.instances.instance import HpoInstance
from clearml_hpo_app.trials.snapshot import Snapshot

_ORDER = (
    names.OPTIMIZATION_OBJECTIVE.title,
    names.PARETO_FRONT.title,
    names.PARALLEL_COORDINATES.title,
    names.PARAMETER_IMPORTANCE.title,
    names.SLICE.title,
    names.CONTOUR.title,
    names.LEARNING_CURVES.title,
    names.TIMELINE.title,
    names.OPTIMIZATION_METRIC,
    names.BUDGET,
    names.RESOURCES,
    names.SUMMARY.title,
    names.DECISIONS.title,
)
"""Every panel but the advice, which stands as text at the top."""


def report_html(instance: HpoInstance) -> str:
    """Return the file's text: everything that is known of the run now.

    Raises:
        ApiError: The server cannot be reached, or refuses.
    """
    snapshot = _with_curves(instance, instance.snapshot())
    importance = _importance(snapshot)
    link = task_link(instance.client.web_host)
    figures = {
        panel.name.title: panel.draw(panel.rows(snapshot))
        for panel in panels(link, lambda _snapshot: importance)
        if panel.suits(snapshot.config)
    }
    figures |= {**_reported(instance), **_lines(instance, snapshot)}
    told = Told(
        name=instance.name,
        advice=advise(snapshot, importance),
        figures={
            title: figures[title] for title in sorted(figures, key=_place) if names.graph_of(title) in _ORDER
        },
        links=Links(instance.address, _table_of(instance, snapshot), link),
        export=to_export_text(instance.config, __version__),
    )
    return document(snapshot, told)


def _with_curves(instance: HpoInstance, snapshot: Snapshot) -> Snapshot:
    shown = [trial.task_id for trial in trials_with_curves(snapshot)]
    with suppress(RequestRefused):  # a trial was deleted a moment ago
        return replace(snapshot, curves=read_curves(instance.client, shown, snapshot.config.objective))
    return snapshot


def _importance(snapshot: Snapshot) -> Importance:
    if results_of(snapshot) < FEWEST_RESULTS:
        return UNKNOWN
    from clearml_hpo_app.strategies.importance import parameter_shares

    return Importance(*parameter_shares(snapshot.config, snapshot.trials))


def _reported(instance: HpoInstance) -> dict[str, Figure]:
    """Return the panel that only the controller can draw, since only it remembers what it decided."""
    wanted = names.DECISIONS.title
    plots = {plot.metric: plot.figure for plot in read_plots(instance.client, instance.id)}
    return {wanted: dict(figure)} if (figure := plots.get(wanted)) else {}


def _lines(instance: HpoInstance, snapshot: Snapshot) -> dict[str, Figure]:
    told = read_curves_of(instance.client, instance.id, "iter")
    axes = {
        names.BUDGET: Axes("seconds of the run", "% left", ends=(0, 100)),
        names.RESOURCES: Axes("seconds of the run", "number", has_steps=True),
    }
    drawn = {
        title: draw_lines(_points(told.get(title, {}), snapshot.elapsed_seconds), axis)
        for title, axis in axes.items()
    }
    return {**_metrics(snapshot), **drawn}


def _metrics(snapshot: Snapshot) -> dict[str, Figure]:
    ended: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for point in metric_points(snapshot):
        lines = ended.setdefault(point.title, {})
        lines.setdefault(point.series, []).append((point.iteration, point.value))
    first, *further = (goal.name for goal in snapshot.config.objectives)
    titles = {names.OPTIMIZATION_METRIC: first, **{names.further_metric(name): name for name in further}}
    return {
        title: draw_lines(
            ended.get(title, {}), Axes("trials that ended with a value", name, marks=True, has_steps=True)
        )
        for title, name in titles.items()
    }


def _place(title: str) -> int:
    graph = names.graph_of(title)
    return _ORDER.index(graph) if graph in _ORDER else len(_ORDER)


def _points(curves: Mapping[str, Mapping[str, Sequence[float]]], now: float) -> dict[str, Points]:
    """Return the lines up to `now`: a value that is not reported again has not changed."""
    known = {name: list(zip(curve["x"], curve["y"], strict=True)) for name, curve in curves.items()}
    return {
        name: [*points, (int(now), points[-1][1])] if points and points[-1][0] < int(now) else points
        for name, points in known.items()
    }


def _table_of(instance: HpoInstance, snapshot: Snapshot) -> str:
    project = next((trial.project for trial in snapshot.trials if trial.project), "")
    varied = [parameter.name for parameter in snapshot.config.space.varied]
    host, goals = instance.client.web_host, snapshot.config.objectives
    return report_pages.trials_table(host, project, instance.id, goals, varied)
