"""Trials that run without living, and trials that a person changes after their end."""

import logging
from datetime import timedelta

import pytest
from controller_builders import START, after, config, running, state
from simulated_worker import Behaviour
from simulation import World, number_of, properties
from test_failures import at_first, attempts

from clearml_hpo_app.controller.deciding.actions import ReadLog, Stop
from clearml_hpo_app.controller.deciding.decide import decide
from clearml_hpo_app.controller.observing.health import Roster
from clearml_hpo_app.trials.trial import TrialState, Verdict

LONG = Behaviour(iterations=10, seconds=20.0)


def test_a_trial_whose_worker_died_is_lost_within_two_minutes_and_tried_again(world: World):
    """Spot instance killed, trial "running" for hours (clearml/clearml#979)."""
    world.hire(2, at_first({0: Behaviour(iterations=10, seconds=20.0, dies_at=2)}))
    controller = world.begin(max_concurrent_tasks=1, limits={"total_tasks": 1})
    world.advance(controller, lambda: controller.state.trials[0].state is TrialState.RUNNING)
    begin = controller.state.trials[0].started
    assert begin is not None
    world.advance(controller, lambda: controller.state.trials[0].attempt == 2)
    assert world.clock.now() - begin < timedelta(seconds=20 + 120)
    world.finish(controller)
    first, second = attempts(world, controller.task_id, 0)
    assert properties(first)["verdict"] == "lost"
    assert "is gone or does something else" in properties(first)["reason"]
    assert (first["status"], second["status"]) == ("stopped", "completed")


def test_a_slow_trial_whose_worker_lives_is_left_alone(world: World):
    world.hire(1, lambda number, texts: Behaviour(iterations=2, seconds=600.0))
    controller = world.run(max_concurrent_tasks=1, limits={"total_tasks": 1})
    assert controller.state.trials[0].verdict is Verdict.COMPLETED
    assert controller.state.trials[0].attempt == 1


def test_a_stalled_trial_is_stopped_and_tried_again(world: World):
    """Trial "running" for ever without metrics (kubeflow/katib#849)."""
    world.hire(1, at_first({0: Behaviour(iterations=3, seconds=400.0)}))
    controller = world.run(max_concurrent_tasks=1, failures={"stalled_minutes": 2}, limits={"total_tasks": 1})
    first, second = attempts(world, controller.task_id, 0)
    assert properties(first)["verdict"] == "stalled"
    assert properties(first)["reason"] == "no new iteration and no line of log for 2 minutes"
    assert second["status"] == "completed"


def test_a_silent_trial_that_writes_to_its_log_is_not_stalled():
    run = state(running(0), settings=config(failures={"stalled_minutes": 2}))
    run.health.observe(run.trials[0], START)
    assert decide(run, after(minutes=1.9))[0:1] != [ReadLog(0)]
    assert decide(run, after(minutes=2))[0] == ReadLog(0)
    run.health.hear(0, after(minutes=1.5))
    assert ReadLog(0) not in decide(run, after(minutes=3.4))
    assert ReadLog(0) in decide(run, after(minutes=3.5))
    run.health.hear(0, after(minutes=1.5))
    stops = [action for action in decide(run, after(minutes=3.6)) if isinstance(action, Stop)]
    assert [stop.verdict for stop in stops] == [Verdict.STALLED]


@pytest.mark.parametrize(
    ("silent", "tasks", "lost"),
    [
        (59, {}, False),
        (60, {}, True),
        (60, {"agent:0": "task0"}, False),
        (60, {"agent:0": "other"}, True),
        (60, {"agent:0": ""}, True),
    ],
)
def test_lost_is_who_is_silent_and_whose_worker_does_not_run_it(silent: float, tasks: dict[str, str], lost: bool):
    run = state(running(0, worker="agent:0", last_update=START))
    run.health.roster = Roster(after(seconds=silent), tasks)
    stops = [action for action in decide(run, after(seconds=silent + 1)) if isinstance(action, Stop)]
    assert [stop.verdict for stop in stops] == [Verdict.LOST] * lost
    assert not [action for action in decide(run, after(seconds=silent + 61)) if isinstance(action, Stop)], (
        "an old look at the workers proves nothing"
    )


