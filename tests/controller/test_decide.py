"""Decisions as values: every limit below, at and above its bound, and everything that must follow."""

from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

import pytest
from controller_builders import (
    LOSS,
    SIZE,
    START,
    after,
    config,
    draft,
    ended,
    limited,
    queued,
    running,
    state,
)

from clearml_hpo_app.controller.deciding.actions import (
    Archive,
    Enqueue,
    Finish,
    ForceStop,
    Launch,
    Restore,
    Stop,
    WindUp,
)
from clearml_hpo_app.controller.deciding.decide import LAUNCHES_PER_TURN, decide
from clearml_hpo_app.controller.state import RunState
from clearml_hpo_app.trials.trial import TrialState, Verdict

Kind = TypeVar("Kind")


def decided(kind: type[Kind], run: RunState, now: datetime = START) -> list[Kind]:
    return [action for action in decide(run, now) if isinstance(action, kind)]


def launched(run: RunState) -> list[int]:
    return [launch.number for launch in decided(Launch, run)]


def test_deciding_changes_nothing():
    run = state(ended(0, 1.0), running(1), draft(2), settings=limited(total_minutes=1, top_tasks_to_keep=1))
    before = repr(run)
    assert decide(run, after(minutes=5)) == decide(run, after(minutes=5))
    assert repr(run) == before


@pytest.mark.parametrize(("given_out", "expected"), [(0, [0, 1, 2, 3]), (3, [3, 4]), (4, [4]), (5, []), (6, [])])
def test_no_more_numbers_than_total_tasks_are_given_out(given_out: int, expected: list[int]):
    run = state(*(ended(number, 1.0) for number in range(given_out)), settings=limited(total_tasks=5))
    assert launched(run) == expected


def test_a_deleted_or_failed_trial_does_not_give_its_number_back():
    gone = ended(1, state=TrialState.DELETED, verdict=Verdict.DELETED)
    failed = ended(0, state=TrialState.FAILED, verdict=Verdict.FAILED)
    assert launched(state(failed, gone, settings=limited(total_tasks=3))) == [2]


@pytest.mark.parametrize(("active", "free"), [(0, 4), (3, 1), (4, 0), (5, 0)])
def test_queued_and_running_trials_never_exceed_the_concurrent_ones(active: int, free: int):
    kinds = [running, queued, draft, running, queued]
    run = state(*(kinds[number](number) for number in range(active)))
    assert len(launched(run)) == free


def test_a_trial_that_is_being_stopped_keeps_its_slot():
    run = state(running(0, state=TrialState.STOPPING), settings=config(max_concurrent_tasks=1))
    assert launched(run) == []


def test_the_first_turn_of_a_wide_run_creates_a_bounded_number():
    assert len(launched(state(settings=config(max_concurrent_tasks=1000)))) == LAUNCHES_PER_TURN


@pytest.mark.parametrize(("iteration", "stops"), [(None, 0), (9, 0), (10, 1), (11, 1)])
def test_a_trial_is_stopped_at_or_after_its_last_iteration(iteration: int | None, stops: int):
    found = decided(Stop, state(running(0, iteration=iteration), settings=limited(max_iterations=10)))
    assert len(found) == stops
    if found:
        reason = f"stopped at iteration {iteration}: the limit is 10 iterations"
        assert found == [Stop(0, Verdict.MAX_ITERATIONS, reason)]


@pytest.mark.parametrize(("seconds", "stops"), [(119, 0), (120, 1), (150, 1)])
def test_a_trial_is_stopped_when_it_has_run_for_its_minutes(seconds: int, stops: int):
    run = state(running(0), settings=limited(task_minutes=2))
    found = decided(Stop, run, after(seconds=seconds))
    assert len(found) == stops
    assert all(
        stop.verdict is Verdict.TASK_TIME and stop.reason.endswith("the limit is 2 minutes") for stop in found
    )


def test_task_minutes_do_not_count_while_a_trial_is_queued():
    waits = queued(0, created=START, last_update=after(minutes=59))
    late = running(1, created=START, started=after(minutes=59))
    run = state(waits, late, settings=limited(task_minutes=2))
    assert decided(Stop, run, after(minutes=60)) == []


@pytest.mark.parametrize(("seconds", "ends"), [(179, False), (180, True), (181, True)])
def test_the_run_ends_when_it_was_worked_on_for_its_minutes(seconds: int, ends: bool):
    run = state(running(0), elapsed_before=60.0, settings=limited(total_minutes=4))
    now = after(seconds=seconds)
    reason = "The limit of 4 minutes of total optimization time is reached."
    assert decided(WindUp, run, now) == ([WindUp(reason, "completed")] if ends else [])
    stop = Stop(0, Verdict.RUN_ENDED, f"stopped because the run ended: {reason}")
    assert decided(Stop, run, now) == ([stop] if ends else [])
    assert bool(decided(Launch, run, now)) is not ends


