"""The state lives on the server: a controller may be gone at any turn, and another one carries on."""

import itertools
import json
import os
from typing import Any

import pytest
from simulated_worker import Behaviour
from simulation import World, arguments, loss_of, number_of, properties

from clearml_hpo_app.controller.loop import Controller
from clearml_hpo_app.trials.trial import Verdict

METHODS = ["random", "quasi-random", "grid", "bayesian"]


def settings_of(method: str, trials: int) -> dict[str, Any]:
    finite = [
        {"type": "discrete", "name": "Args/rate", "values": [0.1, 0.2, 0.3, 0.4]},
        {"type": "uniform", "name": "Args/units", "min": 1, "max": 8},
    ]
    more = {"parameters": finite} if method == "grid" else {}
    return {"method": method, "max_concurrent_tasks": 1, "limits": {"total_tasks": trials}, **more}


def suggested(world: World, task_id: str) -> list[dict[str, str]]:
    return [arguments(task) for task in world.trials(task_id)]


def run_in_pieces(world: World, task_id: str, turns: int) -> tuple[Controller, int]:
    """Drop the controller after every few turns and open another one, until the run has ended."""
    for piece in itertools.count(1):
        controller = world.open(task_id)
        for _ in itertools.islice(controller.run(), turns):
            world.clock.wait(0.5)
        if controller.ended is not None:
            return controller, piece
        assert piece < 500
    raise AssertionError


@pytest.mark.parametrize("method", METHODS)
def test_a_controller_that_is_dropped_again_and_again_suggests_the_same(world: World, method: str):
    world.hire(1)
    undisturbed = world.run(**settings_of(method, 8))
    task_id = world.instance(**settings_of(method, 8))
    controller, pieces = run_in_pieces(world, task_id, 2)
    assert pieces > 3
    assert world.numbers(task_id) == list(range(8))
    assert suggested(world, task_id) == suggested(world, undisturbed.task_id)
    assert controller.snapshot().best == controller.state.trials[controller.snapshot().ranked[0].number]


@pytest.mark.parametrize("turns", [1, 3])
def test_no_number_is_lost_or_doubled_and_no_trial_runs_twice(world: World, turns: int):
    world.hire(3)
    task_id = world.instance(max_concurrent_tasks=3, limits={"total_tasks": 9, "top_tasks_to_keep": 2})
    controller, _ = run_in_pieces(world, task_id, turns)
    assert world.numbers(task_id) == list(range(9))
    assert world.statuses(task_id) == ["completed"] * 9
    ran = [task for worker in world.workers for task in worker.started]
    assert len(ran) == len(set(ran)) == 9
    assert sum("archived" in task["system_tags"] for task in world.trials(task_id)) == 7
    assert controller.ended is not None
    assert controller.ended.reason == "All 9 trials have run."


@pytest.mark.long
def test_the_time_of_a_run_goes_on_after_a_restart_and_down_times_do_not_count(world: World):
    world.hire(1, lambda number, texts: Behaviour(iterations=30))
    controller = world.begin(limits={"total_minutes": 3})
    world.advance(controller, lambda: controller.snapshot().elapsed_seconds > 90)
    world.clock.wait(3600)
    again = world.open(controller.task_id)
    assert 60 < again.snapshot().elapsed_seconds < 120
    begin = world.clock.now()
    world.finish(again)
    assert 60 < (world.clock.now() - begin).total_seconds() < 150


def test_a_stop_whose_controller_died_is_carried_out_by_the_next(world: World):
    world.hire(1, lambda number, texts: Behaviour(iterations=50 if number == 0 else 1))
    controller = world.begin(max_concurrent_tasks=1, limits={"total_tasks": 2})
    world.advance(controller, lambda: controller.state.trials[0].iteration is not None)
    texts = {"verdict": "task time limit", "reason": "stopped after 2 minutes"}
    world.api(
        "tasks.edit_hyper_params",
        task=controller.state.trials[0].task_id,
        hyperparams=[{"section": "properties", "name": name, "value": text} for name, text in texts.items()],
        replace_hyperparams="none",
    )
    again = world.open(controller.task_id)
    world.finish(again)
    assert world.statuses(controller.task_id) == ["stopped", "completed"]
    assert again.state.trials[0].reason == "stopped after 2 minutes"


