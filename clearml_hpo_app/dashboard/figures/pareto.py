"""*Pareto Front*: with several objectives, what can be had of one without giving up of another."""

import math
from typing import Any, NamedTuple

from clearml_hpo_app.dashboard.figures.layout import PRIMER, Figure, colour_bar, layout, not_yet, note
from clearml_hpo_app.dashboard.figures.palette import BLUE, FADED, HOVER_LABEL, ORANGE, REVERSED_SCALE, SCALE
from clearml_hpo_app.dashboard.figures.text import escape, rounded
from clearml_hpo_app.dashboard.figures.thinning import evenly
from clearml_hpo_app.dashboard.figures.value_range import ValueRange, ticks, value_axis, value_range
from clearml_hpo_app.dashboard.results import value_of
from clearml_hpo_app.trials.reach import within_reach
from clearml_hpo_app.trials.snapshot import Snapshot
from clearml_hpo_app.trials.trial import Trial
from clearml_hpo_app.wording import counted, cut_middle, grouped, number, value_text

MOST_OTHERS = 1000
MOST_FRONT = 400
_HOVER_LINES = 8


class Point(NamedTuple):
    """One trial; `third` is its value of a third objective, `hover` holds lines that are not escaped."""

    number: int
    x: float
    y: float
    hover: tuple[str, ...]
    third: float | None = None


class ParetoRows(NamedTuple):
    """What the figure shows: the front by its first objective, and the trials that are dominated.

    `has_line` tells whether the front is a line in this picture: with two objectives it is.
    """

    names: tuple[str, ...]
    trends: tuple[str, ...]
    front: tuple[Point, ...]
    others: tuple[Point, ...]
    has_line: bool
    notes: tuple[str, ...]


def rows(snapshot: Snapshot) -> ParetoRows:
    """Return the front and up to 1 000 other trials, by the first two objectives."""
    objectives = snapshot.config.objectives
    names, trends = tuple(goal.name for goal in objectives), tuple(goal.trend for goal in objectives)
    valued = snapshot.ranked
    if len(objectives) < 2 or not valued:
        return ParetoRows(names, trends, (), (), len(objectives) == 2, ())
    on_front = {trial.number for trial in snapshot.pareto_front}
    front = sorted((t for t in valued if t.number in on_front), key=value_of)
    others = [trial for trial in valued if trial.number not in on_front]
    drawn = evenly(others, MOST_OTHERS)
    notes = [f"{counted(len(front), 'trial')} of {grouped(len(valued))} on the front"]
    if len(front) > MOST_FRONT or len(drawn) < len(others):
        notes.append(f"shown: {grouped(min(len(front), MOST_FRONT) + len(drawn))}, evenly")
    if len(objectives) > 2:
        notes.append(
            f"the first two objectives, the third one as colour; the front is that of all {len(objectives)}"
        )
    return ParetoRows(
        names,
        trends,
        tuple(_point(trial, snapshot, _HOVER_LINES) for trial in evenly(front, MOST_FRONT)),
        tuple(_point(trial, snapshot, 0) for trial in drawn),
        len(objectives) == 2,
        tuple(notes),
    )


def draw(rows: ParetoRows) -> Figure:
    """Return the figure of `rows`, or one that says what it needs."""
    if len(rows.names) < 2:
        return not_yet(f"needs 2 objectives, has {len(rows.names)}")
    if not rows.front:
        return not_yet("needs 1 finished trial with all values, has 0")
    xs = _shown([p.x for p in rows.front], [p.x for p in rows.others], rows.trends[0])
    ys = _shown([p.y for p in rows.front], [p.y for p in rows.others], rows.trends[1])
    beyond = sum(not (_is_on(xs, point.x) and _is_on(ys, point.y)) for point in rows.others)
    notes = [*rows.notes, *([f"{counted(beyond, 'far worse one')} beyond the axes"] if beyond else [])]
    others, front = _markers(rows.others, xs, ys), _markers(rows.front, xs, ys)
    others |= {"name": "dominated", "marker": {"color": FADED, "size": 6}}
    front |= {"name": "on the front", "marker": {"size": 9, **_colours(rows)}}
    if rows.has_line:
        shape = (
            "hv" if rows.trends[0] == "min" else "vh"
        )  # what can be had with at most, or at least, so much of x
        front |= {"mode": "lines+markers", "line": {"color": ORANGE, "width": 1.5, "shape": shape}}
    return {
        "data": [dict(PRIMER), *([others] if rows.others else []), front],
        "layout": layout(
            xaxis=_axis(rows.names[0], rows.trends[0], xs),
            yaxis=_axis(rows.names[1], rows.trends[1], ys),
            margin={"l": 80, "r": 90, "t": 84, "b": 100},
            annotations=[note("<br>".join(notes))],
        ),
    }


def _point(trial: Trial, snapshot: Snapshot, lines: int) -> Point:
    values = trial.values or ()
    extra = list(zip(snapshot.config.objectives, values, strict=True))[2:]
    told = [f"{cut_middle(goal.name, 24)} {number(value)}" for goal, value in extra[:_HOVER_LINES]]
    varied = [p for p in snapshot.config.space.varied if p.name in trial.parameters][:lines]
    told += [f"{cut_middle(p.key, 24)} {value_text(trial.parameters[p.name], 48)}" for p in varied]
    x, y, *more = values
    return Point(trial.number, x, y, tuple(told), more[0] if more else None)


def _colours(rows: ParetoRows) -> dict[str, Any]:
    """Return how the front is coloured: by the third objective, where there is one."""
    thirds = [point.third for point in rows.front if point.third is not None]
    if not thirds:
        return {"color": ORANGE}
    upwards = rows.trends[2] == "max"
    kept = within_reach(thirds, 1 if upwards else -1)
    return {
        "color": [rounded(value, max(kept) - min(kept)) for value in thirds],
        "cmin": min(kept),
        "cmax": max(kept),
        "colorscale": SCALE if upwards else REVERSED_SCALE,
        "colorbar": colour_bar(
            escape(cut_middle(rows.names[2].rpartition("/")[2] or rows.names[2], 14)),
            y=0,
            yanchor="bottom",
            len=0.78,  # under the legend
            **ticks(kept),
        ),
    }


def _shown(front: list[float], others: list[float], trend: str) -> ValueRange:
    """Return the axis: all of the front is on it, whatever is far worse of the others is not."""
    near = within_reach([*front, *others], 1 if trend == "max" else -1)
    return value_range([*front, *near], room_below=False)


def _is_on(axis: ValueRange, value: float) -> bool:
    low, high = axis.axis["range"]
    place = value if axis.axis["type"] == "linear" else math.log10(value) if value > 0 else -math.inf
    return bool(low <= place <= high)


def _markers(points: tuple[Point, ...], xs: ValueRange, ys: ValueRange) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [rounded(point.x, xs.spread) for point in points],
        "y": [rounded(point.y, ys.spread) for point in points],
        "text": [
            f"<b>trial {point.number}</b>" + "".join(f"<br>{escape(line, 60)}" for line in point.hover)
            for point in points
        ],
        "hovertemplate": "%{text}<br>(%{x}, %{y})<extra></extra>",
        "hoverlabel": HOVER_LABEL,
        "marker": {"color": BLUE},
    }


def _axis(name: str, trend: str, shown: ValueRange) -> dict[str, Any]:
    return value_axis(f"{escape(cut_middle(name, 40))} ({trend})", shown)
