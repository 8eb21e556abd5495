"""Learning curves, timeline, Pareto front and decisions: what the run did."""

from dataclasses import replace
from datetime import timedelta

import plotly.graph_objects as go
import pytest
from dashboard_runs import LOSS, START, config, pruned, running, snapshot, trial, waiting

from clearml_hpo_app.dashboard.figures import decisions, learning, parallel, pareto, timeline
from clearml_hpo_app.dashboard.figures.palette import REVERSED_SCALE
from clearml_hpo_app.trials.snapshot import Decision
from clearml_hpo_app.trials.trial import Outcome, TrialState, Verdict

SECONDS = {"title": "validation", "series": "seconds", "trend": "min"}


def said(figure):
    return figure["layout"]["annotations"][0]["text"]


def no_link(trial):
    return ""


def at(seconds):
    return START + timedelta(seconds=seconds)


# Learning Curves


def with_curves(trials, steps=9):
    curves = {each.task_id: [(step, each.number + 1 / step) for step in range(1, steps + 1)] for each in trials}
    return snapshot(trials, curves=curves)


def test_the_best_lies_on_top_and_pruned_ones_at_the_bottom():
    run = with_curves([trial(0, 0.5), trial(1, 0.4), running(2), pruned(3, 0.9), waiting(4)])
    rows = learning.rows(run)
    assert [(line.number, line.kind) for line in rows.lines] == [
        (3, "pruned"),
        (2, "running"),
        (0, "among the best"),
        (1, "best"),
    ]
    assert rows.notes == ("2 best, 1 running, 1 pruned last",)
    go.Figure(learning.draw(rows))


def test_each_kind_is_in_the_legend_once():
    run = with_curves([trial(number, float(number)) for number in range(6)])
    figure = learning.draw(learning.rows(run))
    shown = [trace["name"] for trace in figure["data"] if trace.get("showlegend")]
    assert shown == ["among the best", "best: 0"]


def test_at_most_40_curves_of_2000_points_are_shown():
    made = [trial(number, float(number)) for number in range(50)]
    made += [running(number) for number in range(50, 90)] + [pruned(number, 1.0) for number in range(90, 150)]
    rows = learning.rows(with_curves(made, steps=500))
    assert len(rows.lines) == 8 + 12 + 20
    assert sum(len(line.points) for line in rows.lines) == 40 * 50
    assert rows.notes == ("8 best, 12 of 40 running, 20 pruned last", "50 points of each, evenly")
    assert rows.lines[-1].points[-1] == (500, 1 / 500)


def test_a_curve_that_goes_on_beyond_the_axis_is_told():
    trials = [trial(number, float(number)) for number in range(4)]
    curves = {each.task_id: [(1, 1e9), *((step, 1 / step) for step in range(2, 20))] for each in trials}
    figure = learning.draw(learning.rows(snapshot(trials, curves=curves)))
    assert said(figure) == "3 best<br>some go on beyond the axis: double-click shows all"
    assert figure["layout"]["yaxis"]["range"][1] < 1


@pytest.mark.parametrize(
    ("curve", "sentence"),
    [
        ([], "needs 1 trial that has reported the objective, has 0"),
        ([(3, float("nan"))], "needs 1 trial that has reported the objective, has 0"),
        ([(3, 0.5)], "needs 2 iterations with a value, has 1: the objective is reported once, at the end"),
    ],
)
def test_curves_say_what_they_need(curve, sentence):
    run = snapshot([trial(0, 0.5)], curves={"task0000": curve})
    assert said(learning.draw(learning.rows(run))) == sentence


def test_deleted_trials_have_no_curve():
    gone = trial(0, 0.5, state=TrialState.DELETED, verdict=Verdict.DELETED)
    assert learning.trials_with_curves(snapshot([gone, waiting(1)])) == []


# Timeline


def stretch(number, start, end, worker="w:0", **more):
    ended = None if end is None else at(end)
    state = {} if end is not None else {"state": TrialState.RUNNING}
    return trial(
        number, 0.5, created=at(start - 5), started=at(start), ended=ended, worker=worker, **{**state, **more}
    )


def test_trials_lie_on_the_row_of_their_worker_from_start_to_end():
    run = snapshot([stretch(0, 10, 60), stretch(1, 10, 50, "w:1"), stretch(2, 61, None)], seconds=100)
    rows = timeline.rows(run)
    assert rows.labels == ("w:0", "w:1")
    found = [(each.number, each.row, each.kind, each.end - each.start) for each in rows.stretches]
    assert found == [
        (0, 0, Outcome.COMPLETED, 50_000),
        (1, 1, Outcome.COMPLETED, 40_000),
        (2, 0, Outcome.RUNNING, 39_000),
    ]
    assert {each.waited for each in rows.stretches} == {5000}
    go.Figure(timeline.draw(rows))


