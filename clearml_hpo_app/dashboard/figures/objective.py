"""*Optimization Objective*: the value of every trial by number, and the best so far."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from clearml_hpo_app.dashboard.figures.layout import PRIMER, Figure, layout, not_yet, note
from clearml_hpo_app.dashboard.figures.palette import HOVER_LABEL, MARKERS, ORANGE
from clearml_hpo_app.dashboard.figures.text import escape, rounded, written_size
from clearml_hpo_app.dashboard.figures.thinning import NOTABLE, evenly, improvements, notable, thinned
from clearml_hpo_app.dashboard.figures.value_range import STRIP, ValueRange, value_axis, value_range, value_strip
from clearml_hpo_app.dashboard.results import counts
from clearml_hpo_app.trials.reach import within_reach
from clearml_hpo_app.trials.snapshot import Snapshot
from clearml_hpo_app.trials.trial import Outcome, Trial
from clearml_hpo_app.wording import cut_middle, digits_of, grouped, number, value_text

_ALL_HOVER = 600
"""With more points than this, only the notable ones list their parameters on hover."""

_HOVER_BYTES = 45_000
"""All hover texts together, as they are written: with more, fewer trials list their parameters."""

_HOVER_LINES = 12


class Point(NamedTuple):
    """One trial; `value` is `None` for one that ended without, `hover` holds the lines on it (not escaped)."""

    number: int
    kind: Outcome
    value: float | None
    hover: tuple[str, ...]


class ObjectiveRows(NamedTuple):
    """What the figure shows: `best` are the steps (number, value) of the best so far, `last` the last number.

    `beyond` is how many trials of all, drawn or not, are far worse than the others.
    """

    name: str
    trend: str
    points: tuple[Point, ...]
    best: tuple[tuple[int, float], ...]
    last: int
    notes: tuple[str, ...]
    beyond: int = 0


def rows(snapshot: Snapshot) -> ObjectiveRows:
    """Return the points of all trials that have a value or ended without one, thinned to 2 000."""
    objective = snapshot.config.objective
    candidates: list[Trial] = []
    others: list[Trial] = []
    for trial in snapshot.trials:
        (candidates if _is_drawn(trial) else others).append(trial)
    improved = improvements([trial for trial in candidates if trial.is_ranked], objective)
    kept = notable(candidates, snapshot.ranked, improved)
    drawn = thinned(candidates, kept)
    notes = [counts(snapshot)]
    if len(drawn) < len(candidates):
        notes.append(f"shown: {grouped(len(drawn))} (every improvement, the best and the last 200, others evenly)")
    never = sum(map(_never_ran, others))
    notes += [f"{grouped(never)} never ran, left out"] if never else []
    hovers, told = _hovers(drawn, improved, snapshot)
    notes += [told] if told else []
    points = [_point(trial, hovers.get(trial.number, ())) for trial in drawn]
    steps = tuple((trial.number, (trial.values or ())[0]) for trial in improved if trial.number in kept)
    last = max((point.number for point in points), default=0)
    beyond = len(snapshot.ranked) - len(snapshot.within_first_reach)
    return ObjectiveRows(objective.name, objective.trend, tuple(points), steps, last, tuple(notes), beyond)


def draw(rows: ObjectiveRows) -> Figure:
    """Return the figure of `rows`, or one that says that it needs a value first."""
    values = [point.value for point in rows.points if point.value is not None]
    if not values:
        return not_yet("needs 1 finished trial with a value, has 0", *rows.notes)
    within = within_reach(values, 1 if rows.trend == "max" else -1)
    has_strip = any(point.value is None for point in rows.points)
    shown = value_range(within, room_below=has_strip)
    far = len(values) - len(within)
    told = f"{grouped(max(far, rows.beyond))} far worse beyond the axis: double-click shows them"
    notes = [*rows.notes, told] if far else rows.notes
    traces = [_markers(rows, kind, shown) for kind in MARKERS if any(point.kind is kind for point in rows.points)]
    if rows.best:
        traces += [_best_so_far(rows, shown), _best(rows, shown)]
    return {
        "data": [dict(PRIMER), *traces],
        "layout": layout(
            xaxis=_trial_axis(rows.last),
            yaxis=value_axis(_axis_title(rows), shown),
            margin={"l": 70, "r": 50, "t": 84, "b": 100},
            annotations=[note("<br>".join(notes)), *(_strip_note() for _ in range(has_strip))],
            shapes=[value_strip()] if has_strip else [],
        ),
    }


def _strip_note() -> dict[str, Any]:
    return {**note("no value", x=1, y=STRIP / 2, anchor="left", shift=0), "xshift": 4, "yanchor": "middle"}


def _hovers(
    drawn: Sequence[Trial], improved: Sequence[Trial], snapshot: Snapshot
) -> tuple[Mapping[int, tuple[str, ...]], str]:
    """Return what stands on each trial when the mouse is over it, and what is to be said of those without.

    As many have it as find room: all of them where they are few, else the notable ones.
    """
    best, kept = snapshot.ranked, evenly(improved, NOTABLE)
    choices: list[tuple[Sequence[Trial], str]] = [(drawn, "")] if len(drawn) <= _ALL_HOVER else []
    for count in (NOTABLE, NOTABLE // 4):
        told = f"parameters on hover: improvements, the best and the last {count}"
        choices.append(([*kept, *best[:count], *drawn[-count:]], told))
    keys = [(parameter.name, cut_middle(parameter.key, 24)) for parameter in snapshot.config.space.varied]
    known: dict[int, tuple[str, ...]] = {}
    for chosen, told in choices:
        for trial in chosen:
            if trial.number not in known:
                known[trial.number] = tuple(_hover(trial, keys, snapshot))
        hovers = {trial.number: known[trial.number] for trial in chosen}
        if sum(written_size("".join(hover)) + 4 * len(hover) for hover in hovers.values()) <= _HOVER_BYTES:
            return hovers, told
    return {}, "parameters are too long to be shown on hover"


def _is_drawn(trial: Trial) -> bool:
    return trial.finite_values is not None or (trial.state.is_final and not _never_ran(trial))


def _never_ran(trial: Trial) -> bool:
    """Tell whether a trial ended while it waited; a failed one is to be seen, whenever it failed."""
    return trial.state.is_final and trial.started is None and trial.outcome is not Outcome.FAILED


def _point(trial: Trial, hover: tuple[str, ...]) -> Point:
    values = trial.finite_values
    kind = trial.outcome
    if kind is Outcome.WAITING:
        kind = Outcome.RUNNING  # a value before the start, as the server may show after a restart of the task
    valued = values is not None and kind not in {Outcome.FAILED, Outcome.DELETED}
    return Point(trial.number, kind, values[0] if values and valued else None, hover)


def _hover(trial: Trial, keys: Sequence[tuple[str, str]], snapshot: Snapshot) -> Iterator[str]:
    """Yield a line for each further objective and parameter (full name, label), and why the trial ended."""
    for objective, value in list(zip(snapshot.config.objectives, trial.values or (), strict=False))[1:]:
        yield f"{cut_middle(objective.name, 24)} {value_text(value)}"
    for name, label in keys[:_HOVER_LINES]:
        if name in trial.parameters:
            yield f"{label} {value_text(trial.parameters[name], 48)}"
    if len(keys) > _HOVER_LINES:
        yield f"and {len(keys) - _HOVER_LINES} more"
    if trial.reason and trial.outcome is not Outcome.COMPLETED:
        yield trial.reason[:200]


def _markers(rows: ObjectiveRows, kind: Outcome, shown: ValueRange) -> dict[str, Any]:
    points = [point for point in rows.points if point.kind is kind]
    size = 8 if len(rows.points) <= 300 else 6 if len(rows.points) <= 1000 else 5
    head = f"<b>trial %{{x}}</b> ({kind.value})"
    all_valued = all(point.value is not None for point in points)
    if all_valued:  # one line for all, instead of one in the text of each
        head += f"<br>{escape(cut_middle(rows.name, 40))} %{{y}}"
    return {
        "type": "scatter",
        "mode": "markers",
        "name": kind.value,
        "x": [point.number for point in points],
        "y": [_height(point, shown) for point in points],
        "text": [
            "".join(
                f"<br>{escape(line, 90)}" for line in (each.hover if all_valued else _lines(each, rows, shown))
            )
            for each in points
        ],
        "hovertemplate": f"{head}%{{text}}<extra></extra>",
        "hoverlabel": HOVER_LABEL,
        "marker": {**MARKERS[kind], "size": size, "opacity": 1 if len(rows.points) <= 300 else 0.7},
    }


def _lines(point: Point, rows: ObjectiveRows, shown: ValueRange) -> Iterator[str]:
    if point.value is not None:
        yield f"{cut_middle(rows.name, 40)} {_worded(point.value, shown)}"
    yield from point.hover


def _worded(value: float, shown: ValueRange) -> str:
    return number(value, digits_of(value, shown.spread))


def _height(point: Point, shown: ValueRange) -> float:
    return shown.below if point.value is None else rounded(point.value, shown.spread)


def _best_so_far(rows: ObjectiveRows, shown: ValueRange) -> dict[str, Any]:
    steps: Sequence[tuple[int, float]] = [*rows.best, (rows.last, rows.best[-1][1])]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": "best so far",
        "x": [number for number, _ in steps],
        "y": [rounded(value, shown.spread) for _, value in steps],
        "line": {"color": ORANGE, "width": 2, "shape": "hv"},
        "hoverinfo": "skip",
    }


def _best(rows: ObjectiveRows, shown: ValueRange) -> dict[str, Any]:
    best_number, value = rows.best[-1]
    told = f"<b>trial {best_number}</b> (best)<br>{escape(cut_middle(rows.name, 40))} {_worded(value, shown)}"
    hover = next((point.hover for point in rows.points if point.number == best_number), ())
    lines = "".join(f"<br>{escape(line, 90)}" for line in hover)
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "best",
        "x": [best_number],
        "y": [rounded(value, shown.spread)],
        "text": [f"{told}{lines}"],
        "hovertemplate": "%{text}<extra></extra>",
        "hoverlabel": HOVER_LABEL,
        "marker": {"symbol": "circle", "color": ORANGE, "size": 11},
    }


def _trial_axis(last: int) -> dict[str, Any]:
    room = max(0.5, 0.015 * last)
    whole = {"dtick": 1} if last < 10 else {}
    title = {"title": {"text": "trial"}, "type": "linear", "zeroline": False}
    return {**title, "range": [-room, last + room], **whole}


def _axis_title(rows: ObjectiveRows) -> str:
    return f"{escape(cut_middle(rows.name, 40))} ({rows.trend})"
