"""*Slice*: the objective against each parameter, side by side, coloured by the trial's number."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from clearml_hpo_app.dashboard.figures.layout import PRIMER, Figure, colour_bar, layout, not_yet, note
from clearml_hpo_app.dashboard.figures.lost import lost_in_words, lost_trials
from clearml_hpo_app.dashboard.figures.palette import GREY, HOVER_LABEL, RED, SCALE
from clearml_hpo_app.dashboard.figures.scales import Scale, axis_labels, few_ticks, parameter_scale
from clearml_hpo_app.dashboard.figures.text import escape, rounded
from clearml_hpo_app.dashboard.figures.thinning import evenly
from clearml_hpo_app.dashboard.figures.value_range import ValueRange, value_axis, value_range, value_strip
from clearml_hpo_app.dashboard.importance import Importance
from clearml_hpo_app.dashboard.results import value_of
from clearml_hpo_app.space.parameters import Discrete
from clearml_hpo_app.trials.snapshot import Snapshot
from clearml_hpo_app.trials.trial import Outcome, Trial
from clearml_hpo_app.wording import counted, cut_middle, grouped

MOST_PARAMETERS = 6
MOST_POINTS = 2000
"""Points of all parameters together."""

MOST_LOST = 400
"""Those of them that stand in the strip at the bottom."""

_WHOLE, _PRUNED, _LOST = "completed", "pruned", "without a value to show"
_LOOKS: Mapping[str, Mapping[str, Any]] = {
    _PRUNED: {"symbol": "circle-open", "size": 6, "color": GREY},
    _LOST: {"symbol": "x", "size": 6, "color": RED},
}

_LONGEST = 12
"""Letters of a category's name, which stands aslant."""


class Part(NamedTuple):
    """One parameter; `label` and `name` are not escaped; the positions are in the order of the trials.

    Where the ticks are the names of values (`has_names`), more of them are shown: none follows from another.
    """

    label: str
    name: str
    scale: Scale
    has_names: bool = False


class Point(NamedTuple):
    """One trial; `value` is `None` where it stands in the strip: `kind` says why."""

    number: int
    value: float | None
    kind: str


class SliceRows(NamedTuple):
    """What the figure shows: the parts, and the trials, whose positions the parts have."""

    objective: str
    trend: str
    parts: tuple[Part, ...]
    trials: tuple[Point, ...]
    notes: tuple[str, ...]