def test_idle_time_of_workers_is_told():
    run = snapshot([stretch(0, 0, 50), stretch(1, 60, 100), stretch(2, 0, 100, "w:1")], seconds=100)
    assert timeline.rows(run).notes == (
        "workers between two trials of this run: 10.0 % of their time, 10 s at most",
    )


def test_time_without_a_controller_is_told_beside_the_idle_time():
    made = [stretch(0, 10, 50), stretch(1, 250, 300)]
    notes = [timeline.rows(replace(snapshot(made, seconds=310), elapsed_seconds=s)).notes for s in (305, 100)]
    assert [len(each) for each in notes] == [1, 2]
    assert notes[1][1] == "3 min 25 s without a controller, or paused"


def test_an_earlier_attempt_keeps_its_place_on_its_worker():
    first = stretch(
        1, 52, 98, verdict=Verdict.FAILED, state=TrialState.FAILED, task_id="first", reason="out of memory"
    )
    trials = [stretch(0, 0, 50), stretch(1, 100, 150, attempt=2), stretch(2, 0, 50, "w:1")]
    rows = timeline.rows(snapshot(trials, earlier=[first], seconds=150))
    told = [(each.number, each.kind, each.text) for each in rows.stretches if each.row == 0]
    assert told == [
        (0, Outcome.COMPLETED, "loss 0.5"),
        (1, Outcome.FAILED, "attempt 1; loss 0.5; out of memory"),
        (1, Outcome.COMPLETED, "attempt 2; loss 0.5"),
    ]
    assert rows.notes == ("workers between two trials of this run: 2.7 % of their time, 2 s at most",)


def test_trials_of_one_worker_that_overlap_have_rows_of_their_own():
    rows = timeline.rows(snapshot([stretch(0, 0, 50), stretch(1, 20, 60), stretch(2, 51, 70)], seconds=100))
    assert rows.labels == ("w:0", "w:0 (2)")
    assert [each.row for each in rows.stretches] == [0, 1, 0]


def test_waiting_trials_are_in_the_queue():
    rows = timeline.rows(snapshot([stretch(0, 0, None), waiting(1, created=at(30))], seconds=100))
    assert rows.labels == ("w:0", "in the queue")
    assert rows.stretches[1].end - rows.stretches[1].start == 70_000
    assert "1 trial in the queue" in rows.notes


def test_time_in_the_queue_past_and_present_is_one_entry_of_the_legend():
    waited = stretch(0, 10, None)
    for others in ([], [waiting(1, created=at(30))]):
        drawn = timeline.draw(timeline.rows(snapshot([waited, *others], seconds=100)))
        shown = [trace["name"] for trace in drawn["data"] if trace.get("showlegend", True)]
        assert sorted(shown) == ["in the queue", "running"]


def test_workers_are_in_the_order_in_which_people_count():
    run = snapshot([stretch(n, 0, 50, f"worker-{n}") for n in (10, 9, 1)], seconds=100)
    assert timeline.rows(run).labels == ("worker-1", "worker-9", "worker-10")


def test_what_runs_grows_in_steps_of_ten_seconds_at_least():
    first = timeline.rows(snapshot([stretch(0, 0, None)], seconds=100))
    assert timeline.rows(snapshot([stretch(0, 0, None)], seconds=109)) == first
    assert timeline.rows(snapshot([stretch(0, 0, None)], seconds=110)) != first


def test_the_500_trials_that_started_last_are_shown():
    rows = timeline.rows(snapshot([stretch(n, 10 * n, 10 * n + 9) for n in range(700)], seconds=7000))
    assert [each.number for each in rows.stretches] == list(range(200, 700))
    assert rows.notes[0] == "the last 500 of 700 trials that started"


def test_why_a_trial_was_stopped_is_on_its_bar():
    figure = timeline.draw(timeline.rows(snapshot([pruned(0, 0.9, worker="w:0")], seconds=100)))
    assert "above the median" in figure["data"][0]["hovertext"][0]


# Pareto Front


def test_the_front_is_sorted_and_the_rest_is_dominated():
    both = config(objectives=[LOSS, SECONDS])
    made = [trial(n, values) for n, values in enumerate([(0.5, 1.0), (0.2, 9.0), (0.6, 2.0), (0.3, 5.0)])]
    rows = pareto.rows(snapshot(made, settings=both))
    assert [point.number for point in rows.front] == [1, 3, 0]
    assert [point.number for point in rows.others] == [2]
    assert rows.notes == ("3 trials of 4 on the front",)
    go.Figure(pareto.draw(rows))


@pytest.mark.parametrize(
    ("trends", "shape"),
    [(("min", "min"), "hv"), (("min", "max"), "hv"), (("max", "min"), "vh"), (("max", "max"), "vh")],
)
def test_the_line_bounds_what_is_dominated(trends, shape):
    goals = [{**goal, "trend": trend} for goal, trend in zip((LOSS, SECONDS), trends, strict=True)]
    ends = [2.0, 1.0] if trends[0] == trends[1] else [1.0, 2.0]
    run = snapshot([trial(n, (n + 1.0, ends[n])) for n in range(2)], settings=config(objectives=goals))
    front = pareto.draw(pareto.rows(run))["data"][-1]
    assert (front["x"], front["line"]["shape"]) == ([1.0, 2.0], shape)


