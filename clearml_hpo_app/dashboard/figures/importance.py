"""*Parameter Importance*: how much each parameter decides about being among the best."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from clearml_hpo_app.dashboard.figures.layout import Figure, layout, not_yet, note
from clearml_hpo_app.dashboard.figures.palette import BLUE, GREY, HOVER_LABEL, TRANSPARENT
from clearml_hpo_app.dashboard.figures.text import escape
from clearml_hpo_app.dashboard.importance import FEWEST_RESULTS, Importance, results_of
from clearml_hpo_app.dashboard.labels import parameter_labels
from clearml_hpo_app.trials.snapshot import Snapshot
from clearml_hpo_app.wording import counted

MOST_BARS = 16
_ENOUGH = 30
"""With fewer results, the best tenth are one or two trials."""

_LONGEST = 24
"""Letters of a name."""

NEGLIGIBLE = 0.02
"""A share below it is as good as none."""


class Bar(NamedTuple):
    """One parameter; `label` and `name` are not escaped, `share` is 0 … 1 with three decimals."""

    label: str
    name: str
    share: float


class ImportanceRows(NamedTuple):
    """What the figure shows, the most important parameter first; `results` is how many there are now."""

    bars: tuple[Bar, ...]
    results: int
    notes: tuple[str, ...]


def rows(snapshot: Snapshot, importance: Importance) -> ImportanceRows:
    """Return the 16 most important parameters."""
    short = parameter_labels([name for name, _ in importance.shares], _LONGEST)
    bars = [Bar(short[name], name, round(share, 3)) for name, share in importance.shares]
    rest = bars[MOST_BARS:]
    rough = ": few, so a rough estimate" if importance.results < _ENOUGH else ""
    notes = [f"PED-ANOVA of {counted(importance.results, 'result')}{rough}"]
    if rest:
        share = sum(bar.share for bar in rest)
        notes.append(f"{counted(len(rest), 'more parameter')} with {_percent(share)} together")
    return ImportanceRows(tuple(bars[:MOST_BARS]), results_of(snapshot), tuple(notes))


def draw(rows: ImportanceRows) -> Figure:
    """Return the figure of `rows`, or one that says what it waits for."""
    if not rows.bars:
        if rows.results < FEWEST_RESULTS:
            return not_yet(f"needs {FEWEST_RESULTS} finished trials with a value, has {rows.results}")
        return not_yet("is being worked out, from " + counted(rows.results, "result"))
    longest = max(len(bar.label) for bar in rows.bars)
    return {
        "data": [_trace(rows.bars)],
        "layout": layout(
            xaxis={
                "title": {"text": "influence on being among the best tenth"},
                "tickformat": ".0%",
                "range": [0, 1.1 * max(max(bar.share for bar in rows.bars), 0.05)],
                "zeroline": False,
            },
            yaxis=_names(rows.bars),
            margin={"l": 30 + 7 * longest, "r": 50, "t": 70, "b": 60},
            annotations=[note("<br>".join(rows.notes))],
        ),
    }


def _trace(bars: Sequence[Bar]) -> dict[str, Any]:
    return {
        "type": "bar",
        "orientation": "h",
        "x": [bar.share for bar in bars],
        "y": list(range(len(bars))),
        "width": 0.62,
        "text": [_percent(bar.share) for bar in bars],
        "textposition": "outside",
        "cliponaxis": False,
        "marker": {"color": [BLUE if bar.share >= NEGLIGIBLE else GREY for bar in bars]},
        "hovertext": [f"<b>{escape(bar.name, 90)}</b><br>{100 * bar.share:.1f} &#37;" for bar in bars],
        "hoverinfo": "text",
        "hoverlabel": HOVER_LABEL,
        "showlegend": False,
    }


def _names(bars: Sequence[Bar]) -> dict[str, Any]:
    return {
        "tickvals": list(range(len(bars))),
        "ticktext": [escape(bar.label) for bar in bars],
        "range": [max(len(bars), 4) - 0.5, -0.5],
        "showgrid": False,
        "zeroline": False,
        "ticks": "outside",
        "ticklen": 4,
        "tickcolor": TRANSPARENT,
    }


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.01 or not share else "< 1 %"
