"""How many trials wait, in which queue, and with which parameters."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from controller_builders import after, config, draft, ended, queued, running, state
from simulated_worker import Behaviour, SimulatedWorker
from simulation import World, arguments, properties

from clearml_hpo_app.clearml_api import tasks
from clearml_hpo_app.controller.deciding.actions import Dequeue, Enqueue, Exchange, Launch
from clearml_hpo_app.controller.deciding.decide import decide
from clearml_hpo_app.controller.deciding.waiting import ahead, places, waiting
from clearml_hpo_app.controller.state import RunState


def run_of(
    *trials: Any, most: int = 2, workers: int | None = 2, seconds: float | None = 9.0, **more: Any
) -> RunState:
    settings = config(max_concurrent_tasks=most, **more.pop("settings", {}))
    return state(*trials, settings=settings, workers=workers, typical_seconds=seconds, **more)


def test_every_worker_has_a_next_trial_where_suggestions_need_no_results():
    run = run_of(running(0), running(1))
    assert (ahead(run), places(run)) == (2, 4)
    assert [action for action in decide(run, after()) if isinstance(action, Launch)] == [Launch(2), Launch(3)]


@pytest.mark.parametrize(
    ("most", "seconds", "count"), [(8, 9.0, 2), (8, 60.0, 1), (8, 1.0, 4), (2, 0.1, 1), (1, 5.0, 0)]
)
def test_of_a_method_that_learns_as_many_are_ahead_as_are_likely_to_end_between_two_looks(
    most: int, seconds: float, count: int
):
    assert ahead(run_of(running(0), learns=True, most=most, workers=most, seconds=seconds)) == count


@pytest.mark.parametrize(
    "facts",
    [
        {"workers": 1},
        {"workers": 3},
        {"workers": None},
        {"seconds": 181.0},
        {"seconds": None, "learns": True},
        {"settings": {"queue_ahead": "off"}},
    ],
    ids=str,
)
def test_none_is_queued_ahead_where_it_would_not_help_or_could_run_beyond_the_limit(facts: dict[str, Any]):
    assert ahead(run_of(running(0), **facts)) == 0


@pytest.mark.parametrize(
    ("on", "many", "count"),
    [
        (("a", "b"), set(), 2),
        (("a",), set(), 2),
        (("", ""), set(), 2),
        (("old", "b"), set(), 0),
        (("a", "b", "a"), set(), 0),
        (("a", "b"), {"a"}, 0),
        (("a", "b"), {"gone"}, 2),
    ],
)
def test_none_is_queued_ahead_where_a_worker_of_another_queue_or_one_that_runs_many_has_trials(
    on: tuple[str, ...], many: set[str], count: int
):
    run = run_of(*(replace(running(n), worker=name) for n, name in enumerate(on)))
    run.worker_names, run.many_at_once = frozenset({"a", "b"}), many
    assert ahead(run) == count


def test_what_waits_is_held_back_while_trials_still_run_on_another_queues_workers():
    run = run_of(*(replace(running(n), worker="old") for n in range(2)), draft(2), draft(3))
    run.worker_names = frozenset({"a", "b"})
    assert list(waiting(run, after(), frozenset())) == []
    gone = run_of(replace(running(0), worker="old"), draft(2), draft(3))
    gone.worker_names = frozenset({"a", "b"})
    assert [action.number for action in waiting(gone, after(), frozenset())] == [2]


def test_a_run_that_moves_to_another_queue_has_no_more_trials_at_a_time_than_before(world: World):
    def long(number: int, texts: Mapping[str, str]) -> Behaviour:
        return Behaviour(iterations=3, seconds=8.0)

    world.hire(2, long)
    other = world.api("queues.create", name=f"{world.queue}-b")["id"]
    for place in range(2):
        world.clock.live(SimulatedWorker(world.api, world.clock, other, long, f"{world.queue}-b:{place}").life())
    controller = world.begin(max_concurrent_tasks=2, limits={"total_tasks": 8}, queue_ahead="auto")
    most = list[int]()

    def watcher():
        while True:
            yield 1.0
            most.append(world.statuses(controller.task_id).count("in_progress"))

    world.clock.live(watcher())
    turns = world.advance(controller, lambda: len(controller.state.active) == 4)
    tasks.write_properties(world.client, controller.task_id, {"hpo_execution_queue": f"{world.queue}-b"})
    list(turns)
    assert max(most) == 2
    assert world.statuses(controller.task_id) == ["completed"] * 8


def test_a_worker_that_died_and_is_there_again_is_not_taken_for_one_that_runs_many(world: World):
    def dying(number: int, texts: Mapping[str, str]) -> Behaviour:
        return Behaviour(iterations=3, seconds=10.0, dies_at=2 if number == 0 else None)

    world.hire(1, dying, name="again")
    controller = world.begin(max_concurrent_tasks=1, limits={"total_tasks": 4}, queue_ahead="auto")
    begun, both = world.clock.now(), 0
    turns = world.advance(controller, lambda: world.clock.now() - begun > timedelta(seconds=40))
    world.hire(1, dying, name="again")
    for _ in zip(range(60), turns, strict=False):
        both += sum(trial.state.has_started for trial in controller.state.active.values()) == 2
    assert both > 5, "the one that died counts as running still"
    assert controller.state.many_at_once == set()


def test_a_worker_that_runs_several_trials_at_once_is_noted_and_gets_none_ahead(world: World):
    world.hire(2, lambda number, texts: Behaviour(iterations=3, seconds=10.0), name="glue")
    controller = world.begin(max_concurrent_tasks=1, limits={"total_tasks": 6}, queue_ahead="auto")
    most = []
    for _ in controller.run():
        most.append(sum(trial.state.has_started for trial in controller.state.active.values()))
    assert controller.state.many_at_once == {"glue"}
    once = most[most.index(2) :]
    assert max(once[next(place for place, count in enumerate(once) if count < 2) :]) == 1


def test_none_is_queued_ahead_before_a_trial_runs():
    assert ahead(run_of(queued(0))) == 0


def test_a_trial_that_a_further_worker_could_run_beyond_the_limit_is_taken_off_the_queue():
    run = run_of(running(0), running(1), queued(2), workers=3)
    [action] = waiting(run, after(), frozenset())
    assert action == Dequeue(2, "3 workers serve its queue, and 2 trials may run")
    run.take_in(draft(2))
    assert list(waiting(run, after(minutes=1), frozenset())) == []


def test_a_trial_that_was_held_back_is_queued_when_there_is_room():
    run = run_of(running(0), running(1), draft(2), workers=3)
    run.take_in(ended(0, 0.5))
    assert list(waiting(run, after(), frozenset())) == [Enqueue(2, "it was a draft, in no queue")]


def waited_through(results: int, **more: Any) -> RunState:
    """Return a run in which trial 9 waits since before so many results came."""
    run = run_of(queued(9), learns=True, **more)
    run.results_when_made[9] = 0
    for number in range(results):
        run.take_in(ended(number, 0.5))
    return run


def test_a_trial_through_which_as_many_results_came_as_may_run_gets_other_parameters():
    assert list(waiting(waited_through(1), after(), frozenset())) == []
    assert list(waiting(waited_through(2), after(), frozenset())) == [
        Exchange(9, "2 results came while it waited")
    ]


def test_parameters_that_follow_from_no_result_do_not_grow_stale():
    run = waited_through(5)
    run.learns = False
    assert list(waiting(run, after(), frozenset())) == []


def test_only_the_one_that_waited_through_most_results_is_exchanged_at_a_time():
    run = waited_through(4)
    run.take_in(queued(8))
    run.results_when_made[8] = 1
    assert [action.number for action in waiting(run, after(), frozenset())] == [9]


def test_a_trial_whose_choice_lacks_one_result_stays():
    assert list(waiting(waited_through(1), after(), frozenset())) == []


def short(number: int, texts: Mapping[str, str]) -> Behaviour:
    return Behaviour(iterations=3, seconds=3, value=lambda iteration: float(texts["rate"]))


def most_running(world: World, task_id: str) -> int:
    """Return how many trials ran at the same time at most, by the server's own times."""
    trials = [world.api.task(task["id"]) for task in world.trials(task_id)]
    starts = [(task["started"], 1) for task in trials if task.get("started")]
    ends = [(task["completed"], -1) for task in trials if task.get("completed")]
    level = most = 0
    for _, step in sorted([*starts, *ends]):
        level += step
        most = max(most, level)
    return most