def test_three_objectives_have_a_front_without_a_line():
    goals = [LOSS, SECONDS, {"title": "size", "series": "size", "trend": "min"}]
    rows = pareto.rows(snapshot([trial(0, (1.0, 2.0, 3.0))], settings=config(objectives=goals)))
    assert "size/size 3" in rows.front[0].hover
    assert "line" not in pareto.draw(rows)["data"][-1]


# Decisions


def test_a_third_objective_colours_the_front_the_best_end_the_same_as_elsewhere():
    goals = [LOSS, SECONDS, {"title": "validation", "series": "size", "trend": "min"}]
    made = [trial(n, (0.1 * n, 9.0 - n, 100.0 * n)) for n in range(5)]
    figure = pareto.draw(pareto.rows(snapshot(made, settings=config(objectives=goals))))
    marker = figure["data"][-1]["marker"]
    assert marker["color"] == [0.0, 100.0, 200.0, 300.0, 400.0]
    assert (marker["colorscale"], marker["colorbar"]["title"]["text"]) == (REVERSED_SCALE, "size")
    two = pareto.draw(pareto.rows(snapshot([trial(0, (0.1, 9.0))], settings=config(objectives=goals[:2]))))
    assert "colorscale" not in two["data"][-1]["marker"]


def test_points_beyond_the_axes_of_the_front_are_counted():
    made = [trial(n, (0.5 if n < 3 else 0.1 + n / 100, 1e30 if n < 3 else 9.0 - n / 10)) for n in range(12)]
    rows = pareto.rows(snapshot(made, settings=config(objectives=[LOSS, SECONDS])))
    assert "3 far worse ones beyond the axes" in pareto.draw(rows)["layout"]["annotations"][0]["text"]


def test_a_trial_on_the_front_is_nowhere_far_worse_however_bad_it_is_by_one_objective():
    made = [trial(0, (0.1, 2e4)), *(trial(n, (0.4 + n / 100, 1.0 + n)) for n in range(1, 16))]
    made += [trial(n, (0.8, 3e4)) for n in range(16, 20)]
    run = snapshot(made, settings=config(objectives=[LOSS, SECONDS]))
    assert run.best is made[0]
    assert {t.number for t in run.ranked} - {t.number for t in run.within_reach} == {16, 17, 18, 19}
    figure = pareto.draw(pareto.rows(run))
    low, high = figure["layout"]["yaxis"]["range"]
    assert figure["layout"]["yaxis"]["type"] == "log" and low < 4.301 < high, "2e4 is on the axis"
    rows = parallel.rows(run)
    assert rows.notes[:2] == ("16 of 20 trials", "4 far worse left out")
    assert max(rows.axes[-1].scale.positions) < 0.6 and min(rows.axes[-1].scale.positions) == 0.1


def test_choices_come_first_then_what_was_done_the_newest_first():
    done = (
        Decision(at(5), "archived", 0, "not among the best 3"),
        Decision(at(9), "tried again", 1, "it was lost"),
    )
    choices = ("method: Random, since it was asked for", "early stopping: none, since it was switched off")
    rows = decisions.rows(snapshot([trial(0, 0.5)], choices=choices, decisions=done), no_link)
    assert [(row.at, row.what, row.trial, row.why) for row in rows.rows] == [
        ("", "method", "", "Random, since it was asked for"),
        ("", "early stopping", "", "none, since it was switched off"),
        ("08:00:09", "tried again", "#1", "it was lost"),
        ("08:00:05", "archived", "#0", "not among the best 3"),
    ]


def test_stops_before_a_restart_are_told_by_their_trials():
    run = snapshot([pruned(0, 0.9), pruned(1, 0.8)], decisions=(Decision(at(70), "stopped", 1, "below"),))
    rows = decisions.rows(run, no_link)
    assert [(row.trial, row.what) for row in rows.rows] == [("#1", "stopped"), ("#0", "stopped")]
    assert rows.rows[1].why.startswith("stopped at iteration 3")


def test_a_decision_of_another_day_has_its_date():
    late = snapshot([], seconds=86_400, decisions=(Decision(START, "archived", 0, "why"),))
    assert decisions.rows(late, no_link).rows[0].at == "2026-11-02 08:00:00"


def test_the_last_hundred_decisions_are_shown():
    done = tuple(Decision(at(n), "archived", n, "why") for n in range(130))
    rows = decisions.rows(snapshot([], decisions=done), no_link)
    assert (len(rows.rows), rows.rows[0].trial, rows.more) == (100, "#129", 30)
    assert said(decisions.draw(rows)) == "the last 100, 30 more in the log"
