"""What all figures share: one height, no template, axes that take the colours of the UI's theme, the notes."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from clearml_hpo_app.dashboard.figures.palette import GREY, TRANSPARENT

Figure: TypeAlias = dict[str, Any]

HEIGHT = 460
"""The UI gives every plot of a task the largest height among them, so all have the same."""

COMPRESSED_FROM = 100_000
"""Characters of a plot from which a server stores it compressed; every plot stays below, whatever the run."""

PRIMER: Mapping[str, Any] = {
    "type": "bar",
    "x": [None],
    "y": [None],
    "showlegend": False,
    "hoverinfo": "skip",
    "marker": {"color": TRANSPARENT},
}
"""An empty first trace: when the first one is a `scatter`, the UI forces the y axis to be linear."""


def layout(**more: Any) -> dict[str, Any]:
    """Return a layout with what every figure needs, and `more`; numbers have no sign between their thousands."""
    return {"height": HEIGHT, "plot_bgcolor": TRANSPARENT, "hovermode": "closest", "separators": ".", **more}


def colour_bar(title: str, **more: Any) -> dict[str, Any]:
    """Return the scale of a figure that is coloured by values (`title` is escaped already), with `more` of it."""
    return {"thickness": 12, "outlinewidth": 0, "title": {"text": title}, **more}


def note(text: str, *, x: float = 1, y: float = 1, anchor: str = "right", shift: int = 2) -> dict[str, Any]:
    """Return an annotation in small grey letters (`text` is escaped already) above the point (x, y) of the plot.

    `shift` moves it up by as many pixels; a negative one puts it below the point.
    """
    return {
        "text": text,
        "xref": "paper",
        "yref": "paper",
        "x": x,
        "y": y,
        "xanchor": anchor,
        "yanchor": "bottom" if shift >= 0 else "top",
        "yshift": shift,
        "align": anchor,
        "showarrow": False,
        "font": {"size": 11, "color": GREY},
    }


def not_yet(*sentences: str) -> Figure:
    """Return an otherwise empty figure that says (`sentences` are escaped already) what it waits for."""
    said = note("<br>".join(sentences), x=0.5, y=0.5, anchor="center", shift=0)
    said |= {"yanchor": "middle", "font": {"size": 14, "color": GREY}}
    hidden = {"visible": False}
    return {"data": [dict(PRIMER)], "layout": layout(xaxis=hidden, yaxis=dict(hidden), annotations=[said])}
