import json
import math
from dataclasses import replace

import plotly.graph_objects as go
import pytest
from dashboard_runs import (
    LOSS,
    START,
    config,
    failed,
    pruned,
    running,
    shares_of,
    snapshot,
    trial,
    typical_run,
    waiting,
    wide_run,
)

from clearml_hpo_app.dashboard.figures import objective, panels, parallel, summary
from clearml_hpo_app.dashboard.figures.layout import COMPRESSED_FROM
from clearml_hpo_app.dashboard.figures.palette import FADED
from clearml_hpo_app.dashboard.figures.scales import even_ticks, objective_scale, parameter_scale
from clearml_hpo_app.dashboard.figures.thinning import evenly
from clearml_hpo_app.dashboard.importance import Importance
from clearml_hpo_app.dashboard.results import counts
from clearml_hpo_app.space.parameters import Discrete, Uniform
from clearml_hpo_app.trials.snapshot import Decision
from clearml_hpo_app.trials.trial import Outcome, TrialState, Verdict

EVIL = "<script>alert('x')</script> \"</div>\" %{evil} \u202e" + "y" * 10_000


def no_link(trial):
    return ""


def link(trial):
    return f"https://clearml.example/tasks/{trial.task_id}"


def texts(figure):
    return json.dumps(figure, allow_nan=False, ensure_ascii=False, separators=(",", ":"))  # as it is sent


# Optimization Objective


def test_points_have_the_kind_of_their_trial_and_failed_ones_no_value():
    rows = objective.rows(snapshot([trial(0, 0.5), pruned(1, 0.9), failed(2, 0.1), running(3, 0.4), waiting(4)]))
    assert [(point.number, point.kind, point.value) for point in rows.points] == [
        (0, Outcome.COMPLETED, 0.5),
        (1, Outcome.PRUNED, 0.9),
        (2, Outcome.FAILED, None),
        (3, Outcome.RUNNING, 0.4),
    ]
    assert rows.notes == ("5 trials: 1 completed, 1 pruned, 1 failed, 1 running, 1 waiting",)


def test_a_trial_that_was_stopped_is_counted_as_such_unless_it_is_a_full_result():
    early = trial(1, state=TrialState.STOPPED, verdict=Verdict.RUN_ENDED)
    limited = trial(2, 0.7, state=TrialState.STOPPED, verdict=Verdict.MAX_ITERATIONS)
    gone = trial(3, 0.3, state=TrialState.DELETED, verdict=Verdict.DELETED)
    rows = objective.rows(snapshot([trial(0, 0.5), early, limited, gone]))
    assert [(point.kind, point.value) for point in rows.points[1:]] == [
        (Outcome.STOPPED, None),
        (Outcome.COMPLETED, 0.7),
        (Outcome.DELETED, None),
    ]
    assert rows.notes == ("4 trials: 2 completed, 1 stopped, 1 deleted",)
    marks = next(trace for trace in objective.draw(rows)["data"] if trace.get("name") == "stopped")
    assert "loss" not in marks["text"][0]


def test_a_trial_that_never_ran_is_left_out_and_counted_and_a_failed_one_stands_in_a_strip_of_its_own():
    never = trial(1, state=TrialState.STOPPED, verdict=Verdict.RUN_ENDED, started=None)
    rows = objective.rows(snapshot([trial(0, 0.5), never, failed(2, started=None)]))
    assert [point.number for point in rows.points] == [0, 2]
    assert rows.notes == ("3 trials: 1 completed, 1 stopped, 1 failed", "1 never ran, left out")
    drawn = objective.draw(rows)
    low, high = drawn["layout"]["yaxis"]["range"]
    (strip,), crosses = drawn["layout"]["shapes"], drawn["data"][2]
    assert 0 < (crosses["y"][0] - low) / (high - low) < strip["y1"] < (0.5 - low) / (high - low)
    assert "no value" in [each["text"] for each in drawn["layout"]["annotations"]]


def test_far_worse_values_do_not_flatten_the_others_and_are_counted():
    figure = objective.draw(
        objective.rows(snapshot([*(trial(n, 0.5 + n / 100) for n in range(20)), trial(20, 40.0)]))
    )
    low, high = figure["layout"]["yaxis"]["range"]
    assert (low > 0.4, high < 0.8) == (True, True)
    assert "1 far worse beyond the axis" in figure["layout"]["annotations"][0]["text"]


