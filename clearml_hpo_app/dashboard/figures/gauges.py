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


class Axes(NamedTuple):
    """What the axes are called, not escaped; `marks` shows every point, not only the line through them."""

    across: str
    up: str
    marks: bool = False


def draw(lines: Mapping[str, Points], axes: Axes) -> Figure:
    """Return the figure of `lines` by name (not escaped): points by ascending x."""
    most = MAX_POINTS // max(len(lines), 1)
    known = {name: _shown(points, most) for name, points in lines.items()}
    values = [value for points in known.values() for _, value in points]
    if not values:
        return not_yet("nothing was reported yet")
    shown = value_range(values, room_below=False)
    traces = [
        _trace(name, points, place, axes, shown.spread) for place, (name, points) in enumerate(known.items())
    ]
    thinned = any(len(points) > most for points in lines.values())
    return {
        "data": [dict(PRIMER), *traces],
        "layout": layout(
            xaxis={"title": {"text": escape(axes.across)}, "zeroline": False},
            yaxis=value_axis(escape(axes.up), shown),
            margin={"l": 70, "r": 50, "t": 50, "b": 60},
            annotations=[note(f"{most} points of each, evenly")] if thinned else [],
        ),
    }


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
        "line": {"color": colour, "width": 2, "shape": "hv" if axes.marks else "linear"},
        "marker": {"color": colour, "size": 5},
        "hoverlabel": HOVER_LABEL,
    }
