"""The values of the three scalar graphs at one moment, as pure functions of a snapshot."""

from collections.abc import Mapping, Sequence
from itertools import accumulate

from clearml_hpo_app.dashboard import names
from clearml_hpo_app.dashboard.results import by_end
from clearml_hpo_app.reports import ScalarPoint
from clearml_hpo_app.trials.snapshot import Snapshot
from clearml_hpo_app.trials.trial import Trial
from clearml_hpo_app.wording import digits_of

_DIGITS = 6


def metric_points(snapshot: Snapshot, first: int = 1) -> list[ScalarPoint]:
    """Return the points of *Optimization Metric* from iteration `first` (1 or more) on.

    The iteration is the number of trials that had ended with values, so that it follows from the trials alone:
    a restarted controller continues the lines, and a point that is sent again replaces an equal one.
    `last reported` is the value of the trial that ended last, `max` or `min` the best so far, of the first
    objective; further objectives have a graph each (`names.further_metric`). A value that is far worse than the
    others would make level lines of them: the one before it stands there, also in place of one that was sent
    before that was known.
    """
    trials = by_end(snapshot)
    if not trials:
        return []
    objectives = snapshot.config.objectives
    columns = [_near_values(snapshot, trials, place) for place in range(len(objectives))]
    titles = [names.OPTIMIZATION_METRIC, *(names.further_metric(goal.name) for goal in objectives[1:])]
    lines = [
        line
        for title, goal, column in zip(titles, objectives, columns, strict=True)
        for line in (
            (title, names.LAST_REPORTED, column),
            (title, goal.trend, list(accumulate(column, max if goal.sign > 0 else min))),
        )
    ]
    spreads = [max(column) - min(column) for _, _, column in lines]
    return [
        ScalarPoint(title, series, iteration, _short(column[iteration - 1], spread))
        for iteration in range(max(first, 1), len(trials) + 1)
        for (title, series, column), spread in zip(lines, spreads, strict=True)
    ]


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


def _near_values(snapshot: Snapshot, trials: Sequence[Trial], place: int) -> list[float]:
    """Return the values of one objective, a far worse one replaced by the one before it (at first, the next)."""
    near = [None if snapshot.is_beyond(trial, place) else (trial.values or ())[place] for trial in trials]
    first = next(value for value in near if value is not None)
    return list(accumulate(near, _held, initial=first))[1:]


def _held(before: float, value: float | None) -> float:
    return before if value is None else value


def _percent_left(used: float, limit: float) -> float:
    return round(min(max(100.0 * (1.0 - used / limit), 0.0), 100.0), 1)


def _short(value: float, spread: float) -> float:
    """The UI shows every digit of a scalar: those that matter, also where values lie close together."""
    return float(f"{value:.{max(_DIGITS, digits_of(value, spread))}g}")
