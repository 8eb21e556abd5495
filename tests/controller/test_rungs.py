"""Trials that are not promising are stopped at a rung, and the record outlives the controller."""

import itertools
import json
import logging
from collections.abc import Mapping
from typing import Any

import pytest
from mortal_client import MortalClient, run_in_lives
from simulated_worker import Behaviour
from simulation import World, number_of, properties

from clearml_hpo_app.controller.loop import Controller
from clearml_hpo_app.trials.trial import Rung, TrialState, Verdict

LENGTH = 27
SLOW_ONES = [pytest.param(method, marks=pytest.mark.long) for method in ("random", "evolutionary", "quasi-random")]


def steady(number: int, texts: Mapping[str, str]) -> Behaviour:
    """A trial of 27 iterations whose loss is worse the higher its number, and falls on the way."""
    return Behaviour(iterations=LENGTH, seconds=4, value=lambda iteration: number + 1 / iteration)


def by_rate(number: int, texts: Mapping[str, str]) -> Behaviour:
    """A trial of 27 iterations whose loss follows from its parameters."""
    return Behaviour(iterations=LENGTH, seconds=4, value=lambda iteration: float(texts["rate"]) + 1 / iteration)


def settings(trials: int, stopping: str = "asha", **more: Any) -> dict[str, Any]:
    limits = {"total_tasks": trials, "max_iterations": LENGTH, **more.pop("limits", {})}
    return {"early_stopping": stopping, "limits": limits, **more}


def stops(world: World, task_id: str) -> dict[int, tuple[str, str]]:
    """Return rung and reason of every trial that was stopped early, as its task shows them."""
    found = [properties(task) | {"number": str(number_of(task))} for task in world.trials(task_id)]
    pruned = [each for each in found if each.get("verdict") == Verdict.PRUNED.value]
    return {int(each["number"]): (each["rung"].partition(":")[0], each["reason"]) for each in pruned}


def record(world: World, task_id: str) -> dict[str, Any]:
    objects = world.api.task(task_id)["configuration"]
    return json.loads(objects["Rungs 0-499"]["value"])["trials"] if "Rungs 0-499" in objects else {}


def test_a_trial_that_misses_the_bar_is_stopped_with_rung_value_and_bar_in_its_reason(
    world: World, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO)
    world.hire(1, steady)
    controller = world.run(**settings(3, max_concurrent_tasks=1))
    assert world.statuses(controller.task_id) == ["completed", "stopped", "stopped"]
    first, second = stops(world, controller.task_id).values()
    assert first == (
        "1",
        "stopped at iteration 1: its val/loss there was 2, and the best third of 2 trials had 1 or less",
    )
    assert second[1].endswith("was 3, and the best third of 3 trials had 1 or less")
    trial = controller.state.trials[1]
    assert (trial.state, trial.verdict, trial.rung) == (TrialState.STOPPED, Verdict.PRUNED, Rung(1, 2.0))
    assert controller.ended is not None and controller.ended.reason == "All 3 trials have run."
    assert "trial 1 is to end: stopped at iteration 1" in caplog.text


def test_no_trial_is_stopped_before_the_minimal_number_of_iterations(world: World):
    world.hire(2, steady)
    controller = world.run(**settings(5, limits={"min_iterations": 4}))
    assert stops(world, controller.task_id)
    for task in world.trials(controller.task_id):
        assert world.api.task(task["id"])["last_iteration"] >= 4
    assert {rung for rung, _ in stops(world, controller.task_id).values()} <= {"4", "12"}


@pytest.mark.parametrize("stopping", ["asha", "median"])
@pytest.mark.parametrize("method", ["bayesian", *SLOW_ONES])
def test_every_method_goes_with_every_way_of_stopping(world: World, method: str, stopping: str):
    world.hire(2, by_rate)
    controller = world.run(**settings(12, stopping, method=method, seed=1))
    assert stops(world, controller.task_id)
    assert set(world.statuses(controller.task_id)) == {"completed", "stopped"}


@pytest.mark.long
@pytest.mark.parametrize("method", ["hyperband", "bayesian-hyperband"])
def test_the_hyperband_methods_stop_by_themselves(world: World, method: str):
    world.hire(3, by_rate)
    controller = world.run(**settings(12, "none", method=method, max_concurrent_tasks=3))
    assert stops(world, controller.task_id)
    assert len({trial["attempt"] for trial in record(world, controller.task_id).values()}) == 1


