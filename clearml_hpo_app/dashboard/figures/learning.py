"""*Learning Curves*: the objective over the iterations, of running and best trials, pruned ones faded."""

from collections import Counter
from collections.abc import Sequence
from itertools import islice
from typing import Any, NamedTuple

from clearml_hpo_app.dashboard.figures.layout import PRIMER, Figure, layout, not_yet, note
from clearml_hpo_app.dashboard.figures.palette import BLUE, FADED, HOVER_LABEL, ORANGE, VIOLET
from clearml_hpo_app.dashboard.figures.text import escape, rounded
from clearml_hpo_app.dashboard.figures.thinning import evenly
from clearml_hpo_app.dashboard.figures.value_range import value_axis, value_range
from clearml_hpo_app.trials.reach import within_reach
from clearml_hpo_app.trials.snapshot import Snapshot
from clearml_hpo_app.trials.trial import LARGEST_VALUE, Outcome, Trial, TrialState
from clearml_hpo_app.wording import cut_middle, grouped

FEWEST_BEST = 3
"""Of more trials with values, half are among the best, `MOST_BEST` at most."""

MOST_BEST, MOST_RUNNING, MOST_PRUNED = 8, 12, 20
MOST_POINTS = 2000
"""Points of all curves together."""

BEST, AMONG_BEST, RUNNING, PRUNED = "best", "among the best", "running", "pruned"
_LOOKS = {
    PRUNED: {"color": FADED, "width": 1},
    RUNNING: {"color": BLUE, "width": 1.5},
    AMONG_BEST: {"color": VIOLET, "width": 1.5},
    BEST: {"color": ORANGE, "width": 3},
}
"""How each kind is drawn, the one on top last."""


class Line(NamedTuple):
    """One trial's curve, thinned; `kind` is one of the four above."""

    number: int
    kind: str
    points: tuple[tuple[int, float], ...]


class LearningRows(NamedTuple):
    """What the figure shows: the lines, those on top last."""

    objective: str
    trend: str
    lines: tuple[Line, ...]
    notes: tuple[str, ...]


def shown_trials(snapshot: Snapshot) -> list[tuple[Trial, str]]:
    """Return the trials whose curves are shown, each with its kind, those on top last."""
    latest = snapshot.trials[::-1]
    whole = (trial for trial in snapshot.within_first_reach if trial.outcome is not Outcome.PRUNED)
    best = list(islice(whole, min(MOST_BEST, max(len(snapshot.ranked) // 2, FEWEST_BEST))))
    running = [
        *islice((trial for trial in latest if trial.state.has_started), min(MOST_RUNNING, snapshot.running))
    ]
    pruned = [*islice((trial for trial in latest if trial.outcome is Outcome.PRUNED), MOST_PRUNED)]
    kinds = [
        *((trial, PRUNED) for trial in reversed(pruned)),
        *((trial, RUNNING) for trial in reversed(running)),
        *((trial, AMONG_BEST) for trial in reversed(best[1:])),
        *((trial, BEST) for trial in best[:1]),
    ]
    return [(trial, kind) for trial, kind in kinds if trial.state is not TrialState.DELETED]


def trials_with_curves(snapshot: Snapshot) -> list[Trial]:
    """Return the trials whose curves are shown: 40 at most."""
    return [trial for trial, _ in shown_trials(snapshot)]


def rows(snapshot: Snapshot) -> LearningRows:
    """Return the curves that are known of the best eight, the running and the last pruned trials."""
    shown = [
        (trial, kind, _finite(snapshot.curves.get(trial.task_id, ()))) for trial, kind in shown_trials(snapshot)
    ]
    known = [(trial, kind, curve) for trial, kind, curve in shown if curve]
    most = max(MOST_POINTS // max(len(known), 1), 20)
    lines = [Line(trial.number, kind, tuple(evenly(curve, most))) for trial, kind, curve in known]
    found = Counter(line.kind for line in lines)
    objective, running = snapshot.config.objective, snapshot.running
    counts = [
        ("best", found[BEST] + found[AMONG_BEST]),
        (f"of {grouped(running)} running" if running > MOST_RUNNING else "running", found[RUNNING]),
        ("pruned last", found[PRUNED]),
    ]
    notes = [", ".join(f"{count} {what}" for what, count in counts if count)]
    notes += [f"{most} points of each, evenly"] if any(len(curve) > most for _, _, curve in known) else []
    return LearningRows(objective.name, objective.trend, tuple(lines), tuple(notes))


def draw(rows: LearningRows) -> Figure:
    """Return the figure of `rows`, or one that says what it needs."""
    if not rows.lines:
        return not_yet("needs 1 trial that has reported the objective, has 0")
    if all(len(line.points) < 2 for line in rows.lines):
        return not_yet("needs 2 iterations with a value, has 1: the objective is reported once, at the end")
    sign = 1 if rows.trend == "max" else -1
    values = [value for line in rows.lines for _, value in line.points]
    within = within_reach(values, sign)
    shown = value_range(within, room_below=False)
    far = len(values) > len(within)
    notes = [*rows.notes, "some go on beyond the axis: double-click shows all"] if far else rows.notes
    steps = [step for line in rows.lines for step, _ in line.points]
    whole = {"dtick": 1} if max(steps) - min(steps) < 10 else {}
    legend = {line.kind: line.number for line in reversed(rows.lines)}
    traces = [_trace(rows, line, shown.spread, in_legend=legend[line.kind] == line.number) for line in rows.lines]
    return {
        "data": [dict(PRIMER), *traces],
        "layout": layout(
            xaxis={"title": {"text": "iteration"}, "zeroline": False, "rangemode": "normal", **whole},
            yaxis=value_axis(f"{escape(cut_middle(rows.objective, 40))} ({rows.trend})", shown),
            margin={"l": 70, "r": 50, "t": 70, "b": 100},
            annotations=[note("<br>".join(notes))],
        ),
    }


def _finite(curve: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    return [(step, value) for step, value in curve if -LARGEST_VALUE <= value <= LARGEST_VALUE]


def _trace(rows: LearningRows, line: Line, spread: float, *, in_legend: bool) -> dict[str, Any]:
    head = f"<b>trial {line.number}</b> ({line.kind})"
    ends_there = line.kind == PRUNED or len(line.points) == 1
    return {
        "type": "scatter",
        "mode": "lines+markers" if ends_there else "lines",
        "name": f"best: {line.number}" if line.kind == BEST else line.kind,
        "legendgroup": line.kind,
        "showlegend": in_legend,
        "x": [step for step, _ in line.points],
        "y": [rounded(value, spread) for _, value in line.points],
        "line": dict(_LOOKS[line.kind]),
        "marker": {"symbol": "x-thin-open" if line.kind == PRUNED else "circle", "size": _sizes(line)},
        "hovertemplate": f"{head}<br>iteration %{{x}}<br>{escape(cut_middle(rows.objective, 40))} %{{y}}"
        "<extra></extra>",
        "hoverlabel": HOVER_LABEL,
    }


def _sizes(line: Line) -> list[int]:
    """Mark the end of a curve only."""
    return [*[0] * (len(line.points) - 1), 7]