def test_a_trial_that_completed_before_the_stop_of_a_controller_that_died_is_completed_everywhere(world: World):
    world.hire(1)
    controller = world.begin(max_concurrent_tasks=1, limits={"total_tasks": 2})
    world.advance(controller, lambda: controller.state.trials[0].state.has_started)
    task = controller.state.trials[0].task_id
    texts = {"verdict": "pruned", "reason": "stopped at iteration 1"}
    items = [{"section": "properties", "name": name, "value": text} for name, text in texts.items()]
    world.api("tasks.edit_hyper_params", task=task, hyperparams=items, replace_hyperparams="none")
    while world.api.task(task)["status"] != "completed":
        world.clock.wait(1.0)
    again = world.open(controller.task_id)
    world.finish(again)
    told = properties(world.api.task(task))
    assert (told["verdict"], told["reason"]) == ("completed", "it completed before it could be stopped")
    assert again.state.trials[0].verdict is Verdict.COMPLETED


@pytest.mark.parametrize("is_reset", [True, False])
def test_a_reset_or_cloned_controller_starts_afresh(world: World, is_reset: bool):
    world.hire(2)
    first = world.run(limits={"total_tasks": 3})
    if is_reset:
        world.api("tasks.reset", task=first.task_id, force=True)
        task_id = first.task_id
    else:
        task_id = world.api("tasks.clone", task=first.task_id, new_task_name="again")["id"]
    world.api("tasks.started", task=task_id)
    second = world.open(task_id)
    assert (second.state.trials, second.snapshot().elapsed_seconds < 5) == ({}, True)
    world.finish(second)
    assert sorted(second.state.trials) == [0, 1, 2]
    old = {trial.task_id for trial in first.state.trials.values()}
    assert not old & {trial.task_id for trial in second.state.trials.values()}
    assert len(world.trials(task_id)) == (6 if is_reset else 3)


def test_a_double_that_only_a_repeated_clone_can_have_made_is_deleted(world: World):
    world.hire(1)
    controller = world.begin(max_concurrent_tasks=1, limits={"total_tasks": 3})
    world.advance(controller, lambda: 1 in controller.state.trials)
    original = controller.state.trials[1].task_id
    double = world.api("tasks.clone", task=original, new_task_name="base: trial 1")["id"]
    persons = world.api("tasks.clone", task=original, new_task_name="Clone of base: trial 1")["id"]
    again = world.open(controller.task_id)
    world.finish(again)
    ids = [task["id"] for task in world.trials(controller.task_id)]
    assert double not in ids
    assert persons in ids
    assert world.api.task(persons)["status"] == "created"
    assert again.state.trials[1].task_id == original
    assert len(again.state.trials) == 3


def test_a_copy_that_a_person_made_later_under_the_same_name_is_left_alone(world: World):
    """`Task.clone` without a name keeps the name of what it copies."""
    world.hire(1)
    controller = world.begin(max_concurrent_tasks=1, limits={"total_tasks": 3})
    world.advance(controller, lambda: 1 in controller.state.trials)
    original = controller.state.trials[1].task_id
    world.clock.wait(600.0)
    copy = world.api("tasks.clone", task=original, new_task_name="base: trial 1")["id"]
    again = world.open(controller.task_id)
    world.finish(again)
    assert world.api.task(copy)["status"] == "created"
    assert again.state.trials[1].task_id == original
    assert len(again.state.trials) == 3


def test_a_double_that_was_started_is_left_alone(world: World):
    controller = world.begin(limits={"total_tasks": 2})
    next(controller.run())
    double = world.api("tasks.clone", task=controller.state.trials[0].task_id, new_task_name="base: trial 0")["id"]
    world.api("tasks.enqueue", task=double, queue=world.queue_id)
    world.hire(2)
    again = world.open(controller.task_id)
    world.finish(again)
    assert world.api.task(double)["status"] in {"completed", "in_progress", "queued"}
    assert len(again.state.trials) == 2


def test_a_late_clone_does_not_replace_the_trial_that_runs(world: World):
    controller = world.begin(max_concurrent_tasks=1, limits={"total_tasks": 1})
    next(controller.run())
    late = controller.state.trials[0].task_id
    world.api("tasks.dequeue", task=late)
    runs = world.api("tasks.clone", task=late, new_task_name="base: trial 0")["id"]
    world.api("tasks.enqueue", task=runs, queue=world.queue_id)
    world.hire(1, lambda number, texts: Behaviour(iterations=9))
    world.clock.wait(3.0)
    assert world.api.task(runs)["status"] == "in_progress"
    again = world.open(controller.task_id)
    assert [trial.task_id for trial in again.state.active.values()] == [runs]
    assert [task["id"] for task in world.trials(controller.task_id)] == [runs]
    world.finish(again)
    assert world.workers[0].started == [runs]


