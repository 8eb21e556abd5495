"""The benchmark of the dashboard: it prints what it promises, within its bounds."""

import json
import subprocess
import sys
from pathlib import Path

import plotly.graph_objects as go
import pytest

from benchmarks.made_up_run import made_up_run
from clearml_hpo_app.dashboard.figures import panels
from clearml_hpo_app.dashboard.figures.layout import COMPRESSED_FROM

ROOT = Path(__file__).parents[2]


def test_it_prints_one_json_object_with_its_figures():
    command = [sys.executable, "-m", "benchmarks.dashboard_scale", "--json", "--trials", "10", "400"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=200, check=True)
    found = json.loads(done.stdout)["trials"]
    assert set(found) == {"10", "400"}
    assert found["10"]["calls"] == found["400"]["calls"] == 2, "one for the curves, one for everything else"
    for row in [*found.values(), *(row["three_objectives"] for row in found.values())]:
        assert 0 < row["seconds"] < 5
        assert row["largest_plot_bytes"] < COMPRESSED_FROM
    for row in found.values():
        assert row["bytes"] == sum(panel["bytes"] for panel in row["panels"].values())


@pytest.mark.parametrize("objectives", [2, 3])
def test_a_made_up_run_of_several_objectives_is_one_that_every_panel_can_show(objectives):
    run = made_up_run(40, objectives=objectives)
    assert {trial.number for trial in run.trials} == set(range(42))
    for panel in panels(lambda trial: ""):
        go.Figure(panel.draw(panel.rows(run)))