@pytest.mark.parametrize(("seconds", "ends"), [(59, False), (60, True), (61, True)])
def test_the_run_ends_when_all_its_trials_ran_for_the_compute_minutes(seconds: int, ends: bool):
    run = state(ended(0, 1.0), running(1), running(2), queued(3), settings=limited(compute_minutes=3))
    found = decided(WindUp, run, after(seconds=seconds))
    assert bool(found) is ends
    assert all(act.reason == "The limit of 3 minutes of total compute time is reached." for act in found)


def test_a_limit_of_the_run_without_active_trials_ends_it_at_once():
    run = state(ended(0, 1.0), settings=limited(total_minutes=1))
    assert [type(action) for action in decide(run, after(minutes=1))] == [WindUp, Finish]


def test_winding_up_stops_everything_once_launches_nothing_and_waits():
    run = state(running(0), queued(1), running(2), winding_up=WindUp("enough", "stopped"))
    run.stop_sent[2] = START
    reason = "stopped because the run ended: enough"
    assert decide(run, START) == [Stop(number, Verdict.RUN_ENDED, reason) for number in (0, 1)]


def test_winding_up_finishes_with_its_reason_when_all_have_ended():
    run = state(ended(0, 1.0), winding_up=WindUp("enough", "stopped"))
    assert decide(run, START) == [Finish("enough", "stopped")]


def test_winding_up_can_leave_the_trials_alone():
    run = state(running(0), queued(1), draft(2), winding_up=WindUp("enough", "stopped", leave_trials=True))
    assert decide(run, START) == [Finish("enough", "stopped")]


def test_a_draft_is_not_enqueued_any_more_when_the_run_winds_up():
    run = state(draft(0), winding_up=WindUp("enough", "stopped"))
    assert decided(Enqueue, run) == []
    assert len(decided(Stop, run)) == 1


@pytest.mark.parametrize(("seconds", "forced"), [(0, 0), (29, 0), (30, 1), (90, 1)])
def test_a_worker_has_half_a_minute_to_end_a_trial(seconds: int, forced: int):
    run = state(running(0))
    run.stop_sent[0] = START
    found = decided(ForceStop, run, after(seconds=seconds))
    assert len(found) == forced
    assert all(act.reason == "its worker did not end it within 30 s" for act in found)
    assert decided(Stop, run, after(seconds=seconds)) == []


def test_nothing_is_enqueued_in_the_turn_that_finds_a_limit_of_the_run():
    run = state(draft(0), queued(1, last_update=START), settings=limited(total_minutes=5))
    assert decided(Enqueue, run, after(minutes=5)) == []
    assert [stop.number for stop in decided(Stop, run, after(minutes=5))] == [0, 1]


@pytest.mark.parametrize("leave_trials", [True, False])
def test_a_trial_that_is_queued_for_long_is_not_enqueued_again_when_the_run_winds_up(leave_trials: bool):
    run = state(queued(0), winding_up=WindUp("enough", "stopped", leave_trials))
    run.enqueued_at[0] = START
    assert decided(Enqueue, run, after(minutes=9)) == []


@pytest.mark.parametrize("kind", [draft, queued])
def test_a_trial_that_is_stopped_is_not_enqueued_in_the_same_turn(kind: Any):
    run = state(kind(0, verdict=Verdict.PRUNED, reason="stopped at iteration 3", last_update=START))
    assert [type(action) for action in decide(run, after(minutes=9)) if not isinstance(action, Launch)] == [Stop]


def test_a_trial_that_is_a_draft_again_after_its_stop_is_not_waited_for():
    run = state(draft(0), running(1))
    run.stop_sent.update({0: START, 1: START})
    assert decided(ForceStop, run) == [ForceStop(0, "it was taken off its queue, no worker will end it")]
    assert decided(Enqueue, run) == []


@pytest.mark.parametrize(("seconds", "forced"), [(29, 0), (30, 1), (90, 1)])
def test_a_trial_that_a_person_aborted_is_not_waited_for_either(seconds: int, forced: int):
    run = state(running(0, state=TrialState.STOPPING))
    run.stopping_since[0] = START
    found = decided(ForceStop, run, after(seconds=seconds))
    assert [act.reason for act in found] == ["a person aborted it, its worker did not end it within 30 s"] * forced


def test_a_verdict_from_before_a_restart_is_carried_out():
    run = state(running(0, verdict=Verdict.TASK_TIME, reason="stopped after 2 minutes"))
    assert decided(Stop, run) == [Stop(0, Verdict.TASK_TIME, "stopped after 2 minutes")]