def test_nobody_is_judged_or_stopped_where_early_stopping_is_off(world: World):
    world.hire(1, steady)
    controller = world.run(**settings(3, "none", max_concurrent_tasks=1))
    assert world.statuses(controller.task_id) == ["completed"] * 3
    assert not record(world, controller.task_id)


def test_curves_are_read_once_for_all_trials_that_passed_a_rung_and_only_then(world: World):
    world.hire(4, by_rate)
    controller = world.run(**settings(8, max_concurrent_tasks=4))
    passed = sum(len(trial["values"]) for trial in record(world, controller.task_id).values())
    reads = world.client.calls["events.multi_task_scalar_metrics_iter_histogram"]
    assert 0 < reads <= passed + 4


def test_the_length_is_learned_from_the_first_complete_trial_where_nothing_tells_it(
    world: World, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO)
    world.api("tasks.reset", task=world.base_task, force=True)
    world.hire(1, steady)
    controller = world.run(early_stopping="asha", limits={"total_tasks": 3}, max_concurrent_tasks=1)
    assert world.statuses(controller.task_id) == ["completed", "stopped", "stopped"]
    assert "a whole trial has 27 iterations" in caplog.text


def test_auto_says_what_it_chose_and_why(world: World, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO)
    world.begin(method="auto", limits={"total_tasks": 2})
    assert "method: " in caplog.text and ", since it finds" in caplog.text
    assert "early stopping: none, since a trial of 1 iterations has none to save" in caplog.text


def diverging(number: int, texts: Mapping[str, str]) -> Behaviour:
    """Trial 1 is worth 0.5 at first, better than any other, and then nothing."""
    if number != 1:
        return Behaviour(iterations=LENGTH, seconds=4, value=lambda iteration: 2.0 - number / 10)
    return Behaviour(
        iterations=LENGTH,
        seconds=4,
        value=lambda iteration: 0.5 if iteration == 1 else 0.0,
        says="clearml - INFO - NaN value encountered. Reporting it as '0'. Use …",
        says_at=2,
    )


@pytest.mark.parametrize("stopping", ["asha", "median"])
def test_a_trial_that_diverged_is_stopped_at_a_rung_and_sets_no_bar(world: World, stopping: str):
    world.hire(1, diverging)
    controller = world.run(**settings(8, stopping, max_concurrent_tasks=1))
    trial = controller.state.trials[1]
    assert trial.verdict is Verdict.INFEASIBLE
    assert trial.reason == "its objective became NaN, which ClearML's logger reports as 0"
    assert (trial.iteration or 0) < LENGTH
    others = [each.verdict for each in controller.state.trials.values() if each.number != 1]
    assert others == [Verdict.COMPLETED] * 7, "each of them is better than the one before"


def test_a_trial_that_diverged_sets_no_bar_for_one_that_passes_the_rung_in_the_same_look(world: World):
    world.hire(2, lambda number, texts: diverging(1 - number if number < 2 else number, texts))
    controller = world.begin(**settings(2, max_concurrent_tasks=2))
    world.advance(controller, lambda: len(controller.state.enqueued_at) == 2)
    world.clock.wait(60)
    world.finish(controller)
    assert [controller.state.trials[number].verdict for number in (0, 1)] == [
        Verdict.INFEASIBLE,
        Verdict.COMPLETED,
    ]


def test_trials_that_end_while_nobody_looks_are_measures_for_the_others_all_the_same(world: World):
    values = {0: 2.0, 1: 1.0, 2: 1.5, 3: 1.5}

    def by_number(number: int, texts: Mapping[str, str]) -> Behaviour:
        return Behaviour(iterations=LENGTH, seconds=4, value=lambda iteration: values[number] + 1 / iteration)

    def away(*, is_killed: bool, is_uncertain: bool) -> str:
        run = world.begin(**settings(4, max_concurrent_tasks=1))
        world.advance(run, lambda: 1 in run.state.trials and run.state.trials[1].state is TrialState.RUNNING)
        world.clock.wait(300)
        run.state.uncertain = is_uncertain
        world.finish(world.open(run.task_id) if is_killed else run)
        return run.task_id

    world.hire(1, by_number)
    looked = away(is_killed=False, is_uncertain=False)
    assert sorted(stops(world, looked)) == [2, 3]
    for lost in ({"is_killed": True, "is_uncertain": False}, {"is_killed": False, "is_uncertain": True}):
        other = away(**lost)
        assert (stops(world, other), record(world, other)) == (stops(world, looked), record(world, looked))


