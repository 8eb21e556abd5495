"""Importance, slices and contour: what the search has found out about the parameters."""

import math
import threading
from dataclasses import replace

import plotly.graph_objects as go
import pytest
from dashboard_runs import LOSS, config, failed, pruned, shares_of, snapshot, trial, typical_run

from clearml_hpo_app.dashboard.figures import contour, importance, slices
from clearml_hpo_app.dashboard.importance import UNKNOWN, BackgroundImportance, Importance
from clearml_hpo_app.trials.reach import reach

LR = {"type": "uniform", "name": "Args/lr", "min": 1e-5, "max": 0.1, "scale": "log"}


def said(figure):
    return figure["layout"]["annotations"][0]["text"]


# Parameter Importance


def test_bars_have_the_names_without_their_section_and_the_largest_share_on_top():
    run = typical_run(60)
    figure = importance.draw(importance.rows(run, shares_of(run, 0.61, 0.384, 0.006)))
    bars = figure["data"][0]
    assert figure["layout"]["yaxis"]["ticktext"][:3] == ["lr", "weight_decay", "dropout"]
    assert bars["text"][:4] == ["61 %", "38 %", "< 1 %", "0 %"]
    assert figure["layout"]["yaxis"]["range"] == [5.5, -0.5]
    assert len(set(bars["marker"]["color"])) == 2, "what has no influence has another colour"


def test_what_few_results_say_is_called_rough():
    run = typical_run(20)
    few, enough = (importance.rows(run, shares_of(run)._replace(results=count)) for count in (29, 30))
    assert few.notes[0] == "PED-ANOVA of 29 results: few, so a rough estimate"
    assert enough.notes[0] == "PED-ANOVA of 30 results"


def test_many_parameters_are_summed_up():
    space = [{"type": "uniform", "name": f"Args/p{n}", "min": 0.0, "max": 1.0} for n in range(20)]
    run = snapshot([], settings=config(parameters=space))
    rows = importance.rows(run, shares_of(run, *[0.05] * 20))
    assert len(rows.bars) == 16
    assert rows.notes[1] == "4 more parameters with 20 % together"


@pytest.mark.parametrize(
    ("count", "sentence"),
    [(9, "needs 10 finished trials with a value, has 9"), (12, "is being worked out, from 12 results")],
)
def test_importance_says_what_it_waits_for(count, sentence):
    run = snapshot([trial(number, float(number)) for number in range(count)])
    assert said(importance.draw(importance.rows(run, UNKNOWN))) == sentence


def test_importance_is_worked_out_beside_the_reports_and_anew_with_5_percent_more_results():
    asked, go_on = [], threading.Event()

    def work_out(run):
        asked.append(len(run.trials))
        go_on.wait(10)
        return Importance((("Args/lr", 1.0),), len(run.trials))

    def run_of(count, **more):
        return snapshot([trial(number, float(number)) for number in range(count)], **more)

    known = BackgroundImportance(work_out)
    assert known.latest(run_of(9)) == known.latest(run_of(100)) == known.latest(run_of(101)) == UNKNOWN
    go_on.set()
    last = known.latest(run_of(101, status="completed"))
    assert last.results == 101, "what is shown at the end is of all results"
    for count in (102, 106, 107):
        known.latest(run_of(count))
    assert known.latest(run_of(108, status="completed")).results == 108
    assert asked == [100, 101, 107, 108]