def rows(snapshot: Snapshot, importance: Importance) -> SliceRows:
    """Return the trials that ended, for the six most important parameters (the first six, if unknown)."""
    objective = snapshot.config.objective
    varied, left_out = importance.leading(snapshot.config.space.varied, MOST_PARAMETERS)
    within, lost = snapshot.within_first_reach, lost_trials(snapshot)
    drawn = _thinned(within, (MOST_POINTS - MOST_LOST * bool(lost)) // max(len(varied), 1))
    below = evenly(lost, MOST_LOST // max(len(varied), 1))
    notes = [counted(len(within), "trial")]
    if len(drawn) < len(within):
        notes[0] = f"{grouped(len(drawn))} of {notes[0]} (the best half of these, others evenly)"
    notes += [lost_in_words(lost, len(below))] if lost else []
    notes += left_out
    room = 96 // len(varied) if len(varied) > 4 else 24
    short = axis_labels(snapshot.config.space.varied, room)
    shown = [*drawn, *(trial for trial, _ in below)]
    parts = [
        Part(
            short[parameter.name],
            parameter.name,
            parameter_scale(parameter, [trial.parameters.get(parameter.name) for trial in shown], _LONGEST),
            isinstance(parameter, Discrete),
        )
        for parameter in varied
    ]
    points = [
        *(
            Point(trial.number, value_of(trial), _PRUNED if trial.outcome is Outcome.PRUNED else _WHOLE)
            for trial in drawn
        ),
        *(Point(trial.number, None, kind) for trial, kind in below),
    ]
    return SliceRows(objective.name, objective.trend, tuple(parts), tuple(points), tuple(notes))


def draw(rows: SliceRows) -> Figure:
    """Return the figure of `rows`, or one that says what it needs."""
    values = [point.value for point in rows.trials if point.value is not None]
    if not values:
        return not_yet("needs 1 finished trial with a value, has 0")
    if not rows.parts:
        return not_yet("needs 1 parameter that varies, has 0")
    shown = value_range(values, room_below=len(values) < len(rows.trials))
    traces: list[dict[str, Any]] = [dict(PRIMER)]
    axes: dict[str, Any] = {}
    for place, part in enumerate(rows.parts):
        ending = str(place + 1) if place else ""
        traces += _traces(rows, part, ending, shown, is_first=place == 0)
        axes[f"xaxis{ending}"] = _x_axis(part, place, len(rows.parts))
        axes[f"yaxis{ending}"] = _y_axis(rows, shown, place)
        axes[f"xaxis{ending}"]["anchor"], axes[f"yaxis{ending}"]["anchor"] = f"y{ending}", f"x{ending}"
    margin = {"l": 70, "r": 90, "t": 70, "b": 110}
    notes = [note(" · ".join(rows.notes))]
    strip = [] if len(values) == len(rows.trials) else [value_strip()]
    return {"data": traces, "layout": layout(margin=margin, annotations=notes, shapes=strip, **axes)}


def _thinned(ranked: Sequence[Trial], most: int) -> list[Trial]:
    if len(ranked) <= most:
        return list(ranked)
    best = most // 2
    return [*ranked[:best], *evenly(ranked[best:], most - best)]


def _traces(
    rows: SliceRows, part: Part, ending: str, shown: ValueRange, *, is_first: bool
) -> Iterator[dict[str, Any]]:
    latest = max(point.number for point in rows.trials)
    over = f"over {escape(part.name, 90)}<extra></extra>"
    for name in (_PRUNED, _LOST, _WHOLE):
        chosen = [place for place, point in enumerate(rows.trials) if _series(point) == name]
        if not chosen:
            continue
        points = [rows.trials[place] for place in chosen]
        heights = [shown.below if point.value is None else rounded(point.value, shown.spread) for point in points]
        trace: dict[str, Any] = {
            "type": "scatter",
            "mode": "markers",
            "name": name,
            "x": [part.scale.positions[place] for place in chosen],
            "y": heights,
            "xaxis": f"x{ending}",
            "yaxis": f"y{ending}",
            "showlegend": False,
            "hoverlabel": HOVER_LABEL,
        }
        if name == _WHOLE:
            trace["hovertemplate"] = f"<b>trial %{{marker.color}}</b><br>%{{y}}<br>{over}"
            trace["marker"] = _coloured([point.number for point in points], latest, has_bar=is_first)
        else:
            trace["text"] = [f"<b>trial {point.number}</b> ({point.kind})" for point in points]
            trace["hovertemplate"] = f"%{{text}}<br>{'' if name == _LOST else '%{y}<br>'}{over}"
            trace["marker"] = _LOOKS[name]
        yield trace


def _series(point: Point) -> str:
    return _LOST if point.value is None else point.kind


def _coloured(numbers: Sequence[int], latest: int, *, has_bar: bool) -> dict[str, Any]:
    marker = {"size": 7 if len(numbers) <= 150 else 5, "color": list(numbers), "colorscale": SCALE}
    marker |= {"cmin": 0, "cmax": max(latest, 1), "showscale": has_bar}
    whole = {"dtick": 1} if latest < 10 else {}
    return {**marker, "colorbar": colour_bar("trial", **whole)}


def _x_axis(part: Part, place: int, count: int) -> dict[str, Any]:
    gap = 0.02 if count > 1 else 0.0
    width = (1 - gap * (count - 1)) / count
    start = place * (width + gap)
    room = 0.05 * (part.scale.ends[1] - part.scale.ends[0] or 1)
    ticks = few_ticks(part.scale.ticks, max((48 if part.has_names else 24) // count, 4))
    return {
        "title": {"text": escape(part.label), "standoff": 6},
        "domain": [round(start, 4), round(start + width, 4)],
        "range": [part.scale.ends[0] - room, part.scale.ends[1] + room],
        "tickvals": [position for position, _ in ticks],
        "ticktext": [escape(text) for _, text in ticks],
        "tickangle": -40 if any(len(text) > 4 for _, text in ticks) else 0,
        "zeroline": False,
    }


def _y_axis(rows: SliceRows, shown: ValueRange, place: int) -> dict[str, Any]:
    if place:
        return {"zeroline": False, **shown.axis, "showticklabels": False}
    return value_axis(f"{escape(cut_middle(rows.objective, 40))} ({rows.trend})", shown)
