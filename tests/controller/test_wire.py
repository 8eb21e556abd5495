"""What goes over the wire: how many calls, by which method, and what happens when answers are lost."""

import logging
from collections import Counter

import pytest
from simulated_worker import Behaviour
from simulation import World, properties
from wiretap import Wiretap, begin

from clearml_hpo_app.trials.trial import TrialState, Verdict


@pytest.mark.parametrize("running", [5, 60])
def test_a_turn_asks_once_whatever_the_number_of_running_trials(world: World, tap: Wiretap, running: int):
    world.hire(running, lambda number, texts: Behaviour(iterations=3, seconds=100.0))
    controller = begin(world, tap, max_concurrent_tasks=running, limits={"total_tasks": running})
    states = controller.state.active
    turns = world.advance(
        controller, lambda: len(states) == running and all(t.state is TrialState.RUNNING for t in states.values())
    )
    tap.requests.clear()
    for _ in range(8):
        next(turns)
    counted = Counter(request.operation for request in tap.requests)
    assert counted.pop("tasks.get_all") == 8
    assert set(counted) <= {"events.add_batch", "workers.get_all", "tasks.edit_hyper_params", "tasks.edit_runtime"}
    assert sum(counted.values()) <= 8


def test_trials_are_queued_stopped_and_archived_in_batches(world: World, tap: Wiretap):
    world.hire(20, lambda number, texts: Behaviour(iterations=60, value=lambda i: float(number)))
    controller = begin(world, tap, max_concurrent_tasks=20, limits={"total_minutes": 1, "top_tasks_to_keep": 3})
    world.finish(controller)
    counted = Counter(request.operation for request in tap.requests)
    assert counted["tasks.clone"] == 20
    assert (counted["tasks.enqueue_many"], counted["tasks.stop_many"]) == (1, 1)
    assert counted["tasks.archive_many"] <= 4
    assert sum(trial.archived for trial in controller.state.trials.values()) == 17


def test_trials_that_are_stopped_for_the_same_limit_cost_one_call_whatever_their_numbers(
    world: World, tap: Wiretap
):
    world.hire(6, lambda number, texts: Behaviour(iterations=90, seconds=1.0 + number / 10))
    controller = begin(world, tap, max_concurrent_tasks=6, limits={"total_tasks": 6, "max_iterations": 20})
    world.advance(controller, lambda: len(controller.state.enqueued_at) == 6)
    world.clock.wait(40.0)
    world.finish(controller)
    reasons = [properties(task)["reason"] for task in world.trials(controller.task_id)]
    assert len(set(reasons)) > 3
    assert all(reason.endswith("the limit is 20 iterations") for reason in reasons)
    [stop] = [request.body for request in tap.requests if request.operation == "tasks.stop_many"]
    assert stop["status_reason"] == "stopped by the optimization: max iterations"


def test_an_undisturbed_run_takes_few_calls(world: World, tap: Wiretap):
    world.hire(8, lambda number, texts: Behaviour(iterations=9))
    controller = begin(world, tap, max_concurrent_tasks=8, limits={"total_tasks": 40})
    world.finish(controller)
    calls = len([request for request in tap.requests if request.operation != "auth.login"])
    assert calls / 40 <= 3.0
    assert calls <= controller.client.calls.total() + 1


def test_everything_is_posted_and_no_list_of_ids_is_empty(world: World, tap: Wiretap):
    world.hire(2, lambda number, texts: Behaviour(iterations=4))
    limits = {"total_tasks": 6, "top_tasks_to_keep": 2, "max_iterations": 3}
    world.finish(begin(world, tap, limits=limits))
    posted = [request for request in tap.requests if request.operation != "auth.login"]
    assert {request.method for request in posted} == {"POST"}
    bodies = [request.body for request in posted if isinstance(request.body, dict)]
    assert all(body[key] for body in bodies for key in ("id", "ids", "tasks") if key in body)
    assert all(request.body for request in posted if request.operation == "events.add_batch")


LOST = ["tasks.clone", "tasks.enqueue_many", "tasks.stop_many", "tasks.archive_many", "tasks.edit_hyper_params"]