def test_a_failure_to_work_it_out_is_logged_and_leaves_what_was_known(caplog):
    known = BackgroundImportance(lambda run: Importance((), 1 // 0))
    run = snapshot([trial(number, float(number)) for number in range(10)], status="completed")
    assert known.latest(run) == UNKNOWN
    assert "could not be worked out: integer division" in caplog.text


# Slice


def test_slices_show_the_most_important_parameters_first_with_one_range_of_values():
    run = typical_run(60)
    figure = slices.draw(slices.rows(run, Importance((("Args/optimizer", 0.6), ("Args/lr", 0.4)), 50)))
    layout = figure["layout"]
    titles = [layout[f"xaxis{ending}"]["title"]["text"] for ending in ("", "2", "3")]
    assert titles == ["optimizer", "lr (log)", "…decay (log)"]
    assert len({str(layout[f"yaxis{ending}"]["range"]) for ending in ("", "2", "3", "4", "5", "6")}) == 1
    assert layout["xaxis2"]["ticktext"] == ["1e-5", "0.0001", "0.001", "0.01", "0.1"][::2]
    go.Figure(figure)


def test_a_slice_is_coloured_by_trial_number_and_tells_pruned_ones_apart():
    figure = slices.draw(slices.rows(snapshot([trial(0, 0.5), pruned(1, 0.7), trial(2, 0.4)]), UNKNOWN))
    by_name = {trace["name"]: trace for trace in figure["data"] if trace.get("name")}
    assert by_name["completed"]["marker"]["color"] == [2, 0]
    assert by_name["pruned"]["marker"]["symbol"] == "circle-open"


def test_slices_draw_2000_points_at_most_and_say_so():
    rows = slices.rows(typical_run(3000), UNKNOWN)
    assert len(rows.trials) == (2000 - 400) // 6 + 400 // 6
    assert rows.notes[0].startswith("266 of 2 8")
    assert rows.trials[0].value == min(point.value for point in rows.trials if point.value is not None)


def test_failed_and_far_worse_trials_stand_in_a_strip_under_the_others_where_their_parameters_are_seen():
    made = [trial(number, 0.1 + number / 100, parameters={"Args/lr": 0.001}) for number in range(21)]
    lost = [trial(21, 1e9, parameters={"Args/lr": 0.05}), failed(22, parameters={"Args/lr": 0.06})]
    rows = slices.rows(snapshot([*made, *lost], settings=config(parameters=[LR])), UNKNOWN)
    assert rows.notes == ("21 trials", "at the bottom: 1 far worse, 1 failed")
    figure = slices.draw(rows)
    [strip] = [trace for trace in figure["data"] if trace.get("name") == "without a value to show"]
    assert strip["text"] == ["<b>trial 21</b> (far worse)", "<b>trial 22</b> (failed)"]
    assert strip["x"] == [pytest.approx(math.log10(value), abs=1e-3) for value in (0.05, 0.06)]
    assert max(strip["y"]) < 0.1 and min(strip["y"]) > figure["layout"]["yaxis"]["range"][0]
    assert len(figure["layout"]["shapes"]) == 1
    assert slices.draw(slices.rows(snapshot(made), UNKNOWN))["layout"]["shapes"] == []


def test_of_many_lost_trials_some_stand_in_the_strip_and_their_number_is_told():
    run = snapshot([*(trial(n, float(n)) for n in range(9)), *(failed(n) for n in range(9, 1009))])
    rows = slices.rows(run, UNKNOWN)
    assert rows.notes[1] == "at the bottom: 1 000 failed (66 of them)"
    assert len(rows.trials) == 9 + 66


def test_a_trial_that_is_far_worse_by_another_objective_is_in_the_slices_of_the_first():
    both = config(objectives=[LOSS, {"title": "validation", "series": "seconds", "trend": "min"}])
    run = snapshot([trial(n, (0.5 + n / 100, 1e30 if n == 3 else 9.0 + n)) for n in range(9)], settings=both)
    rows = slices.rows(run, UNKNOWN)
    assert {number for number, _, _ in rows.trials} == set(range(9))
    assert rows.notes == ("9 trials",)


@pytest.mark.parametrize(
    ("values", "sign", "limit"),
    [
        ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, -1e6], 1, 1.0),
        ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, -1e6], -1, 7.0),
        ([-1.0, 1e6], -1, 1e6),
        ([1e-6, *[1e3] * 9], -1, 1e3),
        ([1e-6, *[1e3] * 9], 1, 1e3),
        ([*[0.1, 0.5] * 9, 7.0, 1e30], -1, 0.5),
        ([10.0**power for power in range(-9, 9)], -1, 1e8),
        ([*[0.5] * 9, 7.0], -1, 0.5),
        ([0.0, *[5.0] * 9, 6.0], -1, 6.0),
        ([*[0.25, 0.3, 0.5, 0.68] * 3, *[1e30] * 8], -1, 0.68),
        ([0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1e30], -1, 0.8),
        ([0.3, 0.5, 1e30], -1, 0.5),
        ([0.3, 0.31, 5e4], -1, 0.31),
        ([0.3, 0.31, 8.0], -1, 8.0),
        ([0.6, 0.63, 0.66, 0.69, 0.72, 0.75, 1e5], -1, 0.75),
        ([1e-6, 1e-4, 1e-2, 10.0], -1, 10.0),
        ([0.9, 0.8, -1e30], 1, 0.8),
        ([*(0.28 + n / 20 for n in range(10)), 77.0, *[8e5] * 5], -1, 0.73),
        ([0.276, 0.3, 0.34, 0.36, 0.4, 0.42, 0.45, 0.525, 0.884, 0.899], -1, 0.899),
        ([0.0, 0.0, 1.0], -1, 1.0),
        ([3.0], 1, 3.0),
    ],
)
def test_values_far_worse_than_the_better_half_are_out_of_reach(values, sign, limit):
    assert reach(values, sign) == limit


