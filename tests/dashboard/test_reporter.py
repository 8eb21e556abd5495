import json
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta

from dashboard_runs import config, running, snapshot, trial, typical_run, waiting

from clearml_hpo_app.dashboard import Reporter
from clearml_hpo_app.dashboard.figures.layout import COMPRESSED_FROM
from clearml_hpo_app.dashboard.lines import WINDOW
from clearml_hpo_app.dashboard.names import PLOTS

ONE_OBJECTIVE = [name.title for name in PLOTS if name.title != "Pareto Front"]
LIMITED = config(limits={"total_tasks": 100, "total_minutes": 500})


def reporter():
    return Reporter(task_link=lambda trial: f"https://clearml.example/tasks/{trial.task_id}")


def later(run, seconds):
    return replace(run, now=run.now + timedelta(seconds=seconds), elapsed_seconds=run.elapsed_seconds + seconds)


def part(run, count):
    """The run as it stood when `count` trials had been launched."""
    return replace(later(run, 60.0 * (count - len(run.trials))), trials=run.trials[:count])


def test_after_50_reports_each_title_has_exactly_one_plot():
    run, sent, series = typical_run(60, settings=LIMITED), reporter(), defaultdict(set)
    for count in range(50):
        for plot in sent.report(part(run, count), final=count == 49).plots:
            series[plot.title].add(plot.series)
    assert {title: len(names) for title, names in series.items()} == dict.fromkeys(ONE_OBJECTIVE, 1)


def test_all_panels_are_reported():
    report = reporter().report(typical_run(20, settings=LIMITED))
    assert [plot.title for plot in report.plots] == ONE_OBJECTIVE
    assert {(point.title, point.series) for point in report.scalars} == {
        ("Optimization Metric", "last reported"),
        ("Optimization Metric", "min"),
        ("Budget", "tasks"),
        ("Budget", "time"),
        ("Resources", "queue workers"),
        ("Resources", "running tasks"),
        ("Resources", "pending tasks"),
    }


def test_no_point_is_sent_twice_with_an_equal_value():
    run, sent, seen = typical_run(60, settings=LIMITED), reporter(), {}
    for step in range(120):
        now = later(part(run, step // 2), 3.0 * (step % 2))
        for point in sent.report(now, final=step % 5 == 0).scalars:
            key = (point.title, point.series, point.iteration)
            assert seen.get(key) != point.value
            seen[key] = point.value


def test_an_unchanged_run_is_not_reported_again():
    sent, run = reporter(), snapshot([trial(0, 0.5), trial(1, 0.4), waiting(2)], workers=1)
    assert sent.report(run)
    assert not sent.report(later(run, 60))


def test_only_the_plot_that_changed_is_sent():
    sent = reporter()
    sent.report(snapshot([trial(0, 0.5), running(1, iteration=1)]))
    report = sent.report(snapshot([trial(0, 0.5), running(1, iteration=2)], seconds=605))
    assert [plot.title for plot in report.plots] == ["Summary"]


def test_a_new_reporter_continues_the_scalars():
    run = typical_run(60, settings=LIMITED)
    unbroken, before, after = reporter(), reporter(), reporter()
    whole, halves = {}, {}
    for count in (20, 40, 60):
        for points, sent in ((whole, unbroken), (halves, before if count < 60 else after)):
            for point in sent.report(part(run, count)).scalars:
                points[point.title, point.series, point.iteration] = point.value
    exact = [key for key in whole if key[0] != "Resources"]  # whose level stretch ends with the old process
    assert {title for title, _, _ in exact} == {"Optimization Metric", "Budget"}
    assert {key: whole[key] for key in exact} == {key: halves[key] for key in exact}


def test_the_first_report_of_a_long_run_sends_the_newest_points_only():
    sent, run = reporter(), snapshot([trial(number, 0.5) for number in range(1000)], seconds=60_000)
    metric = [point for point in sent.report(run).scalars if point.series == "min"]
    assert [point.iteration for point in metric] == list(range(1001 - WINDOW, 1001))
    more = snapshot([*run.trials, trial(1000, 0.5)], seconds=60_060)
    assert [point.iteration for point in sent.report(more).scalars if point.series == "min"] == [1001]


def test_a_trial_that_was_noticed_late_corrects_the_points_behind_it():
    sent = reporter()
    sent.report(snapshot([trial(0, 0.5), running(1), trial(2, 0.3)]))
    report = sent.report(snapshot([trial(0, 0.5), trial(1, 0.4), trial(2, 0.3)], seconds=700))
    metric = [(p.series, p.iteration, p.value) for p in report.scalars if p.title == "Optimization Metric"]
    assert metric == [("last reported", 2, 0.4), ("min", 2, 0.4), ("last reported", 3, 0.3), ("min", 3, 0.3)]


def test_a_level_line_costs_a_point_at_each_of_its_ends():
    sent, points = reporter(), []
    busy, idle = [trial(0, 0.5), running(1)], [trial(0, 0.5), trial(1, 0.6)]
    for seconds, trials in ((100, busy), (120, busy), (140, busy), (160, idle), (180, idle)):
        points += sent.report(snapshot(trials, seconds=seconds), final=seconds == 180).scalars
    assert [(point.iteration, point.value, point.age) for point in points if point.series == "running tasks"] == [
        (100, 1.0, 0),
        (159, 1.0, 1),
        (160, 0.0, 0),
        (180, 0.0, 0),
    ]


def test_a_number_of_tasks_changes_in_a_step():
    sent, points = reporter(), []
    for seconds, count in ((100, 1), (115, 3), (130, 2)):
        trials = [running(number) for number in range(count)]
        points += [
            p for p in sent.report(snapshot(trials, seconds=seconds)).scalars if p.series == "running tasks"
        ]
    assert [(point.iteration, point.value) for point in points] == [
        *[(100, 1.0), (114, 1.0), (115, 3.0)],
        *[(129, 3.0), (130, 2.0)],
    ]


def test_a_level_of_the_process_before_ends_where_it_changes_and_is_not_sent_again():
    levels = {"Resources": {"running tasks": 2.0, "pending tasks": 0.0}, "Budget": {"tasks": 90.0}}
    sent = Reporter(task_link=lambda trial: "", levels=levels)
    report = sent.report(snapshot([running(0)], seconds=161.0, settings=LIMITED))
    points = [(p.series, p.iteration, p.value) for p in report.scalars if p.title == "Resources"]
    assert points == [("running tasks", 160, 2.0), ("running tasks", 161, 1.0)]


def test_a_lost_report_is_sent_again():
    sent, run = reporter(), typical_run(20, settings=LIMITED)
    report = sent.report(run)
    sent.lost(report)
    assert sent.report(run) == report


def test_a_report_at_ten_thousand_trials_is_small():
    report = reporter().report(typical_run(10_000))
    sizes = [len(json.dumps(plot.figure)) for plot in report.plots]
    assert max(sizes) < COMPRESSED_FROM
