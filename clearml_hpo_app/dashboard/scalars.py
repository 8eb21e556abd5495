"""The values of the three scalar graphs at one moment, as pure functions of a snapshot."""

import math
from collections.abc import Iterator, Mapping

from clearml_hpo_app.dashboard import names
from clearml_hpo_app.dashboard.results import by_end
from clearml_hpo_app.objective import Objective
from clearml_hpo_app.reports import ScalarPoint
from clearml_hpo_app.trials.snapshot import Snapshot
from clearml_hpo_app.trials.trial import Trial


def metric_points(snapshot: Snapshot, first: int = 1) -> list[ScalarPoint]:
    """Return the points of *Optimization Metric* from iteration `first` (1 or more) on.

    The iteration is the number of trials that had ended with values, so that it follows from the trials alone:
    a restarted controller continues the lines, and a point that is sent again replaces an equal one.
    `last reported` is the value of the trial that ended last, `max` or `min` the best so far, both of the first
    objective; further objectives have a graph each (`names.further_metric`). A trial that is far worse than the
    others has no point, since one would make level lines of all others.
    """
    objectives = snapshot.config.objectives
    shown = {trial.number for trial in snapshot.within_reach}
    points: list[ScalarPoint] = []
    sign, best = objectives[0].sign, -math.inf
    for iteration, trial in enumerate(by_end(snapshot), start=1):
        if trial.number not in shown:
            continue
        best = max(best, sign * (trial.values or ())[0])
        if iteration >= first:
            points += [
                ScalarPoint(title, series, iteration, _short(number))
                for title, series, number in _lines(trial, sign * best, objectives)
            ]
    return points


def budget(snapshot: Snapshot) -> dict[str, float]:
    """Return the percentage (0 to 100, one decimal) that is left of each limit that is set."""
    limits = snapshot.config.limits
    total, iterations = snapshot.total, limits.max_iterations
    left: dict[str, float] = {}
    if total is not None:
        left[names.TASKS] = _percent_left(len(snapshot.trials), total)
    if limits.total_minutes is not None:
        left[names.TIME] = _percent_left(snapshot.elapsed_seconds, limits.total_minutes * 60)
    if limits.compute_minutes is not None:
        left[names.COMPUTE_TIME] = _percent_left(snapshot.compute_seconds, limits.compute_minutes * 60)
    if iterations is not None and limits.total_tasks is not None:
        used = sum(min(trial.iteration or 0, iterations) for trial in snapshot.trials)
        left[names.ITERATIONS] = _percent_left(used, iterations * limits.total_tasks)
    return left


def resources(snapshot: Snapshot) -> dict[str, float]:
    """Return the numbers of workers (when known), running tasks and pending tasks."""
    found: Mapping[str, int | None] = {
        names.QUEUE_WORKERS: snapshot.workers,
        names.RUNNING_TASKS: snapshot.running,
        names.PENDING_TASKS: snapshot.pending,
    }
    return {series: float(count) for series, count in found.items() if count is not None}


def _lines(trial: Trial, best: float, objectives: tuple[Objective, ...]) -> Iterator[tuple[str, str, float]]:
    """Yield title, series and value of each point that a trial adds."""
    values = trial.values or ()
    yield names.OPTIMIZATION_METRIC, names.LAST_REPORTED, values[0]
    yield names.OPTIMIZATION_METRIC, objectives[0].trend, best
    for objective, value in list(zip(objectives, values, strict=True))[1:]:
        yield names.further_metric(objective.name), names.LAST_REPORTED, value


def _percent_left(used: float, limit: float) -> float:
    return round(min(max(100.0 * (1.0 - used / limit), 0.0), 100.0), 1)


def _short(value: float) -> float:
    return float(f"{value:.6g}")  # the UI shows every digit of a scalar