# Contour


@pytest.mark.parametrize("count", [24, 25, 40])
def test_every_category_has_a_cell_of_its_own(count):
    kinds = [f"kind {n:02}" for n in range(count)]
    space = [
        {"type": "discrete", "name": "Args/kind", "values": kinds},
        {"type": "uniform", "name": "Args/lr", "min": 0.0, "max": 1.0},
    ]
    made = [
        trial(
            n, 0.1 if n % count % 2 else 1.0, parameters={"Args/kind": kinds[n % count], "Args/lr": n // count / 3}
        )
        for n in range(3 * count)
    ]
    run = snapshot(made, settings=config(parameters=space))
    field = contour.draw(contour.rows(run, Importance((("Args/kind", 0.9), ("Args/lr", 0.1)), 60)))["data"][0]
    assert field["x"] == [float(n) for n in range(count)]
    heights = [height for line in field["z"] for height in line if height is not None]
    assert (min(heights), max(heights)) == (pytest.approx(0.1), pytest.approx(1.0))


def bowl(count):
    """Trials on a grid whose value is their distance to the middle."""
    space = [{"type": "uniform", "name": f"Args/{name}", "min": 0.0, "max": 1.0} for name in "xyz"]
    side = math.isqrt(count)
    points = [(a / (side - 1), b / (side - 1)) for a in range(side) for b in range(side)]
    made = [
        trial(n, (x - 0.5) ** 2 + (y - 0.5) ** 2, parameters={"Args/x": x, "Args/y": y, "Args/z": 0.5})
        for n, (x, y) in enumerate(points)
    ]
    return snapshot(made, settings=config(parameters=space))


def test_a_contour_is_low_where_the_trials_are_good():
    run = bowl(81)
    figure = contour.draw(contour.rows(run, shares_of(run, 0.6, 0.4)))
    surface = figure["data"][0]
    assert surface["type"] == "contour"
    assert (len(surface["x"]), len(surface["z"])) == (20, 20)
    middle, corner = surface["z"][10][10], surface["z"][0][0]
    assert middle < 0.05 < 0.4 < corner
    assert (figure["layout"]["xaxis"]["title"]["text"], figure["layout"]["yaxis"]["title"]["text"]) == ("x", "y")
    go.Figure(figure)


def test_one_category_tells_nothing_of_another():
    space = [
        {"type": "discrete", "name": "Args/kind", "values": ["bad", "good", "never"]},
        {"type": "uniform", "name": "Args/x", "min": 0.0, "max": 1.0},
    ]
    made = [
        trial(n, 9.0 if kind == "bad" else 1.0, parameters={"Args/kind": kind, "Args/x": n / 20})
        for n, kind in enumerate(["bad", "good"] * 10)
    ]
    run = snapshot(made, settings=config(parameters=space))
    surface = contour.draw(contour.rows(run, shares_of(run, 0.4, 0.6)))["data"][0]
    assert surface["type"] == "heatmap"
    columns = [set(column) for column in zip(*surface["z"], strict=True)]
    by_kind = columns if len(columns) == 3 else [set(line) for line in surface["z"]]
    assert by_kind == [{9.0}, {1.0}, {None}]


def test_far_worse_trials_are_told_where_their_colour_is_another():
    run = bowl(81)
    worst = [replace(each, values=(1e30,)) for each in run.trials[:20]]
    rows = contour.rows(snapshot([*worst, *run.trials[20:]], settings=run.config), shares_of(run, 0.6, 0.4))
    assert rows.notes[0] == "81 trials, 20 far worse ones coloured as the worst of the others"


def test_nothing_is_said_far_from_every_trial():
    run = bowl(81)
    near = [each for each in run.trials if each.parameters["Args/x"] <= 0.5]
    rows = contour.rows(snapshot(near, settings=run.config), shares_of(run, 0.6, 0.4))
    line = contour.draw(rows)["data"][0]["z"][10]
    told = [place / 19 for place, value in enumerate(line) if value is not None]
    assert (told[0], round(told[-1], 2)) == (0, 0.74)


def test_values_over_orders_of_magnitude_are_coloured_by_their_logarithms():
    run = bowl(81)
    made = [replace(each, values=(10 ** (8 * each.values[0]),)) for each in run.trials]
    rows = contour.rows(snapshot(made, settings=run.config), shares_of(run, 0.6, 0.4))
    surface = contour.draw(rows)["data"][0]
    assert (surface["zmin"], surface["zmax"]) == (0.0, 4.0)
    assert surface["colorbar"]["ticktext"] == ["1", "10", "100", "1000", "10000"]
    assert surface["text"][10][10] == f"{10 ** surface['z'][10][10]:.3g}"
    go.Figure(contour.draw(rows))


def test_the_best_trial_is_the_star():
    run = bowl(81)
    star = contour.draw(contour.rows(run, shares_of(run, 0.6, 0.4)))["data"][2]
    assert (star["x"], star["y"], star["marker"]["symbol"]) == ([0.5], [0.5], "star")


@pytest.mark.parametrize("trend", ["min", "max"])
def test_good_has_one_colour_whatever_the_trend(trend):
    run = typical_run(40, settings=config(objectives=[{**LOSS, "trend": trend}]))
    surface = contour.draw(contour.rows(run, shares_of(run, 0.6, 0.4)))["data"][0]
    assert surface["colorscale"][0 if trend == "min" else -1][1] == "#F0913A"


def test_categories_are_fields_rather_than_contours():
    run = typical_run(60)
    shares = Importance((("Args/optimizer", 0.7), ("Args/lr", 0.3)), 50)
    figure = contour.draw(contour.rows(run, shares))
    assert figure["data"][0]["type"] == "heatmap"
    assert figure["data"][0]["x"] == [0.0, 1.0, 2.0]
    assert figure["layout"]["xaxis"]["ticktext"] == ["adam", "sgd", "rmsprop"]
    go.Figure(figure)


def test_a_contour_says_what_it_waits_for():
    one = config(parameters=[{"type": "uniform", "name": "Args/x", "min": 0.0, "max": 1.0}])
    assert (
        said(contour.draw(contour.rows(snapshot([], settings=one), UNKNOWN)))
        == "needs 2 parameters that vary, has 1"
    )
    few = snapshot([trial(0, 0.5)])
    assert (
        said(contour.draw(contour.rows(few, UNKNOWN)))
        == "needs 10 trials with a value that ran to their end, has 1"
    )
    assert said(contour.draw(contour.rows(typical_run(40), UNKNOWN))).startswith("waits for the importance")


def test_a_contour_takes_120_trials_at_most_and_says_so():
    run = typical_run(3000)
    rows = contour.rows(run, shares_of(run, 0.6, 0.4))
    assert len(rows.trials) == 120
    assert rows.notes[0].startswith("120 of 2 4")


def test_axes_of_logarithmic_parameters_say_so():
    run = typical_run(40)
    layout = slices.draw(slices.rows(run, shares_of(run, 0.5, 0.3, 0.2)))["layout"]
    assert [layout[axis]["title"]["text"] for axis in ("xaxis", "xaxis2", "xaxis3")] == [
        "lr (log)",
        "…decay (log)",
        "dropout",
    ]
    layout = contour.draw(contour.rows(run, shares_of(run, 0.5, 0.3, 0.2)))["layout"]
    assert [layout[axis]["title"]["text"] for axis in ("xaxis", "yaxis")] == ["lr (log)", "weight_decay (log)"]