def test_a_worker_finds_its_next_trial_at_once_and_no_more_run_than_may(world: World):
    world.hire(2, short)
    controller = world.run(queue_ahead="auto", limits={"total_tasks": 12})
    ahead = [arguments(task) for task in world.trials(controller.task_id)]
    assert len(ahead) == 12
    assert most_running(world, controller.task_id) == 2


def test_a_trial_that_waits_for_long_is_given_what_is_known_now(world: World):
    world.hire(1, short)
    controller = world.begin(method="bayesian", max_concurrent_tasks=4, limits={"total_tasks": 14})
    made: dict[int, Mapping[str, Any]] = {}
    turns = controller.run()
    for _ in turns:
        for number, trial in controller.state.trials.items():
            made.setdefault(number, trial.parameters)
    exchanged = [number for number, trial in controller.state.trials.items() if trial.parameters != made[number]]
    assert exchanged
    for task in world.trials(controller.task_id):
        known = controller.state.trials[int(properties(task)["hpo_trial"])]
        assert float(arguments(task)["rate"]) == known.parameters["Args/rate"]
        assert f"rate = {known.parameters['Args/rate']}" in world.api.task(task["id"])["comment"]
    assert world.statuses(controller.task_id) == ["completed"] * 14


def test_a_trial_keeps_its_place_where_nothing_else_is_suggested(world: World, caplog: pytest.LogCaptureFixture):
    """While method evolutionary draws its first generation, results change nothing."""
    caplog.set_level("INFO")
    world.hire(1, short)
    controller = world.run(method="evolutionary", max_concurrent_tasks=4, limits={"total_tasks": 9})
    assert controller.state.results == 9
    assert "has other parameters" not in caplog.text
    assert controller.client.calls["tasks.dequeue_many"] == 0


def test_workers_that_were_not_seen_at_first_are_counted_once_their_trials_run(world: World):
    controller = world.begin(queue_ahead="auto", limits={"total_tasks": 10})
    turns = controller.run()
    next(turns)
    assert controller.state.workers == 0
    world.hire(2, short)
    for _ in turns:
        if ahead(controller.state):
            break
    assert controller.state.workers == 2
    assert controller.client.calls["workers.get_all"] <= 3
    list(turns)


def test_a_worker_that_runs_the_controller_is_none_for_its_trials(world: World):
    controller = world.begin(limits={"total_tasks": 2})
    for name, task in (("one", controller.task_id), ("other", "")):
        world.api("workers.register", worker=f"{world.queue}-{name}", queues=[world.queue_id])
        world.api(
            "workers.status_report",
            worker=f"{world.queue}-{name}",
            timestamp=int(world.clock.now().timestamp()),
            **({"task": task} if task else {}),
        )
    next(controller.run())
    assert controller.state.workers == 1
