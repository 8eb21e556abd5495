"""*Contour*: the objective over the two most important parameters, interpolated between the trials."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from clearml_hpo_app.dashboard.figures import interpolation
from clearml_hpo_app.dashboard.figures.interpolation import interpolated
from clearml_hpo_app.dashboard.figures.layout import Figure, colour_bar, layout, not_yet, note
from clearml_hpo_app.dashboard.figures.palette import DARK, GREY, HOVER_LABEL, REVERSED_SCALE, SCALE
from clearml_hpo_app.dashboard.figures.scales import Scale, axis_labels, few_ticks, parameter_scale, ticks_between
from clearml_hpo_app.dashboard.figures.text import escape, rounded
from clearml_hpo_app.dashboard.figures.thinning import evenly
from clearml_hpo_app.dashboard.figures.value_range import ticks
from clearml_hpo_app.dashboard.importance import FEWEST_RESULTS, Importance
from clearml_hpo_app.dashboard.results import value_of
from clearml_hpo_app.space.parameters import Discrete, Varied
from clearml_hpo_app.trials.reach import is_logarithmic, reach, within_reach
from clearml_hpo_app.trials.snapshot import Snapshot
from clearml_hpo_app.trials.trial import Outcome
from clearml_hpo_app.wording import counted, cut_middle, digits_for, grouped, number

MOST_POINTS = 120
_LONGEST = 40
"""Letters of a parameter's name."""

STEPS = 20
"""Grid points along an axis of numbers; an axis of categories has one for each."""


class Side(NamedTuple):
    """One of the two parameters; `label` is not escaped."""

    label: str
    scale: Scale
    is_category: bool


class ContourRows(NamedTuple):
    """What the figure shows: the sides, number and value of each trial (best first), whether larger is better.

    `varied` is how many parameters vary and `results` how many trials count.
    """

    objective: str
    sides: tuple[Side, ...]
    trials: tuple[tuple[int, float], ...]
    upwards: bool
    varied: int
    results: int
    notes: tuple[str, ...]


