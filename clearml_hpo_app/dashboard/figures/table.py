"""Tables as the UI shows them: plain cells, columns with widths in proportion."""

from collections.abc import Sequence
from typing import NamedTuple

from clearml_hpo_app.dashboard.figures.layout import Figure, layout, note

_TOP = 40
_NOTE_LINE = 19


class Column(NamedTuple):
    """One column: header and cells are escaped already, `width` is in proportion to the others."""

    header: str
    width: int
    cells: Sequence[str]


def table(columns: Sequence[Column], notes: Sequence[str] = ()) -> Figure:
    """Return a table with `notes` (escaped already) above it, one a line."""
    trace = {
        "type": "table",
        "header": {"values": [column.header for column in columns], "align": "left"},
        "cells": {"values": [list(column.cells) for column in columns], "align": "left"},
        "columnwidth": [column.width for column in columns],
    }
    margin = {"l": 24, "r": 24, "t": _TOP + _NOTE_LINE * len(notes), "b": 0}
    annotations = [note("<br>".join(notes))] if notes else []
    return {"data": [trace], "layout": layout(margin=margin, annotations=annotations)}
