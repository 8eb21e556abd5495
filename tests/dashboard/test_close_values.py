"""Values that differ late in their digits: every text about them is complete and different from its neighbours."""

import pytest
from dashboard_runs import config, snapshot, trial

from clearml_hpo_app.dashboard.advice import advise
from clearml_hpo_app.dashboard.figures import objective, parallel, slices, summary
from clearml_hpo_app.dashboard.importance import UNKNOWN
from clearml_hpo_app.wording import digits_for

CLOSE = {
    "past the decimal point": [15234 + n / 10 for n in range(14)],
    "near one": [0.99999 + n * 6.3e-7 for n in range(14)],
    "negative": [-1234567.01 + n * 7e-4 for n in range(14)],
    "huge": [1.234567e12 + n * 371 for n in range(14)],
}
close_values = pytest.mark.parametrize("values", CLOSE.values(), ids=CLOSE)


def run_of(values):
    made = [trial(n, v, parameters={"Args/lr": 10 ** -(1 + n / 5)}) for n, v in enumerate(values)]
    return snapshot(
        made, settings=config(parameters=[{"type": "uniform", "name": "Args/lr", "min": 1e-5, "max": 0.1}])
    )


@close_values
def test_ticks_of_the_objective_are_different_texts_and_reach_both_ends(values):
    figure = parallel.draw(parallel.rows(run_of(values)))["data"][0]
    axis = figure["dimensions"][-1]
    assert len(set(axis["ticktext"])) == len(axis["ticktext"]) > 3
    assert axis["tickvals"][0] == pytest.approx(min(values), rel=1e-12)
    assert axis["tickvals"][-1] == pytest.approx(max(values), rel=1e-12)
    bar = figure["line"]["colorbar"]["ticktext"]
    assert len(set(bar)) == len(bar) > 1


@close_values
def test_the_table_and_the_advice_tell_the_best_from_the_second(values):
    run = run_of(values)
    shown = summary.draw(summary.rows(run, lambda _: ""))["data"][0]["cells"]["values"][2]
    assert len(set(shown)) == len(values)
    assert advise(run, UNKNOWN)[0].finding.endswith(f"with validation/loss {shown[0]}")


def test_a_value_far_from_all_others_does_not_hide_what_tells_these_apart():
    assert digits_for([0.5, *CLOSE["near one"]]) >= 7
    assert digits_for([0.5, 0.6, 0.9]) == 4


@close_values
def test_the_title_stands_beside_the_ticks_and_large_values_have_no_exponent(values):
    run = run_of(values)
    for layout in (
        objective.draw(objective.rows(run))["layout"],
        slices.draw(slices.rows(run, UNKNOWN))["layout"],
    ):
        axis = layout["yaxis"]
        assert (axis["automargin"], axis["title"]["standoff"] > 0, axis["minexponent"]) == (
            True,
            True,
            6 if abs(values[0]) >= 1 else 4,
        )
        assert layout["separators"] == "."
