"""What the controller gathers for the dashboard: curves at a bounded rate, decisions and choices."""

from datetime import datetime, timezone
from typing import Any

from simulated_worker import Behaviour
from simulation import World
from wiretap import Wiretap

from clearml_hpo_app.controller.deciding.actions import Archive, Enqueue, Launch, Mark, Retry, Stop, WindUp
from clearml_hpo_app.controller.reporting.chronicle import told
from clearml_hpo_app.trials.snapshot import Decision
from clearml_hpo_app.trials.trial import Verdict

NOW = datetime(2026, 11, 2, 8, tzinfo=timezone.utc)
CURVES = "events.multi_task_scalar_metrics_iter_histogram"


def long_trial(number: int, texts: Any) -> Behaviour:
    return Behaviour(iterations=60, seconds=3.0, value=lambda iteration: 1 / iteration + number)


def asked_for_curves(tap: Wiretap) -> list[Any]:
    return [request.body for request in tap.requests if request.operation == CURVES]


def test_the_curves_of_running_and_best_trials_are_drawn(world: World):
    world.hire(2, long_trial)
    controller = world.run(limits={"total_tasks": 3})
    [figure] = world.plots_of(controller.task_id)["Learning Curves"]
    lines = {trace["name"]: trace["y"] for trace in figure["data"] if trace["type"] == "scatter"}
    assert set(lines) == {"best: 0", "among the best"}
    assert lines["best: 0"][:2] == [1, 0.5]


def test_curves_cost_one_call_a_minute_and_ended_trials_are_read_once(world: World, tap: Wiretap):
    world.hire(2, long_trial)
    client = world.connect(tap.address)
    controller = world.open(world.instance(client, limits={"total_tasks": 4}), client)
    begun = world.clock.now()
    world.finish(controller)
    asked = asked_for_curves(tap)
    assert 1 < len(asked) <= (world.clock.now() - begun).total_seconds() / 60 + 2
    assert {body["samples"] for body in asked} == {200}
    assert 1 <= len(asked[-1]["tasks"]) <= 2, "the curves of the first two are known by then"


def test_a_run_that_is_carried_on_shows_the_curves_that_there_are_from_its_first_report(
    world: World, tap: Wiretap
):
    world.hire(2, long_trial)
    first = world.begin(limits={"total_tasks": 6})
    world.advance(first, lambda: first.state.results >= 2)
    again = world.open(first.task_id, world.connect(tap.address))
    for _, _turn in zip(range(3), again.run(), strict=False):
        pass
    [asked] = asked_for_curves(tap)
    assert len(asked["tasks"]) >= 2
    [figure] = world.plots_of(first.task_id)["Learning Curves"]
    assert any(trace.get("y") for trace in figure["data"])
    [figure] = world.plots_of(first.task_id)["Decisions"]
    assert "by another controller, after 4 trials" in figure["data"][0]["cells"]["values"][3]


def test_a_run_whose_trials_report_nothing_asks_for_no_curve(world: World, tap: Wiretap):
    world.hire(1, lambda number, texts: Behaviour(value=lambda iteration: None))
    client = world.connect(tap.address)
    world.finish(world.open(world.instance(client, limits={"total_tasks": 2}), client))
    assert asked_for_curves(tap) == []


def test_a_refused_reading_of_curves_costs_no_report(world: World, tap: Wiretap):
    world.hire(1, long_trial)
    client = world.connect(tap.address)
    tap.refuses[CURVES] = lambda body: True
    controller = world.open(world.instance(client, limits={"total_tasks": 1}), client)
    world.finish(controller)
    plots = world.plots_of(controller.task_id)
    assert "Summary" in plots
    assert "has 0" in str(plots["Learning Curves"])


def test_decisions_and_choices_are_shown_with_their_reasons(world: World):
    world.hire(2, long_trial)
    limits = {"total_tasks": 3, "max_iterations": 20, "top_tasks_to_keep": 1}
    controller = world.run(early_stopping="none", limits=limits)
    [figure] = world.plots_of(controller.task_id)["Decisions"]
    _, what, trial, why = figure["data"][0]["cells"]["values"]
    assert what[:2] == ["method", "early stopping"]
    assert why[0].startswith("Random, since")
    assert {"stopped", "archived"} <= set(what)
    assert "not among the best 1" in why
    assert any(text.endswith("the limit is 20 iterations") for text in why)
    assert controller.task_id and all("<a href=" in cell for cell in trial[2:] if cell)


def test_trying_again_and_again_to_enqueue_a_trial_is_told_once():
    again, other = Enqueue(3, "it was a draft, in no queue"), Enqueue(3, "it was queued for 10 minutes")
    first = list(told([again, Enqueue(4, again.reason)], NOW, []))
    assert [decision.number for decision in first] == [3, 4]
    assert list(told([again], NOW, first)) == []
    assert [decision.reason for decision in told([other], NOW, first)] == [other.reason]


def test_launches_and_marks_are_no_news():
    stop = Stop(3, Verdict.PRUNED, "stopped at iteration 9: below the bar")
    actions = [
        Launch(4),
        Mark(2, "wiped"),
        stop,
        Archive(1, "not among the best 2"),
        Retry(0, "its attempt 1 failed"),
    ]
    found = list(told([*actions, WindUp("All 5 trials have run.", "completed")], NOW, []))
    assert found == [
        Decision(NOW, "stopped", 3, "stopped at iteration 9: below the bar"),
        Decision(NOW, "archived", 1, "not among the best 2"),
        Decision(NOW, "tried again", 0, "its attempt 1 failed"),
        Decision(NOW, "run ends", None, "All 5 trials have run."),
    ]
