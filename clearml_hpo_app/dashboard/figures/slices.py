"""*Slice*: the objective against each parameter, side by side, coloured by the trial's number."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from clearml_hpo_app.dashboard.figures.layout import PRIMER, Figure, colour_bar, layout, not_yet, note
from clearml_hpo_app.dashboard.figures.palette import GREY, HOVER_LABEL, SCALE
from clearml_hpo_app.dashboard.figures.scales import Scale, axis_labels, few_ticks, parameter_scale
from clearml_hpo_app.dashboard.figures.text import escape, rounded
from clearml_hpo_app.dashboard.figures.thinning import evenly
from clearml_hpo_app.dashboard.figures.value_range import ValueRange, value_axis, value_range
from clearml_hpo_app.dashboard.importance import Importance
from clearml_hpo_app.dashboard.results import value_of
from clearml_hpo_app.space.parameters import Discrete
from clearml_hpo_app.trials.snapshot import Snapshot
from clearml_hpo_app.trials.trial import Outcome, Trial
from clearml_hpo_app.wording import counted, cut_middle, grouped

MOST_PARAMETERS = 6
MOST_POINTS = 2000
"""Points of all parameters together."""

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


class SliceRows(NamedTuple):
    """What the figure shows: the parts, and number, value and whether it was pruned of each trial."""

    objective: str
    trend: str
    parts: tuple[Part, ...]
    trials: tuple[tuple[int, float, bool], ...]
    notes: tuple[str, ...]


def rows(snapshot: Snapshot, importance: Importance) -> SliceRows:
    """Return the trials that have values, for the six most important parameters (the first six, if unknown)."""
    objective, ranked = snapshot.config.objective, snapshot.ranked
    varied, left_out = importance.leading(snapshot.config.space.varied, MOST_PARAMETERS)
    within = snapshot.within_first_reach
    drawn = _thinned(within, MOST_POINTS // max(len(varied), 1))
    notes = [counted(len(ranked), "trial")]
    if len(drawn) < len(within):
        notes[0] = f"{grouped(len(drawn))} of {notes[0]} (the best half of these, others evenly)"
    if len(within) < len(ranked):
        notes.append(f"{counted(len(ranked) - len(within), 'far worse one')} beyond the axis")
    notes += left_out
    room = 96 // len(varied) if len(varied) > 4 else 24
    short = axis_labels(snapshot.config.space.varied, room)
    parts = [
        Part(
            short[parameter.name],
            parameter.name,
            parameter_scale(parameter, [trial.parameters.get(parameter.name) for trial in drawn], _LONGEST),
            isinstance(parameter, Discrete),
        )
        for parameter in varied
    ]
    shown = [(trial.number, value_of(trial), trial.outcome is Outcome.PRUNED) for trial in drawn]
    return SliceRows(objective.name, objective.trend, tuple(parts), tuple(shown), tuple(notes))


def draw(rows: SliceRows) -> Figure:
    """Return the figure of `rows`, or one that says what it needs."""
    if not rows.trials:
        return not_yet("needs 1 finished trial with a value, has 0")
    if not rows.parts:
        return not_yet("needs 1 parameter that varies, has 0")
    shown = value_range([value for _, value, _ in rows.trials], room_below=False)
    traces: list[dict[str, Any]] = [dict(PRIMER)]
    axes: dict[str, Any] = {}
    for place, part in enumerate(rows.parts):
        ending = str(place + 1) if place else ""
        traces += _traces(rows, part, ending, shown.spread, is_first=place == 0)
        axes[f"xaxis{ending}"] = _x_axis(part, place, len(rows.parts))
        axes[f"yaxis{ending}"] = _y_axis(rows, shown, place)
        axes[f"xaxis{ending}"]["anchor"], axes[f"yaxis{ending}"]["anchor"] = f"y{ending}", f"x{ending}"
    margin = {"l": 70, "r": 90, "t": 70, "b": 110}
    notes = [note(" · ".join(rows.notes))]
    return {"data": traces, "layout": layout(margin=margin, annotations=notes, **axes)}


def _thinned(ranked: Sequence[Trial], most: int) -> list[Trial]:
    if len(ranked) <= most:
        return list(ranked)
    best = most // 2
    return [*ranked[:best], *evenly(ranked[best:], most - best)]


def _traces(rows: SliceRows, part: Part, ending: str, spread: float, *, is_first: bool) -> list[dict[str, Any]]:
    latest = max(number for number, _, _ in rows.trials)
    hover = f"%{{y}}<br>over {escape(part.name, 90)}<extra></extra>"
    found = []
    for pruned in (True, False):
        chosen = [place for place, (_, _, was_pruned) in enumerate(rows.trials) if was_pruned is pruned]
        if not chosen:
            continue
        numbers = [rows.trials[place][0] for place in chosen]
        trace: dict[str, Any] = {
            "type": "scatter",
            "mode": "markers",
            "name": "pruned" if pruned else "completed",
            "x": [part.scale.positions[place] for place in chosen],
            "y": [rounded(rows.trials[place][1], spread) for place in chosen],
            "xaxis": f"x{ending}",
            "yaxis": f"y{ending}",
            "showlegend": False,
            "hoverlabel": HOVER_LABEL,
        }
        if pruned:
            trace["text"] = numbers
            trace["hovertemplate"] = f"<b>trial %{{text}}</b> (pruned)<br>{hover}"
            trace["marker"] = {"symbol": "circle-open", "size": 6, "color": GREY}
        else:
            trace["hovertemplate"] = f"<b>trial %{{marker.color}}</b><br>{hover}"
            trace["marker"] = _coloured(numbers, latest, has_bar=is_first)
        found.append(trace)
    return found


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
