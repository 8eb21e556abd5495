"""Trials that go wrong: each cause keeps its name, what may end well another time is tried again."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
from simulated_worker import Answer, Behaviour, Script
from simulation import World, arguments, number_of, properties

from clearml_hpo_app.instances.instance import HpoInstance
from clearml_hpo_app.trials.trial import Verdict

FAILS = Behaviour(
    ending="failed", because="worker execution exit code 1", says="Traceback\nValueError: no such file"
)
NAN = (
    "2026-11-24 06:51:42,123 - clearml - INFO - NaN value encountered. Reporting it as '0.0'. "
    "Use clearml.Logger.set_reporting_nan_value to assign another value"
)


def at_first(first: Mapping[int, Behaviour], then: Behaviour | None = None, times: int = 1) -> Script:
    """Return a script in which the first `times` attempts of some trials go as `first` says, all others well."""
    starts: Counter[int] = Counter()

    def script(number: int, texts: Mapping[str, str]) -> Behaviour:
        starts[number] += 1
        return first[number] if number in first and starts[number] <= times else then or Behaviour()

    return script


def attempts(world: World, task_id: str, number: int) -> list[Answer]:
    found = [task for task in world.trials(task_id) if number_of(task) == number]
    return sorted(found, key=lambda task: int(properties(task)["hpo_attempt"]))


def test_a_failed_trial_is_tried_again_with_the_same_parameters(world: World):
    """Rerun failed points: "arguably the biggest pain point" (wandb/wandb#6594)."""
    world.hire(2, at_first({1: FAILS}))
    controller = world.run(limits={"total_tasks": 4})
    first, second = attempts(world, controller.task_id, 1)
    assert arguments(first) == arguments(second)
    assert (first["status"], second["status"]) == ("failed", "completed")
    assert "retry" in second["tags"]
    assert "archived" in first["system_tags"]
    assert properties(first)["verdict"] == "failed"
    assert properties(first)["reason"] == "its script failed: ValueError: no such file"
    assert first["status_reason"] == "worker execution exit code 1", "archiving must not erase it"
    assert [trial.verdict for trial in controller.state.trials.values()] == [Verdict.COMPLETED] * 4
    assert sorted(controller.state.trials) == [0, 1, 2, 3], "the total counts numbers, not attempts"


@pytest.mark.parametrize(("retries", "tries"), [(0, 1), (1, 2), (3, 4)])
def test_a_trial_that_fails_again_and_again_is_given_up_after_its_retries(world: World, retries: int, tries: int):
    world.hire(1, at_first({0: FAILS}, times=9))
    controller = world.run(failures={"retries": retries}, limits={"total_tasks": 2})
    assert len(attempts(world, controller.task_id, 0)) == tries
    assert controller.state.trials[0].verdict is Verdict.FAILED
    assert controller.state.trials[1].verdict is Verdict.COMPLETED


def test_only_the_last_attempt_is_told_to_the_method(world: World):
    poor = Behaviour(ending="failed", value=lambda iteration: -100.0)
    world.hire(1, at_first({0: poor}))
    controller = world.run(limits={"total_tasks": 2})
    assert controller.snapshot().best is not None
    assert min(trial.values[0] for trial in controller.state.trials.values() if trial.values) > 0


def test_the_retries_of_a_trial_are_counted_on_by_the_next_controller(world: World):
    world.hire(1, at_first({0: FAILS}, times=9))
    controller = world.begin(failures={"retries": 2}, max_concurrent_tasks=1, limits={"total_tasks": 1})
    world.advance(controller, lambda: controller.state.trials[0].attempt == 2)
    world.finish(world.open(controller.task_id))
    assert len(attempts(world, controller.task_id, 0)) == 3


def test_failures_in_a_row_end_the_run_with_their_most_common_error(world: World):
    other = Behaviour(ending="failed", says="KeyError: 'lr'")
    world.hire(1, lambda number, texts: other if number == 1 else FAILS)
    failures = {"retries": 0, "max_failed_tasks": 3}
    controller = world.run(max_concurrent_tasks=1, failures=failures, limits={"total_tasks": 9})
    assert controller.ended is not None
    assert controller.ended.status == "failed"
    assert controller.ended.reason == (
        "3 trials in a row went wrong. Most often: its script failed: ValueError: no such file"
    )
    assert world.numbers(controller.task_id) == [0, 1, 2]


def test_a_trial_that_ends_well_ends_the_row_of_failures(world: World):
    world.hire(1, lambda number, texts: Behaviour() if number == 2 else FAILS)
    failures = {"retries": 0, "max_failed_tasks": 3}
    controller = world.run(max_concurrent_tasks=1, failures=failures, limits={"total_tasks": 5})
    assert controller.ended is not None
    assert controller.ended.reason == "All 5 trials have run."


def test_a_trial_whose_agent_is_shut_down_is_lost_and_tried_again(world: World):
    """Preemption is not failure (optuna/optuna#5860); a distinct reason for a lost agent (clearml/clearml#311)."""
    shut = Behaviour(ending="stopped", because="user abort")
    world.hire(1, at_first({0: shut}))
    controller = world.run(max_concurrent_tasks=1, limits={"total_tasks": 1})
    first, second = attempts(world, controller.task_id, 0)
    assert second["status"] == "completed"
    assert "archived" in first["system_tags"]


def test_a_trial_that_a_person_aborts_is_counted_and_never_tried_again(world: World):
    aborted = Behaviour(ending="stopped", because="task was stopped by tasks.stop")
    world.hire(1, at_first({0: aborted}))
    controller = world.run(max_concurrent_tasks=1, limits={"total_tasks": 2})
    assert len(attempts(world, controller.task_id, 0)) == 1
    assert controller.state.trials[0].verdict is Verdict.ABORTED


def test_a_half_trained_trial_that_its_agent_marked_completed_is_tried_again(world: World):
    """SIGTERM marks a half-trained task completed (clearml/clearml-agent#188, clearml/clearml#1202)."""
    whole = Behaviour(iterations=10)
    world.hire(1, at_first({3: Behaviour(iterations=4)}, then=whole))
    controller = world.run(max_concurrent_tasks=1, limits={"total_tasks": 5})
    first, second = attempts(world, controller.task_id, 3)
    assert properties(first)["verdict"] == "short"
    assert "at iteration 4, 6 before its siblings" in properties(first)["reason"]
    assert second["last_iteration"] == 10


def test_a_script_that_stops_early_by_itself_is_tried_twice_once_and_then_believed(world: World):
    lengths = {3: 4, 5: 6}
    world.hire(1, lambda number, texts: Behaviour(iterations=lengths.get(number, 10)))
    controller = world.run(max_concurrent_tasks=1, limits={"total_tasks": 7})
    assert [len(attempts(world, controller.task_id, number)) for number in range(7)] == [1, 1, 1, 2, 1, 1, 1]
    assert controller.state.trials[3].verdict is Verdict.COMPLETED


def test_a_nan_that_was_reported_as_zero_does_not_win(world: World):
    diverged = Behaviour(value=lambda iteration: 0.0, says=NAN)
    world.hire(1, at_first({1: diverged}, times=9))
    controller = world.run(max_concurrent_tasks=1, limits={"total_tasks": 3})
    trial = controller.state.trials[1]
    assert (trial.verdict, trial.values) == (Verdict.INFEASIBLE, None)
    assert trial.reason == "its objective became NaN, which ClearML's logger reports as 0.0"
    assert controller.snapshot().best is not None
    assert controller.snapshot().best.number != 1  # type: ignore[union-attr]
    assert len(attempts(world, controller.task_id, 1)) == 1, "the same parameters would diverge again"


def test_a_nan_in_a_trial_that_was_stopped_at_its_limit_does_not_win_either(world: World):
    diverged = Behaviour(iterations=40, value=lambda iteration: 0.0, says=NAN, says_at=1)
    world.hire(1, at_first({1: diverged}, times=9))
    controller = world.run(max_concurrent_tasks=1, limits={"total_tasks": 3, "max_iterations": 6})
    trial = controller.state.trials[1]
    assert (trial.verdict, trial.reason) == (
        Verdict.INFEASIBLE,
        "its objective became NaN, which ClearML's logger reports as 0.0",
    )
    best = controller.snapshot().best
    assert best is not None and best.number != 1
    again = world.open(controller.task_id)
    assert (again.state.trials[1].verdict, again.state.trials[1].values) == (Verdict.INFEASIBLE, None)


def test_a_true_zero_is_a_value(world: World):
    world.hire(1, at_first({1: Behaviour(value=lambda iteration: 0.0, says="all is well")}))
    controller = world.run(max_concurrent_tasks=1, limits={"total_tasks": 2})
    best = controller.snapshot().best
    assert best is not None
    assert (best.number, best.values) == (1, (0.0,))


def test_a_trial_without_the_objective_tells_what_it_reported_and_what_is_closest(world: World):
    other = Behaviour(value=lambda iteration: None, second=lambda iteration: 1.0)
    world.hire(1, at_first({0: other}))
    controller = world.run(max_concurrent_tasks=1, limits={"total_tasks": 2})
    reason = controller.state.trials[0].reason
    assert reason.startswith("it never reported val/loss")
    assert "val/size" in reason


def test_what_was_learnt_of_a_trial_is_not_asked_again_after_a_restart(world: World):
    diverged = Behaviour(value=lambda iteration: 0.0, says=NAN)
    world.hire(1, at_first({0: FAILS, 1: diverged}, times=9))
    settings: dict[str, Any] = {"failures": {"retries": 0}, "limits": {"total_tasks": 4}}
    controller = world.begin(max_concurrent_tasks=1, **settings)
    world.advance(controller, lambda: 3 in controller.state.trials)
    client = world.connect(world.address)
    again = world.open(controller.task_id, client)
    next(again.run())
    assert client.calls["events.get_task_log"] == 0
    assert [again.state.trials[number].verdict for number in (0, 1)] == [Verdict.FAILED, Verdict.INFEASIBLE]
    assert again.state.trials[0].reason == "its script failed: ValueError: no such file"


def test_trials_that_were_stopped_with_the_run_are_tried_again_when_it_is_resumed(world: World):
    """Pause and restart a search (clearml/clearml#738)."""
    world.hire(2, lambda number, texts: Behaviour(iterations=20))
    controller = world.begin(limits={"total_tasks": 2})
    turns = world.advance(
        controller, lambda: sum(t.state.has_started for t in controller.state.active.values()) == 2
    )
    controller.wind_up("A person wants it.")
    list(turns)
    assert world.statuses(controller.task_id) == ["stopped", "stopped"]
    world.api("tasks.started", task=controller.task_id, force=True)
    again = world.open(controller.task_id)
    world.finish(again)
    assert again.ended is not None
    assert again.ended.status == "completed"
    assert [trial.verdict for trial in again.state.trials.values()] == [Verdict.COMPLETED] * 2
    seen = HpoInstance(again.task_id, client=world.client).snapshot()
    for run in (again.snapshot(), seen):
        assert run.compute_seconds > 40, "what the earlier attempts took counts"
        assert run.tried_again
    assert seen.compute_seconds == again.snapshot().compute_seconds