def test_a_draft_that_a_person_archived_is_not_enqueued_after_a_restart(world: World):
    controller = world.begin(max_concurrent_tasks=2, limits={"total_tasks": 2})
    next(controller.run())
    world.api("tasks.archive", tasks=[controller.state.trials[0].task_id])
    world.hire(1)
    again = world.open(controller.task_id)
    world.finish(again)
    assert world.statuses(controller.task_id) == ["created", "completed"]
    assert again.state.trials[0].reason == "archived by a person before it started"


def wipe(world: World, task: str) -> None:
    mine = [{"section": "properties", "name": "mine", "value": "1"}]
    world.api("tasks.edit_hyper_params", task=task, hyperparams=mine, replace_hyperparams="section")


@pytest.mark.parametrize("iterations", [30, 4])
def test_a_trial_whose_properties_somebody_wiped_is_found_after_a_restart(world: World, iterations: int):
    world.hire(1, lambda number, texts: Behaviour(iterations=iterations))
    controller = world.begin(max_concurrent_tasks=1, limits={"total_tasks": 2})
    turns = world.advance(controller, lambda: controller.state.trials[0].iteration is not None)
    known = controller.state.trials[0]
    wipe(world, known.task_id)
    next(turns)
    found = properties(world.api.task(known.task_id))
    assert (found["hpo_trial"], found["mine"]) == ("0", "1")
    again = world.open(controller.task_id)
    assert again.state.trials[0].parameters == known.parameters
    world.finish(again)
    assert world.numbers(controller.task_id) == [0, 1]


def test_a_wiped_verdict_is_written_again(world: World):
    world.hire(1, lambda number, texts: Behaviour(iterations=60))
    controller = world.begin(max_concurrent_tasks=1, limits={"total_tasks": 1, "max_iterations": 5})
    turns = world.advance(controller, lambda: 0 in controller.state.stop_sent)
    wipe(world, controller.state.trials[0].task_id)
    list(turns)
    [task] = world.trials(controller.task_id)
    assert properties(task)["verdict"] == "max iterations"
    assert properties(task)["reason"].endswith("the limit is 5 iterations")


def test_the_number_of_a_deleted_trial_is_not_given_out_again(world: World):
    world.hire(1, lambda number, texts: Behaviour(iterations=25))
    controller = world.begin(max_concurrent_tasks=1, limits={"total_tasks": 4})
    world.advance(controller, lambda: sign_of_life(world, controller.task_id)["numbers"] == 3)
    for number in (1, 2):
        world.api("tasks.delete", task=controller.state.trials[number].task_id, force=True)
    world.finish(world.open(controller.task_id))
    assert world.numbers(controller.task_id) == [0, 3]


def test_a_controller_gives_a_sign_of_life_from_the_first_moment(world: World):
    controller = world.begin(limits={"total_tasks": 1})
    beat = sign_of_life(world, controller.task_id)
    assert (beat["task"], beat["run"]) == (controller.task_id, controller.state.run_id)
    assert beat["process"] == os.getpid()


def sign_of_life(world: World, task_id: str) -> dict[str, Any]:
    return dict(json.loads(properties(world.api.task(task_id))["controller"]))


def test_a_trial_that_a_person_reset_while_no_controller_was_there_is_not_run_again(world: World):
    world.hire(1)
    controller = world.begin(max_concurrent_tasks=1, limits={"total_tasks": 3})
    world.advance(controller, lambda: 1 in controller.state.trials)
    world.api("tasks.reset", task=controller.state.trials[0].task_id, force=True)
    again = world.open(controller.task_id)
    world.finish(again)
    assert world.statuses(controller.task_id) == ["created", "completed", "completed"]
    assert again.state.trials[0].reason == "reset by a person"


def test_a_finished_run_that_is_opened_again_has_nothing_to_do(world: World):
    world.hire(2)
    first = world.run(limits={"total_tasks": 3})
    world.api("tasks.started", task=first.task_id, force=True)
    turns = world.finish(world.open(first.task_id))
    assert len(turns) == 1
    assert [number_of(task) for task in world.trials(first.task_id)] == [0, 1, 2]
    assert properties(world.api.task(first.task_id))["reason"] == "All 3 trials have run."


