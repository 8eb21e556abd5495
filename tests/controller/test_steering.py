"""Ending a run from outside: a person's abort, a signal, a reset or deletion of its task."""

import time

import pytest
from simulated_worker import Behaviour
from simulation import World, properties

from clearml_hpo_app.clock import SystemClock
from clearml_hpo_app.controller.loop import Controller
from clearml_hpo_app.controller.reporting.sending import Journal
from clearml_hpo_app.instances.runner import _journal
from clearml_hpo_app.trials.trial import TrialState, Verdict


def long_trials(number: int, texts: object) -> Behaviour:
    return Behaviour(iterations=100)


@pytest.fixture
def controller(world: World) -> Controller:
    world.hire(2, long_trials)
    return world.begin(limits={"total_tasks": 9})


def both_run(controller: Controller) -> bool:
    return [t.state for t in controller.state.active.values()] == [TrialState.RUNNING] * 2


def assert_trials_were_stopped(world: World, controller: Controller, why: str) -> None:
    for task in world.trials(controller.task_id):
        assert task["status"] == "stopped"
        assert properties(task)["verdict"] == "run ended"
        assert properties(task)["reason"] == f"stopped because the run ended: {why}"


def test_an_aborted_controller_stops_its_trials_and_reports_a_last_time(world: World, controller: Controller):
    turns = world.advance(controller, lambda: both_run(controller))
    world.api("tasks.stop", task=controller.task_id)
    list(turns)
    reason = "The optimization was aborted by a person."
    assert_trials_were_stopped(world, controller, reason)
    task = world.api.task(controller.task_id)
    assert task["status"] == "stopped"
    assert properties(task)["reason"] == reason
    assert {artifact["key"] for artifact in task["execution"]["artifacts"]} == {"trials", "best"}
    assert "stopped because the run ended" in str(world.plots_of(controller.task_id)["Summary"])


def test_a_controller_under_an_agent_that_is_asked_to_stop_ends_in_order(world: World, controller: Controller):
    world.api("workers.status_report", worker="services:0", queues=[], timestamp=0, task=controller.task_id)
    turns = world.advance(controller, lambda: both_run(controller))
    world.api("tasks.stop", task=controller.task_id)
    assert world.api.task(controller.task_id)["status"] == "in_progress"
    list(turns)
    assert world.api.task(controller.task_id)["status"] == "stopped"
    assert world.statuses(controller.task_id) == ["stopped", "stopped"]


def test_a_signal_winds_the_run_up_quickly(world: World, controller: Controller):
    turns = world.advance(controller, lambda: both_run(controller))
    controller.wind_up("The controller was ended by SIGTERM.")
    controller.wind_up("a second wish")
    begin = world.clock.now()
    list(turns)
    assert (world.clock.now() - begin).total_seconds() < 12
    assert_trials_were_stopped(world, controller, "The controller was ended by SIGTERM.")
    assert world.api.task(controller.task_id)["status_message"] == "The controller was ended by SIGTERM."


@pytest.mark.long
def test_trials_can_be_left_alone_and_are_found_again(world: World, controller: Controller):
    turns = world.advance(controller, lambda: both_run(controller))
    controller.wind_up("enough for today", leave_trials=True)
    list(turns)
    assert world.api.task(controller.task_id)["status"] == "stopped"
    assert world.statuses(controller.task_id) == ["in_progress", "in_progress"]
    world.api("tasks.started", task=controller.task_id, force=True)
    again = world.open(controller.task_id)
    assert len(again.state.active) == 2
    world.finish(again)
    assert world.statuses(controller.task_id) == ["completed"] * 9
    assert "reason" in properties(world.api.task(controller.task_id))


def test_a_resumed_run_does_not_show_why_it_ended_before(world: World, controller: Controller):
    turns = world.advance(controller, lambda: both_run(controller))
    controller.wind_up("enough for today")
    list(turns)
    assert properties(world.api.task(controller.task_id))["reason"] == "enough for today"
    world.api("tasks.started", task=controller.task_id, force=True)
    world.open(controller.task_id)
    assert "reason" not in properties(world.api.task(controller.task_id))


@pytest.mark.parametrize("operation", ["tasks.delete", "tasks.reset", "tasks.failed", "tasks.completed"])
def test_a_controller_whose_task_is_taken_away_stops_its_trials_and_leaves_the_task_alone(
    world: World, controller: Controller, operation: str
):
    turns = world.advance(controller, lambda: both_run(controller))
    ids = [trial.task_id for trial in controller.state.active.values()]
    world.api(operation, task=controller.task_id, force=True)
    before = world.api("tasks.get_all", id=[controller.task_id])["tasks"]
    list(turns)
    assert [world.api.task(key)["status"] for key in ids] == ["stopped", "stopped"]
    after = world.api("tasks.get_all", id=[controller.task_id])["tasks"]
    assert [task["status"] for task in after] == [task["status"] for task in before]
    assert controller.abandoned.startswith("The task of this optimization was")


