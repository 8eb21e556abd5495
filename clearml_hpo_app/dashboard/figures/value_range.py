"""The value axis: linear, or logarithmic when positive values span orders of magnitude."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from clearml_hpo_app.dashboard.figures.palette import FAINT
from clearml_hpo_app.trials.reach import is_logarithmic

_ROOM = 0.06
"""Empty part of the axis at either end."""

STRIP = 1.6 * _ROOM / (1 + 3 * _ROOM)
"""Height of the strip at the bottom for what has no value, as a share of the axis (`room_below`)."""


class ValueRange(NamedTuple):
    """How values are drawn.

    Attributes:
        spread: Distance between the largest and the smallest value, for rounding; 0 on a logarithmic axis.
        below: Where to put what has no value: just outside the range of the values.
        axis: Type, range and ticks, for the layout: see `value_axis`.
    """

    spread: float
    below: float
    axis: Mapping[str, Any]


def value_range(values: Sequence[float], *, room_below: bool) -> ValueRange:
    """Return how to draw `values` (at least one, all within ±1e300), with room under them when asked for."""
    low, high = min(values), max(values)
    if is_logarithmic(values):
        bottom, ends = _ends(math.log10(low), math.log10(high), room_below)
        return ValueRange(0.0, 10.0**bottom, {"type": "log", "range": ends, **ticks(values)})
    spread = high - low
    bottom, ends = _ends(low, high, room_below)
    return ValueRange(spread, bottom, {"type": "linear", "range": ends, **ticks(values)})


def value_axis(title: str, shown: ValueRange) -> dict[str, Any]:
    """Return an axis of values with its title (escaped already), which stands beside the ticks, however long."""
    return {"title": {"text": title, "standoff": 12}, "automargin": True, "zeroline": False, **shown.axis}


def value_strip() -> dict[str, Any]:
    """Return a band, as a shape, behind what has no value (`room_below`): its height says nothing."""
    corners = {"x0": 0, "x1": 1, "y0": 0, "y1": STRIP}
    paper = {"type": "rect", "xref": "paper", "yref": "paper", "layer": "below"}
    return {**paper, **corners, "fillcolor": FAINT, "line": {"width": 0}}


def ticks(values: Sequence[float]) -> dict[str, Any]:
    """Return how Plotly writes the ticks of `values`: as `wording.number` does, 15234.5 rather than 1.52345e+4.

    The exponent begins below 1e-4 and, on linear axes, from 1e7 on.
    """
    plain = not is_logarithmic(values) and max(map(abs, values)) >= 1
    return {"exponentformat": "e", "minexponent": 6 if plain else 4}


def _ends(low: float, high: float, room_below: bool) -> tuple[float, list[float]]:
    if low == high:
        half = abs(low) * 0.1 or 0.5
        low, high = low - half, high + half
    span = high - low
    room = span * _ROOM
    bottom = low - room
    return bottom, [low - 2 * room if room_below else bottom, high + room]
