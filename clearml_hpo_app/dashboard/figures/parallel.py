"""*Parallel Coordinates*: the best trials as lines through all parameters to their objective."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from clearml_hpo_app.dashboard.figures.layout import Figure, colour_bar, layout, not_yet, note
from clearml_hpo_app.dashboard.figures.palette import FADED, GREY, NOTE_HOVER_LABEL, SCALE, TRANSPARENT
from clearml_hpo_app.dashboard.figures.scales import (
    Scale,
    axis_labels,
    objective_label,
    objective_scale,
    parameter_scale,
    ticks_between,
)
from clearml_hpo_app.dashboard.figures.text import escape
from clearml_hpo_app.dashboard.importance import UNKNOWN, Importance
from clearml_hpo_app.trials.snapshot import Snapshot
from clearml_hpo_app.wording import counted, cut_middle, grouped

MOST_LINES = 300
MOST_PARAMETERS = 20
"""With more axes, their ticks lie over each other."""

MORE = "(i)"
"""Where there is more to read on hover. The label itself would lie over anything that could show it."""

_WIDE = 8
"""From so many axes on, names stand upright under them and are cut shorter."""

_LONGEST, _LONGEST_UPRIGHT = 24, 16

_FEW_LINES = 60
_STROKES = (-1.0, 0.0, 1.0)
_STROKE_GAP = 1 / 600
"""Plotly's lines are thin, and none can be made wider: few of them are drawn as three strokes, half a pixel apart
(a share of the height)."""


class Axis(NamedTuple):
    """One axis; `label` is what stands on it and `full` the whole name, neither is escaped.

    `is_log` is told of objectives: their positions are logarithms then, as those of logarithmic parameters are.
    """

    label: str
    full: str
    scale: Scale
    is_objective: bool = False
    is_log: bool = False


class ParallelRows(NamedTuple):
    """What the figure shows: the axes, the objective to colour by last, and whether larger is better."""

    axes: tuple[Axis, ...]
    upwards: bool
    notes: tuple[str, ...]


def rows(snapshot: Snapshot, importance: Importance = UNKNOWN) -> ParallelRows:
    """Return one axis per varied parameter and per objective, the first objective last, for the best trials.

    Of more than 20 parameters the most important ones are taken, in the order of the configuration.
    """
    objectives, space = snapshot.config.objectives, snapshot.config.space.varied
    leading, left_out = importance.leading(space, MOST_PARAMETERS)
    varied = [parameter for parameter in space if parameter in leading]
    ranked = snapshot.within_reach[:MOST_LINES]
    notes = (*_notes(snapshot, len(ranked)), *left_out)
    if not ranked:
        return ParallelRows((), objectives[0].trend == "max", notes)
    longest = _LONGEST_UPRIGHT if len(varied) + len(objectives) >= _WIDE else _LONGEST
    short = axis_labels(varied, longest)
    axes = [
        Axis(
            short[parameter.name],
            parameter.name,
            parameter_scale(parameter, [t.parameters.get(parameter.name) for t in ranked]),
        )
        for parameter in varied
    ]
    for place, objective in reversed(list(enumerate(objectives))):
        scale, logarithmic = objective_scale([(trial.values or ())[place] for trial in ranked])
        name = objective.series if objective.series != objective.title else objective.name
        label = objective_label(name, longest, logarithmic=logarithmic)
        axes.append(Axis(label, objective.name, scale, is_objective=True, is_log=logarithmic))
    return ParallelRows(tuple(axes), objectives[0].trend == "max", notes)


def draw(rows: ParallelRows) -> Figure:
    """Return the figure of `rows`, or one that says that it needs a value first."""
    if not rows.axes:
        return not_yet("needs 1 finished trial with a value, has 0", *rows.notes)
    wide = len(rows.axes) >= _WIDE
    ticks = 12 + 7 * max(len(text) for _, text in rows.axes[0].scale.ticks)  # they stand left of their axis
    left = max(70, ticks, 18 + 4 * len(rows.axes[0].label))  # where half of the first label hangs over
    below = 36 + 8 * max(len(axis.label) for axis in rows.axes)  # where upright labels end
    margin = (
        {"l": max(60, ticks), "r": 60, "t": 90, "b": below} if wide else {"l": left, "r": 60, "t": 125, "b": 35}
    )
    strokes = _STROKES if len(rows.axes[0].scale.positions) <= _FEW_LINES else (0.0,)
    trace = {
        "type": "parcoords",
        "dimensions": [_dimension(axis, strokes) for axis in rows.axes],
        "line": _line(rows.axes[-1], len(strokes), upwards=rows.upwards),
        "labelangle": -90 if wide else -15,
        "labelside": "bottom" if wide else "top",
        "labelfont": {"size": 11 if wide else 13},
        "tickfont": {"size": 11},
        "rangefont": {"size": 1, "color": TRANSPARENT},
    }
    said = " · ".join(rows.notes)
    notes = [note(said, shift=32) if wide else note(said, y=0, shift=-12)]
    notes += _full_names(rows.axes, wide=wide)
    lines = [_axis_line(place / (len(rows.axes) - 1)) for place in range(len(rows.axes))]
    return {"data": [trace], "layout": layout(xaxis={}, yaxis={}, margin=margin, annotations=notes, shapes=lines)}


def _axis_line(x: float) -> dict[str, Any]:
    """Return the line of an axis in a colour for both themes: Plotly draws a black one, which is lost on dark."""
    ends = {"x0": x, "x1": x, "y0": 0, "y1": 1, "xref": "paper", "yref": "paper"}
    return {"type": "line", **ends, "layer": "below", "line": {"color": FADED, "width": 1}}


def _notes(snapshot: Snapshot, shown: int) -> tuple[str, ...]:
    valued = len(snapshot.ranked)
    far = valued - len(snapshot.within_reach)
    failed = snapshot.ended - valued
    of_all = f"{grouped(shown)} of {counted(valued, 'trial')}"
    has_best = (
        len(snapshot.config.objectives) == 1 or shown < valued - far
    )  # else what is left out may be in between
    best = counted(shown, "trial") if shown == valued else f"the best {of_all}" if has_best else of_all
    notes = [best] if shown else []
    notes += [f"{grouped(far)} far worse left out"] if far else []
    notes += [f"{grouped(failed)} failed or without a value left out"] if failed else []
    return tuple(notes)


def _full_names(axes: Sequence[Axis], *, wide: bool) -> Iterator[dict[str, Any]]:
    """Yield a small sign over each axis whose name was shortened: hovering over it shows all of the name."""
    for place, axis in enumerate(axes):
        if "…" in axis.label:
            sign = note(MORE, x=place / max(len(axes) - 1, 1), anchor="center", shift=6 if wide else 52)
            hover = {"hovertext": escape(axis.full, 200), "hoverlabel": NOTE_HOVER_LABEL}
            yield {**sign, "font": {"size": 12, "color": GREY}, "captureevents": True, **hover}


def _dimension(axis: Axis, strokes: Sequence[float]) -> dict[str, Any]:
    low, high = axis.scale.ends
    gap = _STROKE_GAP * (high - low)
    label = escape(axis.label)
    return {
        "label": f"<b>{label}</b>" if axis.is_objective else label,
        "values": [place + stroke * gap for stroke in strokes for place in axis.scale.positions],
        "tickvals": [place for place, _ in axis.scale.ticks],
        "ticktext": [text for _, text in axis.scale.ticks],
        "range": list(axis.scale.ends),
    }


def _line(axis: Axis, strokes: int, *, upwards: bool) -> dict[str, Any]:
    """Colour by the objective; the worst tenth shares one colour, so that it does not flatten the others.

    Where smaller is better, the negative is drawn: Plotly paints larger colour values over smaller ones, and the
    best lines are to lie on top.
    """
    sign = 1 if upwards else -1
    colours = [sign * place for place in axis.scale.positions]
    ordered = sorted(colours)
    worst, best = ordered[len(ordered) // 10], ordered[-1]
    line: dict[str, Any] = {
        "color": colours * strokes,
        "colorscale": SCALE,
        "showscale": worst < best,
    }
    if worst == best:
        return line
    ticks = _colour_ticks(axis, *sorted((sign * worst, sign * best)))
    bar = colour_bar(
        escape(cut_middle(axis.label, 12)),
        tickvals=[sign * place for place, _ in ticks],
        ticktext=[text for _, text in ticks],
    )
    return {**line, "colorbar": bar, "cmin": worst, "cmax": best}


def _colour_ticks(axis: Axis, low: float, high: float) -> list[tuple[float, str]]:
    """Return the ticks of the colours from `low` to `high`, which are a part of the axis."""
    ends = (10**low, 10**high) if axis.is_log else (low, high)
    return ticks_between(*ends, logarithmic=axis.is_log)
