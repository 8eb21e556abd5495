"""A worker has taken a trial off the queue and not started it yet, which its status does not show."""

from simulated_worker import Behaviour
from simulation import World, arguments
from wiretap import Wiretap, begin

from clearml_hpo_app.clearml_api import tasks
from clearml_hpo_app.trials.trial import TrialState, Verdict


def taken(world: World) -> str:
    """Take the next trial off the queue as an agent does, which starts it a moment later; return its id."""
    return str(world.api("queues.get_next_task", queue=world.queue_id)["entry"]["task"])


def start(world: World, task: str) -> None:
    world.api("tasks.started", task=task, status_reason="pulled by agent", force=True)
    world.api("workers.status_report", worker="slow:0", queues=[world.queue_id], task=task, timestamp=0)


def test_a_trial_that_a_worker_takes_just_before_it_is_given_other_parameters_keeps_them(
    world: World, tap: Wiretap
):
    world.hire(1, lambda number, texts: Behaviour(iterations=3, seconds=3))
    controller = begin(world, tap, method="bayesian", max_concurrent_tasks=4, limits={"total_tasks": 14})
    took: list[str] = []
    tap.before["queues.remove_task"] = lambda: took.append(taken(world))
    turns = world.advance(controller, lambda: bool(took))
    [trial] = [trial for trial in controller.state.trials.values() if trial.task_id == took[0]]
    start(world, trial.task_id)
    assert tap.count("tasks.dequeue_many") == 0
    next(turns)
    assert controller.state.trials[trial.number].state is TrialState.RUNNING
    task = world.api.task(trial.task_id)
    assert (task["status"], arguments(task)["rate"]) == ("in_progress", str(trial.parameters["Args/rate"]))
    world.api("tasks.completed", task=trial.task_id, force=True)
    list(turns)
    assert [task for worker in world.workers for task in worker.started].count(trial.task_id) == 0


def test_a_trial_that_a_worker_takes_just_before_the_run_is_paused_runs_and_is_not_queued_again(
    world: World, tap: Wiretap
):
    controller = begin(world, tap, max_concurrent_tasks=2, limits={"total_tasks": 2})
    turns = world.advance(controller, lambda: len(controller.state.enqueued_at) == 2)
    took: list[str] = []
    tap.before["queues.remove_task"] = lambda: took.append(taken(world))
    tasks.write_properties(world.client, controller.task_id, {"hpo_want": "paused"})
    for _ in turns:
        if took and controller.state.is_paused:
            break
    for _ in range(3):
        next(turns)
    assert tap.count("queues.remove_task") == 2, "the one that was taken is asked for once"
    start(world, took[0])
    world.api("tasks.completed", task=took[0], force=True)
    tasks.write_properties(world.client, controller.task_id, {"hpo_want": "running"})
    world.hire(1)
    list(turns)
    assert world.statuses(controller.task_id) == ["completed"] * 2
    assert [task for worker in world.workers for task in worker.started].count(took[0]) == 0


def test_a_trial_that_a_worker_takes_just_before_it_is_stopped_is_stopped_once_it_runs(world: World, tap: Wiretap):
    controller = begin(world, tap, max_concurrent_tasks=2, limits={"total_tasks": 2})
    turns = world.advance(controller, lambda: len(controller.state.enqueued_at) == 2)
    took: list[str] = []
    tap.before["tasks.stop_many"] = lambda: took.append(taken(world))
    controller.wind_up("enough")
    for _ in turns:
        if took:
            break
    controller.own.look()
    start(world, took.pop())
    for _ in turns:
        for task in world.trials(controller.task_id):
            if world.api.task(task["id"])["status_message"] == "stopping":
                world.api("tasks.stopped", task=task["id"], force=True)
    assert world.statuses(controller.task_id) == ["stopped", "stopped"]
    assert {trial.verdict for trial in controller.state.trials.values()} == {Verdict.RUN_ENDED}
