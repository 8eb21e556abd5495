"""The list of plots: what each is called, where its rows come from and what draws them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from clearml_hpo_app.dashboard import names
from clearml_hpo_app.dashboard.figures import objective, parallel, summary
from clearml_hpo_app.dashboard.figures.layout import Figure
from clearml_hpo_app.dashboard.names import PlotName
from clearml_hpo_app.snapshot import Snapshot
from clearml_hpo_app.trials import Trial


@dataclass(frozen=True)
class Panel:
    """One plot: `rows` are immutable and compared to tell whether it changed; `draw` takes what `rows` gave."""

    name: PlotName
    rows: Callable[[Snapshot], Any]
    draw: Callable[[Any], Figure]


def panels(task_link: Callable[[Trial], str]) -> tuple[Panel, ...]:
    """Return all plots; `task_link` gives the address of a trial's task, "" when it is not known."""
    return (
        Panel(names.OPTIMIZATION_OBJECTIVE, objective.rows, objective.draw),
        Panel(names.PARALLEL_COORDINATES, parallel.rows, parallel.draw),
        Panel(names.SUMMARY, lambda snapshot: summary.rows(snapshot, task_link), summary.draw),
    )