def test_the_best_so_far_has_a_step_at_every_improvement_of_ended_trials():
    rows = objective.rows(snapshot([trial(0, 0.5), trial(1, 0.7), pruned(2, 0.4), running(3, 0.1)]))
    assert rows.best == ((0, 0.5), (2, 0.4))
    assert rows.last == 3


def test_the_hover_lists_parameters_and_why():
    point = objective.rows(snapshot([pruned(0, 0.9)])).points[0]
    assert point.hover == ("lr 0.01", "stopped at iteration 3: 0.9 is above the median 0.31 of 9 trials")


def test_failed_trials_lie_just_outside_the_range_of_the_values():
    figure = objective.draw(objective.rows(snapshot([trial(0, 0.5), trial(1, 0.7), failed(2)])))
    crosses = next(trace for trace in figure["data"] if trace.get("name") == "failed")
    low, _ = figure["layout"]["yaxis"]["range"]
    assert low < crosses["y"][0] < 0.5


@pytest.mark.parametrize(
    ("values", "kind"), [((1e-4, 0.5), "log"), ((0.1, 0.5), "linear"), ((-1e-4, 500.0), "linear")]
)
def test_positive_values_over_orders_of_magnitude_get_a_log_axis(values, kind):
    figure = objective.draw(objective.rows(snapshot([trial(n, value) for n, value in enumerate(values)])))
    assert figure["layout"]["yaxis"]["type"] == kind
    assert figure["data"][0]["type"] == "bar"  # a scatter in front would make the UI force a linear axis


@pytest.mark.parametrize("trend", ["min", "max"])
def test_at_most_2000_points_are_drawn_with_what_matters_among_them(trend):
    run = typical_run(5000, settings=config(objectives=[{**LOSS, "trend": trend}]))
    rows = objective.rows(run)
    drawn = {point.number for point in rows.points}
    assert len(rows.points) == 2000
    assert {trial.number for trial in run.ranked[:200]} <= drawn
    assert {number for number, _ in rows.best} <= drawn
    assert "shown: 2 000" in rows.notes[1]
    assert rows.best[-1][1] == run.best.values[0]


def test_ten_thousand_improvements_are_thinned_too():
    run = snapshot([trial(number, 1.0 / (number + 1)) for number in range(10_000)], seconds=600_000)
    rows = objective.rows(run)
    assert len(rows.points) <= 2000
    assert len(rows.best) <= 2000
    assert rows.best[-1] == (9_999, 1e-4)


@pytest.mark.parametrize(("count", "found"), [(0, []), (1, [0]), (3, [0, 5, 9]), (10, list(range(10)))])
def test_evenly_keeps_both_ends(count, found):
    chosen = evenly(range(10), count)
    assert len(chosen) == len(found)
    assert chosen[:1] + chosen[-1:] == found[:1] + found[-1:]


def test_what_lies_beyond_the_axis_is_counted_among_all_trials_not_only_those_drawn():
    run = snapshot([trial(n, 1e30 if n % 3 == 0 else 0.1 + n / 1e5) for n in range(6000)])
    assert "2 000 far worse beyond the axis" in texts(objective.draw(objective.rows(run)))


# Parallel Coordinates


def test_parameters_come_first_and_the_objective_last_in_bold():
    figure = parallel.draw(parallel.rows(typical_run(30)))
    labels = [dimension["label"] for dimension in figure["data"][0]["dimensions"]]
    assert labels == [
        "lr (log)",
        "weight_decay (log)",
        "dropout",
        "layers",
        "optimizer",
        "batch_size",
        "<b>loss</b>",
    ]


def test_failed_trials_are_left_out_and_counted():
    rows = parallel.rows(snapshot([trial(0, 0.5), failed(1), trial(2, float("nan")), pruned(3, 0.7)]))
    assert rows.notes == ("2 trials", "2 failed or without a value left out")
    assert rows.axes[-1].scale.positions == (0.5, 0.7)


def test_the_best_300_are_drawn():
    run = typical_run(1000)
    rows = parallel.rows(run)
    assert len(rows.axes[0].scale.positions) == 300
    assert rows.axes[-1].scale.positions[0] == pytest.approx(run.best.values[0], rel=1e-3)
    assert rows.notes[0].startswith("the best 300 of 9")


def test_a_log_axis_has_logarithms_and_a_tick_at_every_decade():
    scale = parameter_scale(Uniform(name="A/lr", min=1e-4, max=0.1, scale="log"), [1e-3, 0.01])
    assert scale.positions == (-3.0, -2.0)
    assert scale.ticks == ((-4.0, "0.0001"), (-3.0, "0.001"), (-2.0, "0.01"), (-1.0, "0.1"))
    assert scale.ends == (-4.0, -1.0)


