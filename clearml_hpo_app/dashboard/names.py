"""Titles and series under which everything is reported: fixed, since a new name is a new graph for ever.

The application's dashboard (`app.conf`) names these titles as metrics and these series as variants.
"""

from collections.abc import Mapping
from typing import NamedTuple


class PlotName(NamedTuple):
    """`title` is the header of the group in the UI, `series` the caption of the plot."""

    title: str
    series: str


OPTIMIZATION_METRIC = "Optimization Metric"
LAST_REPORTED = "last reported"

BUDGET = "Budget"
TASKS, TIME, COMPUTE_TIME, ITERATIONS = "tasks", "time", "compute time", "iterations"

RESOURCES = "Resources"
QUEUE_WORKERS, RUNNING_TASKS, PENDING_TASKS = "queue workers", "running tasks", "pending tasks"

ADVICE = PlotName("Advice", "where it stands, and what to do next")
CONTOUR = PlotName("Contour", "objective over the two most important parameters")
DECISIONS = PlotName("Decisions", "what the controller did, newest first, and why")
LEARNING_CURVES = PlotName("Learning Curves", "objective over the iterations")
OPTIMIZATION_OBJECTIVE = PlotName("Optimization Objective", "objective per trial")
PARALLEL_COORDINATES = PlotName("Parallel Coordinates", "parameters and objective")
PARAMETER_IMPORTANCE = PlotName("Parameter Importance", "what the best trials have in common")
PARETO_FRONT = PlotName("Pareto Front", "trials that no other one beats in every objective")
SLICE = PlotName("Slice", "objective by parameter")
SUMMARY = PlotName("Summary", "trials, best first")
TIMELINE = PlotName("Timeline", "trials by worker")

PLOTS: tuple[PlotName, ...] = (
    ADVICE,
    CONTOUR,
    DECISIONS,
    LEARNING_CURVES,
    OPTIMIZATION_OBJECTIVE,
    PARALLEL_COORDINATES,
    PARAMETER_IMPORTANCE,
    PARETO_FRONT,
    SLICE,
    SUMMARY,
    TIMELINE,
)
"""All plots that are reported, in the order of the UI, which sorts titles by letter.

The application's dashboard (`templates/dashboard.conf`) shows each of them. *Pareto Front* is only reported when
there are several objectives.
"""

SCALARS: Mapping[str, tuple[str, ...]] = {
    OPTIMIZATION_METRIC: (LAST_REPORTED, "max", "min"),
    BUDGET: (TASKS, TIME, COMPUTE_TIME, ITERATIONS),
    RESOURCES: (QUEUE_WORKERS, RUNNING_TASKS, PENDING_TASKS),
}
"""All scalar graphs that every run may have, with their series; see `further_metric`."""

_FURTHER = f"{OPTIMIZATION_METRIC}: "


def further_metric(objective: str) -> str:
    """Return the title of the graph of a further objective: its values may have another unit."""
    return f"{_FURTHER}{objective}"


def graph_of(title: str) -> str:
    """Return which of the graphs in `SCALARS` one of this title is, or belongs to."""
    return OPTIMIZATION_METRIC if title.startswith(_FURTHER) else title
