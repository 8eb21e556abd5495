"""What people do to trials that have ended is noticed, respected and told."""

import logging

import pytest
from simulated_worker import Behaviour
from simulation import World, properties

from clearml_hpo_app.controller.loop import Controller
from clearml_hpo_app.trials.trial import Verdict

SLOW = Behaviour(iterations=200, seconds=1.0)
QUICK = Behaviour(iterations=2, seconds=1.0)


@pytest.fixture
def run(world: World, caplog: pytest.LogCaptureFixture) -> Controller:
    """A run of three trials, two of which have ended, and the best of them is trial 0."""
    caplog.set_level(logging.INFO)
    world.hire(1, lambda number, texts: SLOW if number == 2 else QUICK)
    controller = world.begin(max_concurrent_tasks=1, limits={"total_tasks": 3})
    world.advance(
        controller, lambda: controller.state.trials[2].state.has_started if 2 in controller.state.trials else False
    )
    return controller


def look(world: World, controller: Controller) -> None:
    """Let the next look at what has ended come and go."""
    until = world.clock.now().timestamp() + 65
    world.advance(controller, lambda: world.clock.now().timestamp() > until)


def test_a_trial_that_is_deleted_after_its_end_has_no_result_any_more(
    world: World, run: Controller, caplog: pytest.LogCaptureFixture
) -> None:
    best = run.snapshot().best
    assert best is not None
    ran = run.state.compute_seconds(world.clock.now())
    world.api("tasks.delete", task=best.task_id, force=True)
    look(world, run)
    assert run.state.trials[best.number].verdict is Verdict.DELETED
    assert run.state.compute_seconds(world.clock.now()) < ran + 75
    assert f"trial {best.number}: its task was deleted by a person" in caplog.text
    world.finish(run)
    now_best = run.snapshot().best
    assert now_best is not None
    assert now_best.number != best.number
    assert "best" in world.api.task(now_best.task_id)["tags"]


def test_a_trial_that_a_person_had_run_again_between_two_looks_is_told(
    world: World, run: Controller, caplog: pytest.LogCaptureFixture
) -> None:
    task = run.state.trials[0].task_id
    world.clock.wait(5.0)
    world.api("tasks.started", task=task, force=True)
    world.api("tasks.completed", task=task, force=True)
    look(world, run)
    assert "trial 0: a person had it run again, and it ended as before" in caplog.text
    assert run.state.trials[0].verdict is Verdict.COMPLETED


def test_properties_of_an_ended_trial_that_a_save_wiped_are_written_again(world: World, run: Controller) -> None:
    task = run.state.trials[0].task_id
    mine = [{"section": "properties", "name": "mine", "value": "x"}]
    world.api("tasks.edit_hyper_params", task=task, hyperparams=mine, replace_hyperparams="section")
    look(world, run)
    told = properties(world.api.task(task))
    assert (told["hpo_trial"], told["hpo_run"], told["mine"]) == ("0", run.state.run_id, "x")
    assert sorted(world.open(run.task_id).state.trials) == [0, 1, 2]


def test_trials_that_a_restart_does_not_find_are_named(
    world: World, run: Controller, caplog: pytest.LogCaptureFixture
) -> None:
    look(world, run)
    world.api("tasks.delete", task=run.state.trials[0].task_id, force=True)
    again = world.open(run.task_id)
    assert sorted(again.state.trials) == [1, 2]
    assert "1 trial (0) that this run made cannot be found: the task was deleted" in caplog.text


def test_a_value_that_comes_right_before_the_end_counts(world: World) -> None:
    world.hire(1)
    controller = world.begin(max_concurrent_tasks=1, limits={"total_tasks": 3, "top_tasks_to_keep": 1})
    world.advance(
        controller, lambda: 2 in controller.state.trials and controller.state.trials[2].state.has_started
    )
    worst = max((0, 1), key=lambda number: (controller.state.trials[number].values or (0.0,))[0])
    task = controller.state.trials[worst].task_id
    late = {
        "type": "training_stats_scalar",
        "task": task,
        "iter": 99,
        "metric": "val",
        "variant": "loss",
        "value": -1.0,
    }
    world.api("events.add", **late)
    world.finish(controller)
    assert controller.snapshot().best == controller.state.trials[worst]
    found = world.api.task(task)
    assert "best" in found["tags"]
    assert "archived" not in found["system_tags"]


def test_a_best_trial_that_was_deleted_right_before_the_end_leaves_its_place_to_the_next(world: World) -> None:
    world.hire(1)
    controller = world.begin(max_concurrent_tasks=1, limits={"total_tasks": 3})
    world.advance(
        controller, lambda: 2 in controller.state.trials and controller.state.trials[2].state.has_started
    )
    best = min((0, 1), key=lambda number: (controller.state.trials[number].values or (0.0,))[0])
    world.api("tasks.delete", task=controller.state.trials[best].task_id, force=True)
    world.finish(controller)
    assert controller.state.trials[best].verdict is Verdict.DELETED
    now_best = controller.snapshot().best
    assert now_best is not None
    assert now_best.number != best
    assert "best" in world.api.task(now_best.task_id)["tags"]
