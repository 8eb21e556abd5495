"""The dashboard of the application shows what the controller reports, all of it, under the right names."""

from typing import Any

from app_conf_texts import ours
from pyhocon import ConfigFactory

from clearml_hpo_app.dashboard import names
from clearml_hpo_app.dashboard.figures import panels

LINES: list[dict[str, Any]] = ConfigFactory.parse_string(ours()).as_plain_ordered_dict()["dashboard"]["lines"]
CONTENTS = [content for line in LINES for content in line["contents"]]


def test_all_plots_that_are_reported_are_in_the_list() -> None:
    assert tuple(panel.name for panel in panels(lambda _trial: "")) == names.PLOTS


def test_every_plot_has_a_panel_and_every_panel_a_plot() -> None:
    shown = {(content["metric"], content["variant"]) for content in CONTENTS if content["type"] == "plot"}
    assert shown == {tuple(name) for name in names.PLOTS}


def test_every_scalar_graph_has_a_panel_with_all_its_series() -> None:
    shown = {
        content["metric"]: tuple(content["variant"])
        for content in CONTENTS
        if content["type"] == "scalar-histogram"
    }
    assert shown == dict(names.SCALARS)


def test_the_documented_panels_are_called_as_documented() -> None:
    titles = [content["title"] for content in CONTENTS]
    documented = [
        "Optimization Metric",
        "Optimization Objective",
        "Parallel Coordinates",
        "Summary",
        "Budget",
        "Resources",
    ]
    assert [title for title in titles if title in documented] == documented


def test_every_line_has_a_height_in_which_its_panels_can_be_read() -> None:
    for line in LINES:
        assert 300 <= int(line["style"]["height"].removesuffix("px")) <= 700
