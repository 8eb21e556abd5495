"""The registry of the plots: what each is called, where its rows come from, and what draws them.

A new panel is one module beside this one, with `rows` and `draw`; a name in `dashboard/names.py`; a line here, in
the order of the names; and one in `templates/dashboard.conf`, which shows it in the application.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.dashboard import names
from clearml_hpo_app.dashboard.figures import (
    advice,
    contour,
    decisions,
    importance,
    learning,
    objective,
    parallel,
    pareto,
    slices,
    summary,
    timeline,
)
from clearml_hpo_app.dashboard.figures.layout import Figure
from clearml_hpo_app.dashboard.importance import Latest, nothing_known
from clearml_hpo_app.dashboard.names import PlotName
from clearml_hpo_app.trials.snapshot import Snapshot
from clearml_hpo_app.trials.trial import Trial


def _always(_config: HpoConfig) -> bool:
    return True


@dataclass(frozen=True)
class Panel:
    """One plot.

    Attributes:
        name: Title and series.
        rows: Takes what is shown from a snapshot; immutable, compared to tell whether it changed.
        draw: Draws what `rows` gave.
        suits: Tells whether a run with this configuration has anything to show here, ever.
    """

    name: PlotName
    rows: Callable[[Snapshot], Any]
    draw: Callable[[Any], Figure]
    suits: Callable[[HpoConfig], bool] = _always


def panels(task_link: Callable[[Trial], str], latest: Latest = nothing_known) -> tuple[Panel, ...]:
    """Return all plots.

    Args:
        task_link: Gives the address of a trial's task, "" when it is not known.
        latest: Gives what is known of the parameters' importance.
    """
    return (
        Panel(names.ADVICE, lambda run: advice.rows(run, latest(run), task_link), advice.draw),
        Panel(names.CONTOUR, lambda run: contour.rows(run, latest(run)), contour.draw),
        Panel(names.DECISIONS, lambda run: decisions.rows(run, task_link), decisions.draw),
        Panel(names.LEARNING_CURVES, learning.rows, learning.draw),
        Panel(names.OPTIMIZATION_OBJECTIVE, objective.rows, objective.draw),
        Panel(names.PARALLEL_COORDINATES, lambda run: parallel.rows(run, latest(run)), parallel.draw),
        Panel(names.PARAMETER_IMPORTANCE, lambda run: importance.rows(run, latest(run)), importance.draw),
        Panel(names.PARETO_FRONT, pareto.rows, pareto.draw, lambda config: len(config.objectives) > 1),
        Panel(names.SLICE, lambda run: slices.rows(run, latest(run)), slices.draw),
        Panel(names.SUMMARY, lambda run: summary.rows(run, task_link), summary.draw),
        Panel(names.TIMELINE, timeline.rows, timeline.draw),
    )