@pytest.mark.parametrize("operation", [*LOST, "events.add_batch", "tasks.get_all", "tasks.completed"])
def test_a_lost_answer_makes_no_double_and_loses_nothing(world: World, tap: Wiretap, operation: str):
    world.hire(2, lambda number, texts: Behaviour(iterations=40 if number == 0 else 2))
    limits = {"total_tasks": 5, "top_tasks_to_keep": 2, "max_iterations": 8}
    controller = begin(world, tap, limits=limits)
    tap.lost[operation] = 2
    turns = world.finish(controller)
    assert any(turn.trouble for turn in turns)
    assert world.numbers(controller.task_id) == [0, 1, 2, 3, 4]
    assert world.statuses(controller.task_id) == ["stopped", *["completed"] * 4]
    ran = [task for worker in world.workers for task in worker.started]
    assert len(ran) == len(set(ran)) == 5
    assert sum("archived" in task["system_tags"] for task in world.trials(controller.task_id)) == 3
    assert world.api.task(controller.task_id)["status"] == "completed"
    assert {title: len(found) for title, found in world.plots_of(controller.task_id).items()}["Summary"] == 1


def readings_of_all_children(tap: Wiretap) -> int:
    return sum(
        r.operation == "tasks.get_all" and "parent" in r.body and "last_update" not in r.body for r in tap.requests
    )


def test_a_lost_clone_is_looked_for_even_when_another_refusal_follows_it(world: World, tap: Wiretap):
    uri = {"output_uri": "s3://models"}
    controller = begin(world, tap, max_concurrent_tasks=2, limits={"total_tasks": 2}, trial=uri)

    def lose_the_second() -> None:
        [first] = world.trials(controller.task_id)
        world.api("tasks.delete", task=first["id"])
        tap.lost["tasks.clone"] = 1

    tap.before["tasks.clone"] = lambda: tap.before.update({"tasks.clone": lose_the_second})
    turns = controller.run()
    assert next(turns).trouble.startswith("The server refused tasks.edit")
    next(turns)
    assert world.numbers(controller.task_id) == [1]
    assert sorted(controller.state.trials) == [0, 1]


@pytest.mark.long
@pytest.mark.parametrize("operation", ["tasks.get_all", "workers.get_all", "tasks.ping", "events.add_batch"])
def test_only_a_lost_write_on_trials_makes_us_read_all_of_them(world: World, tap: Wiretap, operation: str):
    world.hire(1, lambda number, texts: Behaviour(iterations=10, seconds=60.0))
    controller = begin(world, tap, max_concurrent_tasks=1, limits={"total_tasks": 1})
    tap.lost[operation] = 1
    turns = world.finish(controller)
    assert any(turn.trouble for turn in turns)
    assert readings_of_all_children(tap) == 0


@pytest.mark.parametrize(
    ("operation", "readings"), [("tasks.clone", 2), ("tasks.enqueue_many", 1), ("tasks.stop_many", 1)]
)
def test_a_lost_write_on_trials_makes_us_read_all_of_them_once_and_at_the_end_for_clones_that_come_late(
    world: World, tap: Wiretap, operation: str, readings: int
):
    world.hire(1, lambda number, texts: Behaviour(iterations=10))
    controller = begin(world, tap, max_concurrent_tasks=1, limits={"total_tasks": 1, "max_iterations": 3})
    tap.lost[operation] = 1
    world.finish(controller)
    assert readings_of_all_children(tap) == readings


@pytest.mark.parametrize("operation", ["tasks.edit_hyper_params", "tasks.stop_many", "tasks.stopped"])
def test_a_trial_that_is_deleted_between_look_and_stop_is_deleted(world: World, tap: Wiretap, operation: str):
    hangs = 2 if operation == "tasks.stopped" else None
    script = [Behaviour(iterations=60, hangs_at=hangs), Behaviour()]
    world.hire(2, lambda number, texts: script[min(number, 1)])
    controller = begin(world, tap, max_concurrent_tasks=1, limits={"total_tasks": 3, "task_minutes": 0.5})
    turns = world.advance(controller, lambda: controller.state.trials[0].state is TrialState.RUNNING)
    first = controller.state.trials[0].task_id
    world.clock.wait(31.0)

    def delete() -> None:
        if world.api("tasks.get_all", id=[first])["tasks"]:
            world.api("tasks.delete", task=first, force=True)

    tap.before[operation] = delete
    list(turns)
    assert [trial.verdict for trial in controller.state.trials.values()] == [
        Verdict.DELETED,
        Verdict.COMPLETED,
        Verdict.COMPLETED,
    ]