def run_in_pieces(world: World, task_id: str, turns: int) -> Controller:
    """Drop the controller after every few turns and open another one, until the run has ended."""
    for _ in range(500):
        controller = world.open(task_id)
        for _ in itertools.islice(controller.run(), turns):
            world.clock.wait(2)
        if controller.ended is not None:
            return controller
    raise AssertionError


@pytest.mark.long
@pytest.mark.parametrize("method", ["hyperband", "bayesian", "random", "evolutionary", "quasi-random"])
def test_a_controller_that_is_dropped_after_each_turn_stops_the_same_trials(world: World, method: str):
    world.hire(1, by_rate)
    more = settings(8, method=method, max_concurrent_tasks=1)
    undisturbed = world.run(**more)
    task_id = world.instance(**more)
    run_in_pieces(world, task_id, 1)
    assert stops(world, task_id) == stops(world, undisturbed.task_id) != {}
    assert record(world, task_id) == record(world, undisturbed.task_id)


def test_a_judgement_that_was_recorded_and_not_carried_out_is_carried_out_by_the_next_controller(world: World):
    world.hire(1, steady)
    controller = world.begin(**settings(2, max_concurrent_tasks=1))
    turns = world.advance(controller, lambda: 1 in controller.state.to_prune or 1 in controller.state.stop_sent)
    del turns
    again = world.open(controller.task_id)
    world.finish(again)
    assert set(stops(world, controller.task_id)) == {1}


def test_a_stopped_trial_that_a_person_enqueues_again_is_left_to_run(world: World):
    world.hire(1, steady)
    controller = world.begin(**settings(4, max_concurrent_tasks=1))
    world.advance(
        controller, lambda: controller.state.trials.get(1, None) is not None and is_pruned(controller, 1)
    )
    again = controller.state.trials[1].task_id
    world.api("tasks.reset", task=again, force=True)
    world.api("tasks.enqueue", task=again, queue=world.queue_id)
    world.finish(controller)
    assert world.api.task(again)["status"] == "completed"
    assert controller.state.trials[1].verdict is Verdict.COMPLETED
    assert 1 not in stops(world, controller.task_id)


def is_pruned(controller: Controller, number: int) -> bool:
    trial = controller.state.trials[number]
    return trial.state is TrialState.STOPPED and trial.verdict is Verdict.PRUNED


def test_a_trial_that_is_deleted_while_it_runs_holds_nothing_up(world: World):
    world.hire(2, by_rate)
    controller = world.begin(**settings(6))
    world.advance(controller, lambda: (controller.state.trials[0].iteration or 0) >= 1)
    world.api("tasks.delete", task=controller.state.trials[0].task_id, force=True)
    world.finish(controller)
    assert controller.ended is not None
    assert len(controller.state.trials) == 6


def lived(world: World, method: str, deaths: set[int], *, before: bool) -> tuple[str, MortalClient]:
    world.hire(1, by_rate)
    task_id = world.instance(**settings(6, method=method, max_concurrent_tasks=1))
    client = MortalClient(world.client, deaths, before=before)
    run_in_lives(world, task_id, client)
    world.clock.end_all_lives()
    return task_id, client


@pytest.mark.long
@pytest.mark.parametrize("before", [True, False], ids=["before the call", "after the call"])
@pytest.mark.parametrize("start", range(30))
def test_a_controller_that_dies_at_every_nth_call_stops_the_same_trials(world: World, start: int, before: bool):
    undisturbed, _ = lived(world, "bayesian", set(), before=before)
    deaths = set(range(20 + start, 2000, 37))
    task_id, _ = lived(world, "bayesian", deaths, before=before)
    assert stops(world, task_id) == stops(world, undisturbed) != {}
    assert world.numbers(task_id) == list(range(6))
