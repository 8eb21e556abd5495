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

OPTIMIZATION_OBJECTIVE = PlotName("Optimization Objective", "objective per trial")
PARALLEL_COORDINATES = PlotName("Parallel Coordinates", "parameters and objective")
SUMMARY = PlotName("Summary", "trials, best first")

PLOTS: tuple[PlotName, ...] = (OPTIMIZATION_OBJECTIVE, PARALLEL_COORDINATES, SUMMARY)
"""All plots that are reported; the application's dashboard (`templates/dashboard.conf`) shows each of them."""

SCALARS: Mapping[str, tuple[str, ...]] = {
    OPTIMIZATION_METRIC: (LAST_REPORTED, "max", "min"),
    BUDGET: (TASKS, TIME, COMPUTE_TIME, ITERATIONS),
    RESOURCES: (QUEUE_WORKERS, RUNNING_TASKS, PENDING_TASKS),
}
"""All scalar graphs with their series; further objectives add series of their own names to the first."""
