"""A controller dies at the n-th call of its run, for every n: another one carries on as if nothing had been."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from mortal_client import MortalClient, run_in_lives
from simulated_worker import Api, Behaviour, SimulatedClock
from simulation import World, arguments, loss_of, number_of, properties

from clearml_hpo_app.local.server import ServerAddress

METHODS = ["random", "grid", "bayesian"]
SOME = ["bayesian", *(pytest.param(name, marks=pytest.mark.long) for name in METHODS[:2])]
KEPT = 3
FAILING, ENDLESS = 2, 4
LIMITS = {"top_tasks_to_keep": KEPT, "max_iterations": 6}
FEW, MANY = 8, 12
"""Trials of a run: many where one controller dies at every call, few elsewhere, which takes half the time."""

GRID = [
    {"type": "discrete", "name": "Args/rate", "values": [0.1, 0.25, 0.4]},
    {"type": "uniform", "name": "Args/units", "min": 1, "max": 8},
]
DESTINATION = "s3://models"
"""Costs one more call for each trial, between clone and enqueuing."""

SHARDS = 16
"""Parts of the long version of a test, each with every sixteenth moment."""

SAMPLE = 60
"""The short version tries every 60th moment, and every third of a restore."""

CALLS_OF_A_RESTORE = 12


@dataclass
class Starts:
    """The worker's own log: with what parameters each number was started, in their order.

    Trial 2 fails at first, trial 4 goes on until it is stopped. A trial's value does not depend on when we look.
    """

    texts: dict[int, list[Mapping[str, str]]] = field(default_factory=dict)

    def script(self, number: int, texts: Mapping[str, str]) -> Behaviour:
        before = self.texts.setdefault(number, [])
        before.append(dict(texts))
        worth = loss_of(number, texts).value(1)
        fails = number == FAILING and len(before) == 1
        return Behaviour(
            iterations=40 if number == ENDLESS else 2,
            value=lambda iteration: worth,
            ending="failed" if fails else "completed",
            because="worker execution exit code 1" if fails else "by its script",
            says="ValueError: no such file" if fails else "",
        )


@dataclass
class Told:
    """What is left of one run, on its server and in the log of its worker."""

    world: World
    task_id: str
    asked: int
    starts: Starts
    calls: int
    deaths: int

    @property
    def attempts(self) -> list[tuple[int, int]]:
        return sorted((number_of(task), int(properties(task)["hpo_attempt"])) for task in self.trials)

    @property
    def trials(self) -> list[dict[str, Any]]:
        return self.world.trials(self.task_id)

    @property
    def last(self) -> list[dict[str, Any]]:
        """The last attempt of each number."""
        newest = {
            number_of(task): task for task in sorted(self.trials, key=lambda task: properties(task)["hpo_attempt"])
        }
        return [task for _, task in sorted(newest.items())]

    @property
    def curves(self) -> dict[str, Any]:
        """The points of the panel that shows the objective by the number of trials that have ended."""
        found = self.world.api("events.scalar_metrics_iter_histogram", task=self.task_id)
        return {name: (curve["x"], curve["y"]) for name, curve in found["Optimization Metric"].items()}

    @property
    def suggested(self) -> list[dict[str, str]]:
        return [arguments(task) for task in self.last]


def lead(
    worlds: "Worlds", method: str, deaths: set[int], *, before: bool = True, slots: int = 1, trials: int = FEW
) -> Told:
    """Run one optimization in a world of its own, whose controllers die at the calls `deaths`."""
    world, starts = worlds(), Starts()
    world.hire(slots, starts.script)
    more = {"parameters": GRID} if method == "grid" else {}
    limits = {**LIMITS, "total_tasks": trials}
    settings: dict[str, Any] = {"method": method, "limits": limits, "failures": {"retries": 1}, **more}
    task_id = world.instance(max_concurrent_tasks=slots, trial={"output_uri": DESTINATION}, **settings)
    client = MortalClient(world.client, deaths, before=before)
    _, died = run_in_lives(world, task_id, client)
    world.clock.end_all_lives()
    return Told(world, task_id, trials, starts, client.count, died)


class Worlds:
    """Makes one world after the other on one server."""

    def __init__(self, address: ServerAddress, clock: SimulatedClock) -> None:
        self._address, self._clock = address, clock
        self.apis: list[Api] = []
        self._undisturbed: dict[tuple[str, int, int], Told] = {}

    def __call__(self) -> World:
        self.apis.append(Api(self._address))
        return World(self._address, self._clock, self.apis[-1])

    def undisturbed(self, method: str, slots: int = 1, trials: int = FEW) -> Told:
        """Return the run in which nothing dies, which must be right itself."""
        key = method, slots, trials
        if key not in self._undisturbed:
            told = self._undisturbed[key] = lead(self, method, set(), slots=slots, trials=trials)
            check(told, told, 0)
        return self._undisturbed[key]


@pytest.fixture(scope="module")
def worlds(address: ServerAddress, clock: SimulatedClock) -> Iterator[Worlds]:
    made = Worlds(address, clock)
    yield made
    for api in made.apis:
        api.close()


def check(told: Told, same: Told, deaths: int) -> None:
    """Hold what a disturbed run left against the undisturbed one."""
    assert told.deaths == deaths
    assert told.attempts == sorted([*((number, 1) for number in range(told.asked)), (FAILING, 2)])
    assert told.suggested == same.suggested
    assert told.starts.texts == same.starts.texts, "each was started once, and with what was suggested"
    ran = [task for worker in told.world.workers for task in worker.started]
    assert sorted(ran) == sorted(task["id"] for task in told.trials)
    assert {task["output"]["destination"] for task in told.trials} == {DESTINATION}
    _check_ends(told)
    _check_top(told)
    _check_report(told)
    assert told.curves == same.curves or len(told.world.workers) > 1


def _check_ends(told: Told) -> None:
    ends = {number_of(task): task for task in told.last}
    assert [task["status"] for task in told.last] == [
        "stopped" if number == ENDLESS else "completed" for number in range(told.asked)
    ]
    stopped = properties(ends[ENDLESS])
    assert stopped["verdict"] == "max iterations"
    assert stopped["reason"].endswith("the limit is 6 iterations")
    [failed] = [task for task in told.trials if task["status"] == "failed"]
    assert properties(failed)["reason"] == "its script failed: ValueError: no such file"
    assert failed["status_reason"] == "worker execution exit code 1"
    assert "archived" in failed["system_tags"]


def _check_top(told: Told) -> None:
    ranked = sorted(told.last, key=lambda task: loss_of(0, arguments(task)).value(1) or 0.0)
    kept = [task for task in told.last if "archived" not in task["system_tags"]]
    assert {task["id"] for task in kept} == {task["id"] for task in ranked[:KEPT]}


def _check_report(told: Told) -> None:
    task = told.world.api.task(told.task_id)
    assert (task["status"], properties(task)["reason"]) == ("completed", f"All {told.asked} trials have run.")
    assert task["runtime"]["progress"] == "100"
    assert {artifact["key"] for artifact in task["execution"]["artifacts"]} >= {"trials", "best"}
    plots = told.world.plots_of(told.task_id)
    assert {title: len(figures) for title, figures in plots.items()} == dict.fromkeys(plots, 1)
    assert "Summary" in plots


def disturb(
    worlds: Worlds, method: str, moments: slice, *, before: bool, slots: int = 1, trials: int = FEW
) -> None:
    """Kill the controller once in each run, at one call after the other."""
    same = worlds.undisturbed(method, slots, trials)
    deadly = range(1, same.calls + 1)[moments]
    assert deadly, f"there are but {same.calls} calls"
    for call in deadly:
        check(lead(worlds, method, {call}, before=before, slots=slots, trials=trials), same, 1)


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("method", SOME)
def test_a_controller_that_dies_at_any_call_loses_nothing(worlds: Worlds, method: str, before: bool) -> None:
    """HPO state is lost with the controller (clearml/clearml#738); each method has moments of its own here."""
    first = 2 * METHODS.index(method) + before
    disturb(worlds, method, slice(10 * first + 3, None, SAMPLE), before=before)


@pytest.mark.long
@pytest.mark.parametrize("shard", range(SHARDS))
@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("method", METHODS)
def test_a_controller_that_dies_at_every_call_loses_nothing(
    worlds: Worlds, method: str, before: bool, shard: int
) -> None:
    disturb(worlds, method, slice(shard, None, SHARDS), before=before, trials=MANY)


@pytest.mark.long
@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_a_controller_that_dies_while_several_trials_run_loses_nothing(worlds: Worlds, before: bool) -> None:
    """Method random: which trial ends first changes nothing for it."""
    disturb(worlds, "random", slice(12 + 6 * before, None, 30), before=before, slots=3)


@pytest.mark.long
@pytest.mark.parametrize("shard", range(SHARDS))
@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_a_controller_that_dies_at_every_call_while_several_trials_run_loses_nothing(
    worlds: Worlds, before: bool, shard: int
) -> None:
    disturb(worlds, "random", slice(shard, None, SHARDS), before=before, slots=3)


@pytest.mark.long
@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_a_controller_that_dies_while_it_restores_loses_nothing(worlds: Worlds, before: bool) -> None:
    """The second one dies at a call of its beginning, the third one carries on."""
    same = worlds.undisturbed("random")
    for second in range(1 + before, CALLS_OF_A_RESTORE + 1, 3):
        first = same.calls * second // (CALLS_OF_A_RESTORE + 1)
        check(lead(worlds, "random", {first, first + second}, before=before), same, 2)


@pytest.mark.long
@pytest.mark.parametrize("second", range(1, CALLS_OF_A_RESTORE + 1))
@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_a_controller_that_dies_at_every_call_of_any_restore_loses_nothing(
    worlds: Worlds, before: bool, second: int
) -> None:
    same = worlds.undisturbed("bayesian")
    for first in range(second, same.calls, CALLS_OF_A_RESTORE):
        check(lead(worlds, "bayesian", {first, first + second}, before=before), same, 2)


@pytest.mark.parametrize("lives", [10, 23])
def test_controllers_that_live_for_few_calls_each_get_the_run_done(worlds: Worlds, lives: int) -> None:
    same = worlds.undisturbed("random")
    told = lead(worlds, "random", set(range(lives, 100 * lives, lives)), before=False)
    assert told.deaths > same.calls // lives
    check(told, same, told.deaths)


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_a_clone_whose_first_controller_dies_while_it_begins_heeds_no_wish_for_its_source(
    worlds: Worlds, before: bool
) -> None:
    world = worlds()
    world.hire(1)
    source = world.run(limits={"total_tasks": 2}).task_id
    wish = {"section": "properties", "name": "hpo_want", "value": "stop now"}
    world.api("tasks.edit_hyper_params", task=source, hyperparams=[wish], replace_hyperparams="none")
    for call in range(1, CALLS_OF_A_RESTORE):
        clone = world.api("tasks.clone", task=source, new_task_name="again")["id"]
        world.api("tasks.started", task=clone)
        _, deaths = run_in_lives(world, clone, MortalClient(world.client, {call}, before=before))
        assert (deaths, world.statuses(clone)) == (1, ["completed"] * 2)
    world.clock.end_all_lives()


BY_HAND = {"Args/rate": 0.125, "Args/units": 5}


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize(
    "shard", [0, *(pytest.param(shard, marks=pytest.mark.long) for shard in range(1, SHARDS))]
)
def test_a_trial_that_a_person_added_is_tried_once_whenever_the_controller_dies(
    worlds: Worlds, before: bool, shard: int
) -> None:
    wish = {"section": "properties", "name": "hpo_add_trial_mine", "value": json.dumps(BY_HAND)}
    call, deaths = shard + 1, 1
    while deaths:
        world = worlds()
        world.hire(1)
        first = world.begin(max_concurrent_tasks=1, limits={"total_tasks": 2})
        next(first.run())
        task_id = first.task_id
        world.api("tasks.edit_hyper_params", task=task_id, hyperparams=[wish], replace_hyperparams="none")
        _, deaths = run_in_lives(world, task_id, MortalClient(world.client, {call}, before=before))
        tried = [arguments(task)["rate"] for task in world.trials(task_id)]
        assert (len(tried), tried.count("0.125")) == (2, 1)
        done = json.loads(world.api.task(task_id)["configuration"]["Acts"]["value"])["acts"]
        assert done["hpo_add_trial_mine"].endswith("it is tried")
        call += SHARDS
        world.clock.end_all_lives()