def test_a_run_id_that_somebody_wiped_is_written_again(world: World):
    world.hire(2)
    controller = world.begin(limits={"total_tasks": 5})
    turns = world.advance(controller, lambda: 2 in controller.state.trials)
    world.api("tasks.edit", task=controller.task_id, runtime={"_user_key": "kept"}, force=True)
    list(turns)
    assert world.statuses(controller.task_id) == ["completed"] * 5
    task = world.api.task(controller.task_id)
    assert task["status"] == "completed"
    assert (task["runtime"]["hporun"], task["runtime"]["_user_key"]) == (controller.state.run_id, "kept")


def test_a_controller_whose_task_was_begun_anew_by_another_one_leaves_it_alone(
    world: World, controller: Controller
):
    turns = world.advance(controller, lambda: both_run(controller))
    world.api("tasks.edit", task=controller.task_id, runtime={"hporun": "another"}, force=True)
    list(turns)
    assert world.statuses(controller.task_id) == ["stopped", "stopped"]
    task = world.api.task(controller.task_id)
    assert (task["status"], task["runtime"]["hporun"]) == ("in_progress", "another")
    assert controller.abandoned.endswith("begun anew by another controller.")


def test_a_wish_to_end_the_run_wakes_the_controller(controller: Controller):
    waited: list[float] = []

    class WatchedClock(SystemClock):
        def wait(self, seconds: float) -> None:
            begin = time.monotonic()
            super().wait(seconds)
            waited.append((time.monotonic() - begin) / seconds)

    controller.clock = WatchedClock()
    for _ in controller.run():
        controller.wind_up("enough", leave_trials=True)
    assert waited[0] < 0.5


def test_a_worker_that_does_not_end_a_trial_is_not_waited_for(world: World):
    script = [Behaviour(iterations=9, hangs_at=3), Behaviour()]
    world.hire(2, lambda number, texts: script[min(number, 1)])
    controller = world.run(max_concurrent_tasks=1, limits={"total_tasks": 2, "task_minutes": 0.2})
    first, second = controller.state.trials.values()
    assert (first.state, first.verdict) == (TrialState.STOPPED, Verdict.TASK_TIME)
    assert first.status_message == first.reason
    assert second.verdict is Verdict.COMPLETED


def test_a_trial_that_a_person_aborts_on_a_dead_worker_does_not_hold_its_slot(world: World):
    script = [Behaviour(iterations=9, hangs_at=3), Behaviour()]
    world.hire(2, lambda number, texts: script[min(number, 1)])
    controller = world.begin(max_concurrent_tasks=1, limits={"total_tasks": 2})
    turns = world.advance(controller, lambda: controller.state.trials[0].iteration == 2)
    world.api("tasks.stop", task=controller.state.trials[0].task_id)
    list(turns)
    first, second = controller.state.trials.values()
    assert (first.state, first.verdict) == (TrialState.STOPPED, Verdict.ABORTED)
    assert first.reason == "a person aborted it, its worker did not end it within 30 s"
    assert second.verdict is Verdict.COMPLETED


def test_a_run_that_is_wound_up_before_a_trial_was_queued_ends_at_once(world: World):
    controller = world.begin(limits={"total_tasks": 1})
    world.api("queues.delete", queue=world.queue_id, force=True)
    turns = controller.run()
    next(turns)
    assert world.statuses(controller.task_id) == ["created"]
    controller.wind_up("enough")
    begin = world.clock.now()
    list(turns)
    assert (world.clock.now() - begin).total_seconds() < 5
    assert world.statuses(controller.task_id) == ["stopped"]


def test_the_log_tells_the_run_in_sentences(world: World):
    world.hire(1, lambda number, texts: Behaviour(iterations=1 if number else 30))
    with _journal() as journal:
        assert isinstance(journal, Journal)
        controller = world.open(world.instance(limits={"total_tasks": 2, "max_iterations": 9}), journal=journal)
        world.finish(controller)
    log = world.log_of(controller.task_id)
    for sentence in (
        "trial 0: Args/rate=",
        "the limit is 9 iterations",
        "trial 0 ended: max iterations (stopped at iteration",
        "trial 1 ended: completed",
        "the run has ended: All 2 trials have run.",
    ):
        assert log.count(sentence) >= 1, sentence
