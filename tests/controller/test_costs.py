"""What a controller asks of the server, and what it tells of that."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from simulation import World, properties

from clearml_hpo_app.clearml_api import tasks
from clearml_hpo_app.clearml_api.budget import CallBudget
from clearml_hpo_app.clock import Clock
from clearml_hpo_app.controller.loop import Controller, Turn
from clearml_hpo_app.instances.instance import HpoInstance

SETTLED = timedelta(minutes=5)
WATCHED = timedelta(minutes=30)
MOST_A_MINUTE = 3.0
MINUTE = timedelta(minutes=1)


class NotingBudget(CallBudget):
    """Notes when calls were made."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self._clock, self.made = clock, list[datetime]()

    def spend(self) -> None:
        super().spend()
        self.made.append(self._clock.now())


def calls_a_minute(world: World, controller: Controller, turns: Iterator[Turn]) -> float:
    """Return how many calls the controller makes in a minute once it has settled."""
    settled = world.clock.now() + SETTLED
    while world.clock.now() < settled:
        next(turns)
    before, start = controller.client.calls.copy(), world.clock.now()
    while world.clock.now() < start + WATCHED:
        next(turns)
    minutes = (world.clock.now() - start) / timedelta(minutes=1)
    made = controller.client.calls - before
    assert made, "a run that waits shows that it is alive"
    return made.total() / minutes


def test_a_run_without_a_worker_makes_at_most_three_calls_a_minute(world: World):
    controller = world.begin(limits={"total_tasks": 4})
    assert calls_a_minute(world, controller, controller.run()) <= MOST_A_MINUTE
    world.hire(2)
    world.finish(controller)
    assert world.statuses(controller.task_id) == ["completed"] * 4


def test_a_paused_run_makes_at_most_three_calls_a_minute_and_goes_on_when_asked(world: World):
    world.hire(2)
    controller = world.begin(limits={"total_tasks": 6})
    turns = world.advance(controller, lambda: len(controller.state.trials) > 2)
    tasks.write_properties(world.client, controller.task_id, {"hpo_want": "paused"})
    assert calls_a_minute(world, controller, turns) <= MOST_A_MINUTE
    assert controller.state.is_paused
    tasks.write_properties(world.client, controller.task_id, {"hpo_want": "running"})
    list(turns)
    assert world.statuses(controller.task_id) == ["completed"] * 6


def test_the_calls_of_all_controllers_of_a_run_are_counted_and_shown(
    world: World, caplog: pytest.LogCaptureFixture
):
    caplog.set_level("INFO")
    world.hire(2)
    first = world.begin(limits={"total_tasks": 6})
    world.advance(first, lambda: first.state.results >= 3)
    told = json.loads(properties(world.api.task(first.task_id))["controller"])["calls"]
    world.clock.wait(60)
    again = world.open(first.task_id, world.connect(world.address))
    world.finish(again)
    calls = HpoInstance(first.task_id, client=world.client).snapshot().calls
    assert 0 < told["tasks.clone"] <= calls["tasks.clone"] <= 6
    assert calls["tasks.get_all"] > told["tasks.get_all"] > 0
    assert "API calls" in caplog.text and "tasks.get_all" in caplog.text


def test_no_minute_of_a_run_has_more_calls_than_its_ceiling(world: World):
    world.hire(8)
    client = world.connect(world.address)
    task_id = world.instance(client, max_concurrent_tasks=8, max_calls_per_minute=30, limits={"total_tasks": 24})
    client.budget = budget = NotingBudget(world.clock)
    world.finish(world.open(task_id, client))
    most = max(sum(last - MINUTE < moment <= last for moment in budget.made) for last in budget.made)
    assert 25 < most <= 30, "opening the run included"
    assert world.statuses(task_id) == ["completed"] * 24