def test_loss_follows_from_the_parameters():
    assert loss_of(0, {"rate": "0.3", "units": "1"}).value(1) == pytest.approx(1.01)


def clone_as_the_ui(world: World, task_id: str, name: str) -> str:
    task = world.api.task(task_id)
    sent = {"task": task_id, "new_task_project": task["project"], "new_task_name": name, "new_task_comment": ""}
    return str(world.api("tasks.clone", **sent)["id"])


@pytest.mark.parametrize("name", ["My try", "Clone Of base: trial 1", "base: trial 1"])
@pytest.mark.parametrize("runs", [True, False])
def test_a_persons_copy_of_a_waiting_trial_is_no_trial_after_a_restart(world: World, name: str, runs: bool):
    controller = world.begin(max_concurrent_tasks=2, limits={"total_tasks": 3})
    next(controller.run())
    original = controller.state.trials[1].task_id
    copy = clone_as_the_ui(world, original, name)
    if runs:
        world.api("tasks.started", task=copy)
        world.api("tasks.completed", task=copy)
    world.hire(1)
    again = world.open(controller.task_id)
    world.finish(again)
    assert again.state.trials[1].task_id == original
    assert world.api.task(copy)["status"] == ("completed" if runs else "created")
    assert sorted(again.state.trials) == [0, 1, 2]
    assert all(trial.verdict is Verdict.COMPLETED for trial in again.state.trials.values())


def test_a_copy_that_the_sdk_made_of_a_trial_that_had_started_is_left_alone(world: World):
    """`Task.clone` without a name keeps the name and the description of what it copies."""
    world.hire(1)
    controller = world.begin(max_concurrent_tasks=1, limits={"total_tasks": 3})
    world.advance(
        controller, lambda: 1 in controller.state.trials and controller.state.trials[1].state.has_started
    )
    copies = [
        world.api(
            "tasks.clone", task=controller.state.trials[number].task_id, new_task_name=f"base: trial {number}"
        )
        for number in (0, 1)
    ]
    again = world.open(controller.task_id)
    world.finish(again)
    assert [world.api.task(copy["id"])["status"] for copy in copies] == ["created", "created"]
    assert sorted(again.state.trials) == [0, 1, 2]


@pytest.mark.parametrize("by_sdk", [True, False])
def test_a_persons_copy_does_not_take_the_place_of_a_trial_that_was_deleted(world: World, by_sdk: bool):
    world.hire(1)
    controller = world.begin(max_concurrent_tasks=1, limits={"total_tasks": 3})
    world.advance(controller, lambda: 2 in controller.state.trials)
    original = controller.state.trials[0].task_id
    copy = (
        world.api("tasks.clone", task=original, new_task_name="Clone Of base: trial 0")["id"]
        if by_sdk
        else clone_as_the_ui(world, original, "My own copy")
    )
    world.api("tasks.delete", task=original, force=True)
    again = world.open(controller.task_id)
    world.finish(again)
    assert world.api.task(copy)["status"] == "created"
    assert copy not in {trial.task_id for trial in again.state.trials.values()}


def test_a_trial_that_a_person_renamed_and_described_is_still_the_trial_after_a_restart(world: World):
    world.hire(1)
    controller = world.begin(max_concurrent_tasks=1, limits={"total_tasks": 3})
    world.advance(controller, lambda: 1 in controller.state.trials)
    original = controller.state.trials[0].task_id
    world.api("tasks.update", task=original, name="Best so far", comment="look at this one")
    again = world.open(controller.task_id)
    world.finish(again)
    assert again.state.trials[0].task_id == original
    assert sorted(again.state.trials) == [0, 1, 2]


def test_counts_hold_their_level_until_the_controller_that_comes_back_sees_another_one(world: World):
    world.hire(2, lambda number, texts: Behaviour(iterations=20, seconds=3.0))
    first = world.begin(limits={"total_tasks": 8})
    world.advance(first, lambda: first.state.results >= 2)
    world.clock.wait(120)
    world.finish(world.open(first.task_id))
    found = world.api("events.scalar_metrics_iter_histogram", task=first.task_id, key="iter")["Resources"]
    for curve in found.values():
        points = list(zip(curve["x"], curve["y"], strict=True))
        slopes = [(a, b) for a, b in itertools.pairwise(points) if a[1] != b[1] and b[0] - a[0] > 1]
        assert slopes == []