def test_categories_are_codes_with_their_texts():
    parameter = Discrete(name="A/x", values=["adam", "1", 2, True])
    scale = parameter_scale(parameter, [True, "adam", None])
    assert scale.positions == (3.0, 0.0, 4.0)
    assert [text for _, text in scale.ticks] == ["adam", '"1"', "2", "True", "–"]
    assert scale.ends == (-0.15, 4.15)


def test_integers_have_whole_ticks():
    scale = parameter_scale(Uniform(name="A/n", min=1, max=4), [2, 3])
    assert scale.ticks == ((1, "1"), (2, "2"), (3, "3"), (4, "4"))


def test_a_value_that_does_not_fit_lies_below_the_axis():
    scale = parameter_scale(Uniform(name="A/x", min=0.0, max=1.0), [0.5, None, "auto"])
    assert scale.positions == (0.5, -0.1, -0.1)
    assert scale.ticks[0] == (-0.1, "–")


@pytest.mark.parametrize("trend", ["min", "max"])
def test_the_best_trial_has_the_colour_that_is_painted_last(trend):
    run = snapshot(
        [trial(n, value) for n, value in enumerate((0.1, 0.2, 0.5, 0.9))],
        settings=config(objectives=[{**LOSS, "trend": trend}]),
    )
    line = parallel.draw(parallel.rows(run))["data"][0]["line"]
    assert line["color"][0] == max(line["color"]) == line["cmax"]  # rows are best first
    assert isinstance(line["color"], list)


def test_axes_have_lines_that_are_seen_on_dark_and_few_trials_are_drawn_in_three_strokes():
    few, many = (parallel.draw(parallel.rows(typical_run(count))) for count in (20, 200))
    assert [shape["x0"] for shape in few["layout"]["shapes"]] == [place / 6 for place in range(7)]
    assert {shape["line"]["color"] for shape in few["layout"]["shapes"]} == {FADED}
    for figure, strokes in ((few, 3), (many, 1)):
        trace = figure["data"][0]
        drawn = len(trace["line"]["color"])
        assert {len(dimension["values"]) for dimension in trace["dimensions"]} == {drawn}
        assert drawn % strokes == 0 and (drawn < 60 * 3) == (strokes == 3)


@pytest.mark.parametrize("power", [0, 8])
def test_the_colour_bar_has_numbers_where_the_worst_lie_far_away(power):
    values = [(1 + n / 50) * 10 ** (power * n / 50) for n in range(46)] + [1e40] * 4
    rows = parallel.rows(snapshot([trial(n, value) for n, value in enumerate(values)]))
    assert rows.notes == ("the best 46 of 50 trials", "4 far worse left out")
    assert rows.axes[-1].scale.ends[1] < 10
    line = parallel.draw(rows)["data"][0]["line"]
    shown = [place for place in line["colorbar"]["tickvals"] if line["cmin"] <= place <= line["cmax"]]
    assert len(shown) == len(line["colorbar"]["ticktext"]) >= 3


def test_of_many_parameters_the_most_important_have_an_axis_in_the_order_of_the_configuration():
    space = [{"type": "uniform", "name": f"Args/p{n}", "min": 0.0, "max": 1.0} for n in range(50)]
    made = [trial(n, n / 10, parameters={each["name"]: n / 10 for each in space}) for n in range(3)]
    run = snapshot(made, settings=config(parameters=space))
    shares = Importance(tuple((f"Args/p{n}", 1 / 50) for n in reversed(range(50))))
    known, unknown = parallel.rows(run, shares), parallel.rows(run)
    assert [axis.label for axis in known.axes] == [*(f"p{n}" for n in range(30, 50)), "loss"]
    assert [axis.label for axis in unknown.axes] == [*(f"p{n}" for n in range(20)), "loss"]
    assert known.notes[-1] == "the 20 most important of 50 parameters"
    assert unknown.notes[-1] == "the 20 first of 50 parameters"


def test_names_of_categories_on_the_first_axis_have_room():
    space = [
        {"type": "discrete", "name": "Args/model", "values": ["resnet50-pretrained", "vit-base-16"]},
        {"type": "uniform", "name": "Args/lr", "min": 0.0, "max": 1.0},
    ]
    made = [trial(n, float(n), parameters={"Args/model": "vit-base-16", "Args/lr": 0.5}) for n in range(3)]
    rows = parallel.rows(snapshot(made, settings=config(parameters=space)))
    widest = max(len(text) for _, text in rows.axes[0].scale.ticks)
    assert parallel.draw(rows)["layout"]["margin"]["l"] >= 7 * widest


