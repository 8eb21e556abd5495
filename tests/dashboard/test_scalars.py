from dataclasses import replace
from datetime import timedelta

import pytest
from dashboard_runs import LOSS, config, failed, pruned, running, snapshot, trial, typical_run, waiting

from clearml_hpo_app.dashboard.lines import MetricLine
from clearml_hpo_app.dashboard.scalars import budget, metric_points, resources

TIME = {"title": "validation", "series": "seconds", "trend": "min"}


def values(points, series):
    return [(point.iteration, point.value) for point in points if point.series == series]


def test_the_metric_counts_trials_in_the_order_of_their_end():
    late = trial(0, 0.5)
    late = replace(late, ended=late.ended + timedelta(hours=1))
    points = metric_points(snapshot([late, trial(1, 0.4), pruned(2, 0.7), failed(3), running(4, 0.1)]))
    assert values(points, "last reported") == [(1, 0.4), (2, 0.7), (3, 0.5)]
    assert values(points, "min") == [(1, 0.4), (2, 0.4), (3, 0.4)]


def test_the_best_line_is_named_by_the_trend():
    upwards = config(objectives=[{**LOSS, "trend": "max"}])
    points = metric_points(snapshot([trial(0, 0.5), trial(1, 0.4)], settings=upwards))
    assert {point.series for point in points} == {"last reported", "max"}
    assert values(points, "max") == [(1, 0.5), (2, 0.5)]


def test_further_objectives_have_graphs_of_their_own_since_their_units_differ():
    both = config(objectives=[LOSS, TIME])
    points = metric_points(snapshot([trial(0, (0.5, 9.0)), trial(1, (0.4, 11.0))], settings=both))
    first, further = (
        [p for p in points if (p.title == "Optimization Metric") is is_first] for is_first in (True, False)
    )
    assert values(first, "last reported") == [(1, 0.5), (2, 0.4)]
    assert values(further, "last reported") == [(1, 9.0), (2, 11.0)]
    assert {point.title for point in further} == {"Optimization Metric: validation/seconds"}
    assert values(further, "min") == [(1, 9.0), (2, 9.0)]


def test_a_value_that_is_no_finite_number_is_no_point():
    points = metric_points(snapshot([trial(0, float("nan")), trial(1, 0.4), trial(2, float("inf"))]))
    assert values(points, "last reported") == [(1, 0.4)]


def test_in_place_of_a_value_that_is_far_worse_the_one_before_it_stands():
    run = snapshot([trial(n, value) for n, value in enumerate((1e30, 0.5, 0.4, 2e30, 0.6))])
    points = metric_points(run)
    assert values(points, "last reported") == [(1, 0.5), (2, 0.5), (3, 0.4), (4, 0.4), (5, 0.6)]
    assert values(points, "min") == [(1, 0.5), (2, 0.5), (3, 0.4), (4, 0.4), (5, 0.4)]


def test_a_value_that_is_far_worse_by_one_objective_leaves_those_of_the_others():
    both = config(objectives=[LOSS, TIME])
    made = [trial(n, (0.2 if n == 3 else 0.5 + n / 100, 1e30 if n == 3 else 9.0 + n)) for n in range(9)]
    run = snapshot(made, settings=both)
    first, further = (
        [p for p in metric_points(run) if (p.title == "Optimization Metric") is is_first]
        for is_first in (True, False)
    )
    assert values(first, "min")[2:] == [(3, 0.5), *((n, 0.2) for n in range(4, 10))]
    assert values(first, "last reported")[3] == (4, 0.2)
    assert values(further, "last reported")[2:5] == [(3, 11.0), (4, 11.0), (5, 13.0)]


def test_points_of_trials_that_turn_out_far_worse_are_sent_again():
    first = [trial(n, value) for n, value in enumerate((1e6, 8e5, 0.5, 9e5))]
    line = MetricLine()
    assert (1, 1e6) in values(line.due(snapshot(first)), "last reported")
    more = [trial(n, 0.4 + n / 100) for n in range(4, 10)]
    again = values(line.due(snapshot([*first, *more])), "last reported")
    assert again[:3] == [(1, 0.5), (2, 0.5), (4, 0.5)]


def test_values_are_rounded_since_the_ui_shows_every_digit():
    assert values(metric_points(snapshot([trial(0, 1 / 3)])), "min") == [(1, 0.333333)]


def test_values_that_differ_in_late_digits_stay_different():
    run = snapshot([trial(n, 0.912345678 - n * 1e-9) for n in range(4)])
    assert len({value for _, value in values(metric_points(run), "min")}) == 4


def test_no_limit_means_no_budget():
    assert budget(typical_run(5)) == {}


def test_the_budget_is_the_share_that_is_left_of_each_limit():
    limits = {"total_tasks": 8, "total_minutes": 40, "compute_minutes": 10, "max_iterations": 20}
    run = snapshot([trial(0, 0.5), trial(1, 0.4)], seconds=600, settings=config(limits=limits))
    assert budget(run) == {"tasks": 75.0, "time": 75.0, "compute time": 83.3, "iterations": 87.5}


def test_iterations_need_both_of_their_limits():
    assert "iterations" not in budget(snapshot([], settings=config(limits={"max_iterations": 20})))


def test_a_finite_space_is_a_budget_of_tasks():
    small = config(parameters=[{"type": "discrete", "name": "Args/a", "values": [1, 2, 3, 4]}])
    assert budget(snapshot([trial(0, 0.5)], settings=small)) == {"tasks": 75.0}


@pytest.mark.parametrize(("seconds", "left"), [(0, 100.0), (59, 1.7), (60, 0.0), (90, 0.0)])
def test_the_budget_stays_between_0_and_100(seconds, left):
    run = snapshot([], seconds=seconds, settings=config(limits={"total_minutes": 1}))
    assert budget(run) == {"time": left}


def test_one_trial_that_overshoots_does_not_eat_the_iterations_of_others():
    limits = {"total_tasks": 2, "max_iterations": 10}
    assert budget(snapshot([trial(0, 0.1, iteration=99)], settings=config(limits=limits)))["iterations"] == 50.0


def test_resources_count_workers_running_and_pending():
    run = snapshot([trial(0, 0.5), running(1), waiting(2), waiting(3)], workers=2)
    assert resources(run) == {"queue workers": 2.0, "running tasks": 1.0, "pending tasks": 2.0}


def test_unknown_workers_are_left_out():
    assert "queue workers" not in resources(snapshot([]))