@pytest.mark.parametrize(("seconds", "again"), [(179, 0), (180, 1), (600, 1)])
def test_a_trial_that_is_queued_for_long_is_enqueued_again(seconds: int, again: int):
    run = state(queued(0))
    run.enqueued_at[0] = START
    assert len(decided(Enqueue, run, after(seconds=seconds))) == again


def test_after_a_restart_the_last_sign_of_a_queued_trial_counts():
    run = state(queued(0, last_update=START), queued(1, last_update=after(minutes=4)), queued(2, last_update=None))
    assert [act.number for act in decided(Enqueue, run, after(minutes=5))] == [0]


def test_a_draft_is_enqueued_at_once_and_after_a_refusal_half_a_minute_later():
    run = state(draft(0))
    assert decided(Enqueue, run) == [Enqueue(0, "it was a draft, in no queue")]
    run.enqueued_at[0] = START
    assert decided(Enqueue, run, after(seconds=29)) == []
    assert len(decided(Enqueue, run, after(seconds=30))) == 1


@pytest.mark.parametrize(("finished", "archived"), [(1, []), (2, []), (3, [1]), (4, [1, 2])])
def test_what_falls_out_of_the_best_k_is_archived(finished: int, archived: list[int]):
    losses = [1.0, 4.0, 3.0, 2.0]
    trials = [ended(number, losses[number]) for number in range(finished)]
    run = state(*trials, running(8, values=(9.0,)), settings=limited(top_tasks_to_keep=2))
    assert decided(Archive, run) == [Archive(number, "not among the best 2") for number in archived]


def test_failed_and_valueless_trials_are_never_archived():
    failed = ended(1, 0.1, state=TrialState.FAILED, verdict=Verdict.FAILED)
    run = state(ended(0, 1.0), failed, ended(2, verdict=Verdict.NO_METRIC), settings=limited(top_tasks_to_keep=1))
    assert decided(Archive, run) == []


def test_a_trial_that_is_among_the_best_again_is_restored():
    run = state(ended(0, 1.0, archived=True), ended(1, 2.0), settings=limited(top_tasks_to_keep=2))
    assert decided(Restore, run) == []  # a person archived it
    run.archived_by_us.add(0)
    assert decided(Restore, run) == [Restore(0, "among the best 2 again")]


def test_with_several_objectives_the_pareto_front_comes_first():
    trials = [ended(0, 5.0, 1.0), ended(1, 1.0, 1.0), ended(2, 2.0, 9.0), ended(3, 6.0, 9.0)]
    settings = config(objectives=[LOSS, SIZE], limits={"top_tasks_to_keep": 2})
    assert decided(Archive, state(*trials, settings=settings)) == [
        Archive(0, "not among the best 2"),
        Archive(3, "not among the best 2"),
    ]


def test_the_run_is_over_when_all_trials_have_ended():
    finished = state(*(ended(number, 1.0) for number in range(3)), settings=limited(total_tasks=3))
    assert decide(finished, START) == [Finish("All 3 trials have run.", "completed")]
    finished.take_in(running(2))
    assert decide(finished, START) == []


def test_one_trial_and_one_minute_are_told_as_one():
    alone = state(ended(0, 1.0), settings=limited(total_tasks=1))
    assert decide(alone, START) == [Finish("The only trial has run.", "completed")]
    (stop,) = decided(Stop, state(running(0), settings=limited(task_minutes=1)), after(minutes=5))
    assert stop.reason.endswith("the limit is 1 minute")


def test_the_run_is_over_when_the_space_is_exhausted_and_nothing_runs():
    run = state(ended(0, 1.0), exhausted="All 1 points of the search space were tried.")
    assert decide(run, START) == [Finish("All 1 points of the search space were tried.", "completed")]
    run.take_in(running(1))
    assert decide(run, START) == []


def test_every_action_on_a_trial_says_why():
    settings = config(limits={"max_iterations": 1, "top_tasks_to_keep": 1, "task_minutes": 1})
    run = state(ended(0, 1.0), ended(1, 2.0), running(2, iteration=3), running(3), draft(4), settings=settings)
    run.stop_sent[3] = START
    actions: list[Any] = [act for act in decide(run, after(minutes=9)) if not isinstance(act, Launch)]
    assert {type(act) for act in actions} == {Archive, Stop, ForceStop, Enqueue}
    assert all(act.reason for act in actions)


def test_a_retried_trial_takes_one_slot():
    first = ended(0, 1.0)
    again = replace(running(0), attempt=2, task_id="again")
    run = state(first, again, settings=config(max_concurrent_tasks=1))
    assert launched(run) == []