def rows(snapshot: Snapshot, importance: Importance) -> ContourRows:
    """Return the whole trials that have values, over the two parameters that matter most."""
    objective = snapshot.config.objective
    whole = [trial for trial in snapshot.ranked if trial.outcome is not Outcome.PRUNED]
    drawn = [*whole[: MOST_POINTS // 2], *evenly(whole[MOST_POINTS // 2 :], MOST_POINTS // 2)]
    by_name = {parameter.name: parameter for parameter in snapshot.config.space.varied}
    short = axis_labels(snapshot.config.space.varied, _LONGEST)
    chosen = [by_name[name] for name, _ in importance.shares[:2] if name in by_name]
    sides = [
        Side(
            short[p.name],
            parameter_scale(p, [trial.parameters.get(p.name) for trial in drawn]),
            _is_category(p),
        )
        for p in chosen
    ]
    trials = tuple((trial.number, value_of(trial)) for trial in drawn)
    notes = [counted(len(whole), "trial")]
    if len(drawn) < len(whole):
        notes[0] = f"{grouped(len(drawn))} of {notes[0]} (the best {MOST_POINTS // 2}, others evenly)"
    values = [value for _, value in trials]
    if far := len(values) - len(within_reach(values, objective.sign)) if values else 0:
        notes[0] += f", {counted(far, 'far worse one')} coloured as the worst of the others"
    pruned = len(snapshot.ranked) - len(whole)
    notes += [f"{grouped(pruned)} pruned left out"] if pruned else []
    notes += ["between trials: the mean of the four nearest", "near ones count more; far from all: nothing"]
    return ContourRows(
        objective.name, tuple(sides), trials, objective.sign > 0, len(by_name), len(whole), tuple(notes)
    )


def draw(rows: ContourRows) -> Figure:
    """Return the figure of `rows`, or one that says what it needs."""
    if rows.varied < 2:
        return not_yet(f"needs 2 parameters that vary, has {rows.varied}")
    if rows.results < FEWEST_RESULTS:
        return not_yet(f"needs {FEWEST_RESULTS} trials with a value that ran to their end, has {rows.results}")
    if len(rows.sides) < 2:
        return not_yet("waits for the importance of the parameters, which is being worked out")
    across, up = rows.sides
    return {
        "data": [_field(rows), *_points(rows)],
        "layout": layout(
            xaxis=_axis(across, most=9),
            yaxis=_axis(up, most=9),
            margin={"l": 90, "r": 90, "t": 70, "b": 70},
            annotations=[note("<br>".join(rows.notes))],
            showlegend=False,
        ),
    }


def _field(rows: ContourRows) -> dict[str, Any]:
    across, up = rows.sides
    columns, lines = _grid(across), _grid(up)
    heights, logarithmic = _heights(rows)
    surface = interpolated(_side(across, columns), _side(up, lines), heights)
    has_categories = across.is_category or up.is_category
    lines_between = {"line": {"width": 0.6, "color": "rgba(255,255,255,0.45)"}, "ncontours": 14}
    return {
        "type": "heatmap" if has_categories else "contour",
        "x": columns,
        "y": lines,
        "z": surface,
        "colorscale": SCALE if rows.upwards else REVERSED_SCALE,
        "colorbar": colour_bar(
            escape(cut_middle(rows.objective.rpartition("/")[2] or rows.objective, 14)),
            **(_log_ticks(heights) if logarithmic else ticks(heights)),
        ),
        **_told(surface, heights, logarithmic=logarithmic),
        "hoverlabel": HOVER_LABEL,
        **_levels(heights),
        **({} if has_categories else lines_between),
    }


def _side(side: Side, grid: Sequence[float]) -> interpolation.Side:
    low, high = side.scale.ends
    return interpolation.Side(side.scale.positions, grid, high - low or 1.0, not side.is_category)


def _is_category(parameter: Varied) -> bool:
    return isinstance(parameter, Discrete) and not parameter.is_ordered


def _grid(side: Side) -> list[float]:
    low, high = side.scale.ends
    if side.is_category:  # also those that have no tick
        return [float(code) for code in range(math.floor(high) + 1)]
    return [rounded(low + (high - low) * place / (STEPS - 1), high - low) for place in range(STEPS)]


def _heights(rows: ContourRows) -> tuple[list[float], bool]:
    """Return the trials' values as they are coloured, and whether these are logarithms.

    Far worse values are taken as the worst that is within reach; those that span orders of magnitude are taken by
    their logarithms, since one colour would be all there is otherwise.
    """
    values = [value for _, value in rows.trials]
    limit = reach(values, 1 if rows.upwards else -1)
    kept = [max(value, limit) if rows.upwards else min(value, limit) for value in values]
    logarithmic = is_logarithmic(kept)
    return [math.log10(value) for value in kept] if logarithmic else kept, logarithmic


def _log_ticks(heights: Sequence[float]) -> dict[str, Any]:
    found = ticks_between(10 ** min(heights), 10 ** max(heights), logarithmic=True)
    return {"tickvals": [place for place, _ in found], "ticktext": [text for _, text in found]}


def _told(
    surface: Sequence[Sequence[float | None]], heights: Sequence[float], *, logarithmic: bool
) -> dict[str, Any]:
    """Return what stands on the surface when the mouse is over it: the interpolated value."""
    if not logarithmic:
        return {"hovertemplate": f"%{{z:.{digits_for(heights)}~g}}<extra>interpolated</extra>"}
    texts = [["" if height is None else number(10**height, 3) for height in line] for line in surface]
    return {"text": texts, "hovertemplate": "%{text}<extra>interpolated</extra>"}


def _levels(heights: Sequence[float]) -> dict[str, Any]:
    low, high = min(heights), max(heights)
    if low == high:
        return {}
    return {"zmin": rounded(low, high - low), "zmax": rounded(high, high - low)}


def _points(rows: ContourRows) -> list[dict[str, Any]]:
    across, up = (side.scale.positions for side in rows.sides)
    shared = {"type": "scatter", "mode": "markers", "hoverlabel": HOVER_LABEL}
    digits = digits_for([value for _, value in rows.trials])
    texts = [f"<b>trial {trial}</b><br>{number(value, digits)}" for trial, value in rows.trials]
    trials = {
        "name": "trials",
        "x": list(across[1:]),
        "y": list(up[1:]),
        "text": texts[1:],
        "marker": {"color": "#FFFFFF", "size": 5, "line": {"color": GREY, "width": 1}},
    }
    best = {
        "name": "best",
        "x": [across[0]],
        "y": [up[0]],
        "text": [f"{texts[0]} (best)"],
        "marker": {"symbol": "star", "color": "#FFFFFF", "size": 15, "line": {"color": DARK, "width": 1.5}},
        "cliponaxis": False,
    }
    return [{**shared, "hovertemplate": "%{text}<extra></extra>", **trace} for trace in (trials, best)]


def _axis(side: Side, most: int) -> dict[str, Any]:
    shown = few_ticks(side.scale.ticks, most)
    low, high = side.scale.ends
    room = 0.35 if side.is_category else 0.0
    return {
        "title": {"text": escape(side.label), "standoff": 14},
        "automargin": True,
        "range": [low - room, high + room],
        "tickvals": [position for position, _ in shown],
        "ticktext": [escape(text) for _, text in shown],
        "zeroline": False,
        "showgrid": False,
    }
