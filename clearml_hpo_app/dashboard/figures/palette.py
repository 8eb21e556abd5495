"""Colours and markers, chosen to be read on ClearML's light and dark backgrounds."""

from collections.abc import Mapping
from typing import Any

from clearml_hpo_app.trials import Outcome

BLUE, GREY, RED, ORANGE = "#4C8BF5", "#8A94A6", "#E05252", "#E8833A"
TRANSPARENT = "rgba(0,0,0,0)"

SCALE = [[0, "#3D7BD9"], [0.5, "#9A6BC4"], [1, "#F0913A"]]
"""Colours from bad to good."""

HOVER_LABEL: Mapping[str, Any] = {
    "bgcolor": "#1F2430",
    "bordercolor": "#1F2430",
    "font": {"color": "#FFFFFF", "size": 12},
    "align": "left",
}
"""For every trace: the UI drops the one of the layout."""

MARKERS: Mapping[Outcome, Mapping[str, str]] = {
    Outcome.COMPLETED: {"symbol": "circle", "color": BLUE},
    Outcome.PRUNED: {"symbol": "circle-open", "color": GREY},
    Outcome.STOPPED: {"symbol": "square-open", "color": GREY},
    Outcome.FAILED: {"symbol": "x", "color": RED},
    Outcome.NO_VALUE: {"symbol": "x", "color": GREY},
    Outcome.DELETED: {"symbol": "x-open", "color": GREY},
    Outcome.RUNNING: {"symbol": "diamond-open", "color": BLUE},
}