def test_upright_names_of_sixteen_wide_letters_have_room_below():
    space = [{"type": "uniform", "name": f"Args/{'W' * 15}{n}", "min": 0.0, "max": 1.0} for n in range(9)]
    made = [trial(n, n / 10, parameters={each["name"]: n / 10 for each in space}) for n in range(3)]
    layout = parallel.draw(parallel.rows(snapshot(made, settings=config(parameters=space))))["layout"]
    assert layout["margin"]["b"] >= 16 * 8 + 28


def test_an_objective_over_orders_of_magnitude_gets_a_log_axis():
    scale, logarithmic = objective_scale([1e-3, 1.0, 100.0])
    assert logarithmic
    assert scale.positions == (-3.0, 0.0, 2.0)


def test_names_that_differ_in_their_section_keep_it():
    both = [{"type": "uniform", "name": f"{section}/lr", "min": 0.0, "max": 1.0} for section in ("A", "B")]
    run = snapshot([trial(0, 0.5, parameters={"A/lr": 0.1, "B/lr": 0.2})], settings=config(parameters=both))
    assert [axis.label for axis in parallel.rows(run).axes] == ["A/lr", "B/lr", "loss"]


@pytest.mark.parametrize(("low", "high"), [(0.0, 0.6), (-5, 5), (0.123, 0.1234), (0, 1e300), (1, 1_000_000)])
def test_ticks_are_few_and_within_the_ends(low, high):
    ticks = even_ticks(low, high, integer=False)
    assert 2 <= len(ticks) <= 12
    assert all(low - 1e-9 * (high - low) <= tick <= high * (1 + 1e-9) for tick in ticks)


# Summary


def test_the_best_come_first_then_running_ones_then_the_rest():
    rows = summary.rows(
        snapshot([failed(0), trial(1, 0.5), waiting(2), running(3), trial(4, 0.3), pruned(5, 0.9)]), no_link
    )
    assert [(row.rank, row.task) for row in rows.rows] == [
        (1, "#4"),
        (2, "#1"),
        (3, "#5"),
        (None, "#3"),
        (None, "#2"),
        (None, "#0"),
    ]


def test_a_row_says_what_became_of_the_trial_and_why():
    row = summary.rows(snapshot([failed(0, attempt=2)]), link).rows[0]
    assert row == summary.SummaryRow(
        rank=None,
        task="#0 (attempt 2)",
        address="https://clearml.example/tasks/task0000",
        objectives=(None,),
        status="failed",
        why="RuntimeError: out of memory",
        iterations=10,
        run_time="50 s",
        parameters=("0.01", "", "", "", "", ""),
    )


def test_the_task_is_linked_exactly_as_the_ui_wants_it():
    cells = summary.draw(summary.rows(snapshot([trial(7, 0.5)]), link))["data"][0]["cells"]["values"]
    assert cells[1] == ['<a href="https://clearml.example/tasks/task0007">#7</a>']


def test_the_table_of_several_objectives_tells_what_ranks():
    both = [{"title": "validation", "series": name, "trend": "min"} for name in ("loss", "seconds")]
    ranked = "ranked by Pareto front, then by the first objective"
    several = snapshot([trial(0, (0.5, 3.0))], settings=config(objectives=both))
    assert ranked in summary.rows(several, no_link).notes
    assert ranked not in summary.rows(snapshot([trial(0, 0.5)]), no_link).notes


def test_a_table_shows_200_rows_and_counts_the_rest():
    run = typical_run(300)
    rows = summary.rows(run, no_link)
    assert len(rows.rows) == 200
    assert rows.notes[0] == "200 shown, 100 more with clearml-hpo show --all"
    ended = summary.rows(replace(run, status="completed"), no_link)
    assert ended.notes[0] == "200 shown, 100 more in the artifact “trials”"


@pytest.mark.parametrize(("seconds", "shown"), [(30, "< 1 min"), (119, "1 min"), (7385, "2 h 03 min")])
def test_the_time_of_a_running_trial_has_no_seconds(seconds, shown):
    assert summary.rows(snapshot([running(0)], seconds=seconds), no_link).rows[0].run_time == shown


