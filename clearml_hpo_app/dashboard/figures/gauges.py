"""Scalars as a figure, for pages that have no graphs of their own: lines over trials or seconds."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from clearml_hpo_app.dashboard.figures.layout import PRIMER, Figure, layout, not_yet, note
from clearml_hpo_app.dashboard.figures.palette import BLUE, GREY, HOVER_LABEL, ORANGE, VIOLET, YELLOW
from clearml_hpo_app.dashboard.figures.text import escape, rounded
from clearml_hpo_app.dashboard.figures.thinning import MAX_POINTS, evenly
from clearml_hpo_app.dashboard.figures.value_range import value_axis, value_range
from clearml_hpo_app.trials.trial import LARGEST_VALUE
from clearml_hpo_app.wording import cut_middle

Points: TypeAlias = Sequence[tuple[float, float]]
_COLOURS = (BLUE, ORANGE, VIOLET, GREY, YELLOW)
_STEP, _WIDEST = 2, 6
"""Widths of lines: each is thinner than the one before, so that none hides another of the same values."""


class Axes(NamedTuple):
    """How lines are drawn.

    Attributes:
        across, up: What the axes are called, not escaped.
        marks: Whether every point of the first line is shown, and no line through them.
        has_steps: Whether a value holds until the next one.
        ends: The values that the axis has at least; empty for those of the points.
    """

    across: str
    up: str
    marks: bool = False
    has_steps: bool = False
    ends: tuple[float, ...] = ()


def draw(lines: Mapping[str, Points], axes: Axes) -> Figure:
    """Return the figure of `lines` by name (not escaped): points by ascending x."""
    most = MAX_POINTS // max(len(lines), 1)
    known = {name: _shown(points, most) for name, points in lines.items()}
    values = [value for points in known.values() for _, value in points]
    if not values:
        return not_yet("nothing was reported yet")
    shown = value_range([*values, *axes.ends], room_below=False)
    furthest = max(x for points in known.values() for x, _ in points)
    whole = {"dtick": 1} if axes.marks and furthest < 10 else {}
    traces = [
        _trace(name, points, place, axes, shown.spread) for place, (name, points) in enumerate(known.items())
    ]
    for left, trace in enumerate(reversed(traces), start=1):
        trace["line"]["width"] = min(_STEP * left, _WIDEST)
    thinned = any(len(points) > most for points in lines.values())
    return {
        "data": [dict(PRIMER), *traces],
        "layout": layout(
            xaxis={"title": {"text": escape(axes.across)}, "zeroline": False, **whole},
            yaxis=value_axis(escape(axes.up), shown) | ({"dtick": 1} if _is_few(axes, values) else {}),
            margin={"l": 70, "r": 50, "t": 50, "b": 60},
            annotations=[note(f"{most} points of each, evenly")] if thinned else [],
        ),
    }


def _is_few(axes: Axes, values: Sequence[float]) -> bool:
    """Tell whether the values are small counts, between which there is nothing."""
    return axes.has_steps and all(value.is_integer() and abs(value) < 10 for value in map(float, values))


def _shown(points: Points, most: int) -> list[tuple[float, float]]:
    return evenly([(x, y) for x, y in points if -LARGEST_VALUE <= y <= LARGEST_VALUE], most)


def _trace(name: str, points: Points, place: int, axes: Axes, spread: float) -> dict[str, Any]:
    colour = _COLOURS[place % len(_COLOURS)]
    return {
        "type": "scatter",
        "mode": "markers" if axes.marks and place == 0 else "lines",
        "name": escape(cut_middle(name, 40)),
        "x": [x for x, _ in points],
        "y": [rounded(y, spread) for _, y in points],
        "line": {"color": colour, "shape": "hv" if axes.has_steps else "linear"},
        "marker": {"color": colour, "size": 5},
        "hoverlabel": HOVER_LABEL,
    }
