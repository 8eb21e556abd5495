"""Colours and markers, chosen to be read on ClearML's light and dark backgrounds."""

from collections.abc import Mapping
from typing import Any

from clearml_hpo_app.trials.trial import Outcome

BLUE, GREY, RED, ORANGE, VIOLET = "#4C8BF5", "#8A94A6", "#E05252", "#E8833A", "#9A6BC4"
YELLOW = "#D8B13C"
FADED = "rgba(138,148,166,0.7)"
"""Grey for what is only background."""

FAINT = "rgba(138,148,166,0.16)"
"""Grey for areas behind what is shown."""

TRANSPARENT = "rgba(0,0,0,0)"

SCALE = [[0, "#3D7BD9"], [0.5, "#9A6BC4"], [1, "#F0913A"]]
"""Colours from bad to good."""

REVERSED_SCALE = [[0, "#F0913A"], [0.5, "#9A6BC4"], [1, "#3D7BD9"]]
DARK = "#1F2430"

HOVER_LABEL: Mapping[str, Any] = {
    "bgcolor": DARK,
    "bordercolor": DARK,
    "font": {"color": "#FFFFFF", "size": 12},
    "align": "left",
}
"""For every trace: the UI drops the one of the layout."""

NOTE_HOVER_LABEL = {key: value for key, value in HOVER_LABEL.items() if key != "align"}
"""For annotations, which know no alignment."""

MARKERS: Mapping[Outcome, Mapping[str, str]] = {
    Outcome.COMPLETED: {"symbol": "circle", "color": BLUE},
    Outcome.PRUNED: {"symbol": "circle-open", "color": GREY},
    Outcome.STOPPED: {"symbol": "square-open", "color": GREY},
    Outcome.FAILED: {"symbol": "x", "color": RED},
    Outcome.NO_VALUE: {"symbol": "x", "color": GREY},
    Outcome.DELETED: {"symbol": "x-open", "color": GREY},
    Outcome.RUNNING: {"symbol": "diamond-open", "color": BLUE},
}

BARS: Mapping[Outcome, str] = {
    Outcome.COMPLETED: BLUE,
    Outcome.RUNNING: "#7FB2FF",
    Outcome.PRUNED: GREY,
    Outcome.STOPPED: VIOLET,
    Outcome.FAILED: RED,
    Outcome.NO_VALUE: "#B9793E",
    Outcome.DELETED: "#5E6675",
    Outcome.WAITING: YELLOW,
}
"""Colours of bars, which have no marker to tell them apart by."""