def test_headers_break_where_words_end():
    named = [{"type": "uniform", "name": "Args/gradient_accumulation_steps", "min": 1, "max": 9}]
    figure = summary.draw(summary.rows(snapshot([trial(0, 0.5)], settings=config(parameters=named)), no_link))
    headers = figure["data"][0]["header"]["values"]
    assert headers[2] == "validation/<br>loss"
    assert headers[-4] == "gradient_<br>accumulation_<br>steps"


# All of them

PANELS = {panel.name.title: panel for panel in panels(link, lambda run: shares_of(run, 0.6, 0.3))}
NEED_A_VALUE = ["Optimization Objective", "Parallel Coordinates", "Slice"]


@pytest.mark.parametrize("title", NEED_A_VALUE)
def test_not_yet_is_a_sentence(title):
    panel = PANELS[title]
    figure = panel.draw(panel.rows(snapshot([failed(0), waiting(1)])))
    said = figure["layout"]["annotations"][0]["text"]
    assert said.startswith("needs 1 finished trial with a value, has 0")
    go.Figure(figure)


@pytest.mark.parametrize("title", PANELS)
def test_a_run_that_has_just_begun_has_a_figure_or_a_sentence_everywhere(title):
    panel = PANELS[title]
    figure = panel.draw(panel.rows(snapshot([])))
    assert figure["data"][0]["type"] == "table" or figure["layout"]["annotations"][0]["text"]


def hostile_run():
    """A run in which every text that a person or a script can choose is meant to do harm."""
    names = [f"Args/{place}{EVIL[:60]}".strip() for place in "ab"]
    spoilt = config(
        parameters=[{"type": "discrete", "name": name, "values": [EVIL, "b"]} for name in names],
        objectives=[{"title": EVIL, "series": EVIL}, {"title": EVIL, "series": f"{EVIL}2"}],
        execution_queue=EVIL,
    )
    given = dict.fromkeys(names, EVIL)
    facts = {"parameters": given, "name": EVIL, "worker": EVIL, "created": START}
    trials = [trial(number, (0.5 + number, 9.0 - number), **facts) for number in range(12)]
    trials += [failed(number, **{**facts, "reason": EVIL}) for number in range(12, 40)]
    trials += [running(40, (0.5, 0.5), **facts), pruned(41, (3.0, 3.0), **{**facts, "reason": EVIL}), waiting(42)]
    return snapshot(
        trials,
        settings=spoilt,
        workers=1,
        reason=EVIL,
        choices=(f"method: {EVIL}",),
        decisions=(Decision(START, EVIL, 3, EVIL),),
        curves={trial.task_id: [(1, 0.5), (2, 0.4)] for trial in trials},
    )


@pytest.mark.parametrize("title", PANELS)
def test_what_comes_from_others_cannot_become_markup(title):
    panel = PANELS[title]
    written = texts(panel.draw(panel.rows(hostile_run())))
    assert "<script" not in written
    assert "</div" not in written
    assert "\u202e" not in written
    assert "%{evil" not in written
    assert len(written) < 20_000


@pytest.mark.parametrize("title", PANELS)
@pytest.mark.parametrize("count", [0, 1, 30])
def test_figures_follow_the_rules_of_the_ui(title, count):
    panel = PANELS[title]
    figure = panel.draw(panel.rows(typical_run(count)))
    layout = figure["layout"]
    assert layout["height"] == 460
    assert not {"width", "title", "font", "paper_bgcolor", "template"} & set(layout)
    assert layout["plot_bgcolor"] == "rgba(0,0,0,0)"
    assert figure["data"][0]["type"] != "scatter", "the UI would force its y axis to be linear"
    for trace in figure["data"]:
        drawn_on = {
            key: trace.get(key, key[0])[0] + "axis" + trace.get(key, key[0])[1:] for key in ("xaxis", "yaxis")
        }
        assert trace["type"] == "table" or set(drawn_on.values()) <= set(layout), (
            "else its grid stays white on dark"
        )


@pytest.mark.parametrize("title", PANELS)
@pytest.mark.parametrize("parameters", [1, 6, 50])
def test_every_plot_stays_below_what_a_server_compresses(title, parameters):
    panel = PANELS[title]
    run = wide_run(2500, parameters)
    written = texts(panel.draw(panel.rows(run)))
    assert len(written) < COMPRESSED_FROM


def test_counts_say_every_kind():
    assert counts(snapshot([])) == "no trials yet"
    assert counts(snapshot([trial(0, 0.5)])) == "1 trial: 1 completed"
    assert counts(snapshot([trial(0, math.inf)])) == "1 trial: 1 without a value"