def test_values_that_come_late_rank_a_trial_anew(world: World):
    world.hire(1, at_first({2: LONG}))
    controller = world.begin(max_concurrent_tasks=1, limits={"total_tasks": 3, "top_tasks_to_keep": 1})
    world.advance(controller, lambda: 2 in controller.state.trials)
    worst = controller.snapshot().ranked[-1]
    world.api.report(worst.task_id, "val", "loss", -5.0, 9)
    world.finish(controller)
    best = controller.snapshot().best
    assert best is not None
    assert (best.number, best.values) == (worst.number, (-5.0,))
    archived = [number_of(task) for task in world.trials(controller.task_id) if "archived" in task["system_tags"]]
    assert worst.number not in archived
    assert len(archived) == 2


def test_a_trial_that_a_person_enqueues_again_counts_as_active_until_it_ends(
    world: World, caplog: pytest.LogCaptureFixture
):
    """Controller cannot take back a resurrected or aborted trial (clearml/clearml#800)."""
    caplog.set_level("INFO")
    world.hire(1, at_first({1: LONG}))
    controller = world.begin(max_concurrent_tasks=1, limits={"total_tasks": 2})
    world.advance(controller, lambda: 1 in controller.state.trials)
    first = controller.state.trials[0].task_id
    world.api("tasks.reset", task=first, force=True)
    world.api("tasks.enqueue", task=first, queue=world.queue_id)
    world.finish(controller)
    assert world.statuses(controller.task_id) == ["completed", "completed"]
    assert [trial.verdict for trial in controller.state.trials.values()] == [Verdict.COMPLETED] * 2
    assert "trial 0: a person enqueued it again" in caplog.text


def test_a_trial_that_a_person_archives_is_told_whether_it_runs_or_is_among_the_best(
    world: World, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO, "clearml_hpo_app")
    world.hire(1, lambda number, texts: Behaviour(iterations=20, seconds=5.0))
    controller = world.begin(max_concurrent_tasks=1, limits={"total_tasks": 4, "top_tasks_to_keep": 2})
    turns = world.advance(controller, lambda: controller.state.results == 1)
    ended = controller.state.trials[0]
    [running] = [trial for trial in controller.state.active.values() if trial.state.has_started] or [None]
    while running is None:
        next(turns)
        running = next((t for t in controller.state.active.values() if t.state.has_started), None)
    world.api("tasks.archive_many", ids=[ended.task_id, running.task_id])
    list(turns)
    for trial in (ended, running):
        assert caplog.text.count(f"trial {trial.number}: a person archived it") == 1


def test_a_queue_that_nobody_serves_is_told_once(world: World, caplog: pytest.LogCaptureFixture):
    """Nobody serves the `services` queue (clearml/clearml-server#140)."""
    controller = world.begin(max_concurrent_tasks=2, limits={"total_tasks": 2})
    turns = controller.run()
    for _ in range(60):
        next(turns)
    world.hire(1)
    list(turns)
    told = [record.getMessage() for record in caplog.records if "served" in record.getMessage()]
    assert told == [
        f"the queue '{world.queue}' is served by no worker: trials wait until one does",
        f"the queue '{world.queue}' is served again",
    ]


def test_a_queue_that_was_deleted_and_made_anew_is_used_again(world: World, caplog: pytest.LogCaptureFixture):
    controller = world.begin(max_concurrent_tasks=2, limits={"total_tasks": 3})
    turns = controller.run()
    next(turns)
    world.api("queues.delete", queue=world.queue_id, force=True)
    for _ in range(20):
        next(turns)
    world.queue_id = world.api("queues.create", name=world.queue)["id"]
    world.hire(2)
    list(turns)
    assert world.statuses(controller.task_id) == ["completed"] * 3
    assert f"the queue '{world.queue}' was deleted and made anew: trials go there" in caplog.text


def test_a_queue_that_was_deleted_is_told_once_and_the_run_goes_on_in_another_one(
    world: World, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO, "clearml_hpo_app")
    controller = world.begin(max_concurrent_tasks=1, limits={"total_tasks": 2})
    turns = controller.run()
    next(turns)
    world.api("queues.delete", queue=world.queue_id, force=True)
    for _ in range(60):
        next(turns)
    told = [r.getMessage() for r in caplog.records if r.levelno >= logging.INFO]
    assert sum("701" in text or "queue" in text.lower() for text in told) <= 3
    assert [decision.what for decision in controller.state.decisions] == ["enqueued again"]
    other = world.api("queues.create", name=f"{world.queue}-new")["id"]
    items = [{"section": "properties", "name": "hpo_execution_queue", "value": f"{world.queue}-new"}]
    world.api("tasks.edit_hyper_params", task=controller.task_id, hyperparams=items)
    world.queue_id = other
    world.hire(1)
    list(turns)
    assert world.statuses(controller.task_id) == ["completed", "completed"]