def test_a_trial_that_is_dequeued_between_look_and_stop_is_stopped_as_a_draft(world: World, tap: Wiretap):
    controller = begin(world, tap, max_concurrent_tasks=2, limits={"total_tasks": 2})
    turns = world.advance(controller, lambda: len(controller.state.enqueued_at) == 2)
    first = controller.state.trials[0].task_id
    tap.before["tasks.stop_many"] = lambda: world.api("tasks.dequeue", task=first)
    controller.wind_up("enough")
    begin_of_end = world.clock.now()
    list(turns)
    assert world.statuses(controller.task_id) == ["stopped", "stopped"]
    assert (world.clock.now() - begin_of_end).total_seconds() < 10
    assert {trial.verdict for trial in controller.state.trials.values()} == {Verdict.RUN_ENDED}


def test_a_worker_that_ends_its_trial_just_before_we_declare_it_stopped_does_not_keep_others_waiting(
    world: World, tap: Wiretap
):
    world.hire(2, lambda number, texts: Behaviour(iterations=60, hangs_at=5))
    controller = begin(world, tap, limits={"total_tasks": 2, "task_minutes": 0.5})
    world.advance(controller, lambda: len(controller.state.stop_sent) == 2)
    first = controller.state.trials[0].task_id
    tap.before["tasks.stopped"] = lambda: world.api("tasks.delete", task=first, force=True)
    tap.requests.clear()
    turns = world.finish(controller)
    assert not any(turn.trouble for turn in turns)
    assert tap.count("tasks.stopped") == 2
    assert [t.verdict for t in controller.state.trials.values()] == [Verdict.DELETED, Verdict.TASK_TIME]


def test_a_trial_that_completes_between_look_and_stop_has_completed(world: World, tap: Wiretap):
    world.hire(1, lambda number, texts: Behaviour(iterations=60, hangs_at=5))
    controller = begin(world, tap, limits={"total_tasks": 1, "task_minutes": 0.5})
    world.advance(controller, lambda: controller.state.trials[0].state is TrialState.RUNNING)
    task = controller.state.trials[0].task_id
    tap.before["tasks.stopped"] = lambda: world.api("tasks.completed", task=task)
    world.finish(controller)
    assert world.statuses(controller.task_id) == ["completed"]
    assert controller.state.trials[0].verdict is Verdict.COMPLETED


def test_a_base_task_that_is_gone_ends_the_run_with_that_reason(world: World):
    world.hire(1)
    controller = world.begin(max_concurrent_tasks=1, limits={"total_tasks": 5})
    turns = world.advance(controller, lambda: 1 in controller.state.trials)
    world.api("tasks.delete", task=world.base_task, force=True)
    list(turns)
    task = world.api.task(controller.task_id)
    assert task["status"] == "failed"
    assert task["status_message"] == "No trial can be created. The initial task was deleted."
    assert set(world.statuses(controller.task_id)) == {"completed"}, "the one that ran finishes"


def test_a_queue_that_is_gone_is_waited_for_without_a_flood(world: World, caplog: pytest.LogCaptureFixture):
    controller = world.begin(max_concurrent_tasks=2, limits={"total_tasks": 2})
    world.api("queues.delete", queue=world.queue_id, force=True)
    turns = controller.run()
    begin = world.clock.now()
    for _ in turns:
        if (world.clock.now() - begin).total_seconds() > 300:
            break
    warnings = [
        record
        for record in caplog.records
        if record.levelno >= logging.WARNING and "was deleted: trials wait as drafts" in record.getMessage()
    ]
    assert len(warnings) == 1
    assert world.statuses(controller.task_id) == ["created", "created"]
