"""The server goes away, comes back, answers late, by half or not at all: the run waits, and nothing is doubled."""

import json
import random
import socket
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import pytest
import requests
from simulated_worker import Answer, Api, Behaviour, SimulatedClock
from simulation import World, number_of, properties
from wiretap import Wiretap, answers, cut, lose, stall, swallow

from benchmarks.proxy import Exchange, Treatment, pass_on
from clearml_hpo_app.clearml_api import Client, connect_to
from clearml_hpo_app.clock import SystemClock
from clearml_hpo_app.controller.loop import Controller
from clearml_hpo_app.errors import CredentialsRefused
from clearml_hpo_app.local.server import EmbeddedServer, ServerAddress

IMPATIENT = 0.25
"""Seconds that a client waits for an answer, where some never come."""

OPERATIONS = [
    "tasks.get_all",
    "tasks.clone",
    "tasks.enqueue_many",
    "tasks.stop_many",
    "tasks.archive_many",
    "tasks.edit_hyper_params",
    "tasks.edit_runtime",
    "tasks.add_or_update_artifacts",
    "tasks.completed",
    "events.add_batch",
    "events.get_task_log",
    "workers.get_all",
]
FAULTS: Mapping[str, Treatment] = {
    "lost": lose,
    "cut": cut,
    "swallowed": swallow,
    "stalled": stall,
    "502": answers("502 Bad Gateway"),
    "503": answers("503 Service Unavailable"),
}
LIMITS = {"total_tasks": 6, "top_tasks_to_keep": 2, "max_iterations": 8}
STOPPED, FAILING = 0, 3


def script(failed: set[int]) -> Any:
    """Trial 0 goes on until it is stopped, trial 3 fails at first."""

    def behave(number: int, texts: Mapping[str, str]) -> Behaviour:
        if number == FAILING and number not in failed:
            failed.add(number)
            return Behaviour(ending="failed", says="ValueError: no such file")
        return Behaviour(iterations=400, seconds=10.0) if number == STOPPED else Behaviour()

    return behave


def connect(world: World, address: ServerAddress, patience: float = 20.0) -> Client:
    """Connect on the clock of the test; an answer is waited for `patience` seconds."""
    pair = (address.access_key, address.secret_key)
    return connect_to(
        address.api_host, *pair, files_host=address.files_host, clock=world.clock, timeouts=(2.0, patience)
    )


def begin(world: World, tap: Wiretap, patience: float = 20.0) -> Controller:
    world.hire(2, script(set()))
    client = connect(world, tap.address, patience)
    return world.open(world.instance(client, limits=LIMITS, failures={"retries": 1}), client)


def attempts(tasks: list[Answer]) -> list[tuple[int, int, str]]:
    return sorted((number_of(task), int(properties(task)["hpo_attempt"]), task["status"]) for task in tasks)


def check(world: World, task_id: str) -> None:
    """Hold what is left of the run against what must be."""
    found = world.trials(task_id)
    well = [(number, 1, "completed") for number in range(6) if number not in (STOPPED, FAILING)]
    assert attempts(found) == sorted(
        [*well, (STOPPED, 1, "stopped"), (FAILING, 1, "failed"), (FAILING, 2, "completed")]
    )
    ran = [task for worker in world.workers for task in worker.started]
    assert sorted(ran) == sorted(task["id"] for task in found)
    assert sum("archived" in task["system_tags"] for task in found) == 5
    [stopped] = [task for task in found if number_of(task) == STOPPED]
    assert properties(stopped)["verdict"] == "max iterations"
    task = world.api.task(task_id)
    assert (task["status"], properties(task)["reason"]) == ("completed", "All 6 trials have run.")
    assert {artifact["key"] for artifact in task["execution"]["artifacts"]} == {"trials", "best"}
    plots = world.plots_of(task_id)
    assert {title: len(figures) for title, figures in plots.items()} == dict.fromkeys(plots, 1)


@pytest.mark.parametrize("name", FAULTS)
def test_no_operation_makes_a_double_or_loses_anything_when_its_answer_does_not_come(
    world: World, tap: Wiretap, name: str
) -> None:
    controller = begin(world, tap, IMPATIENT)
    for operation in OPERATIONS:
        tap.faults[operation].append(FAULTS[name])
    turns = world.finish(controller)
    assert sum(bool(turn.trouble) for turn in turns) >= len(OPERATIONS) - 2
    assert [operation for operation, faults in tap.faults.items() if faults] == []
    check(world, controller.task_id)


def test_a_long_outage_only_pauses_the_run_and_uses_up_none_of_its_time(
    world: World, tap: Wiretap, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    world.hire(1)
    client = connect(world, tap.address)
    controller = world.open(world.instance(client, limits={"total_tasks": 8, "total_minutes": 3}), client)
    turns = world.advance(controller, lambda: controller.state.results >= 2)
    before, elapsed = world.clock.now(), controller.state.elapsed_seconds(client.now())
    tap.faults["tasks.get_all"] += [answers("503 Service Unavailable")] * 12
    for turn in turns:
        if not tap.faults["tasks.get_all"] and not turn.trouble:
            break
    outage = (world.clock.now() - before).total_seconds()
    assert outage > 180
    assert controller.state.elapsed_seconds(client.now()) < elapsed + 10
    list(turns)
    assert world.statuses(controller.task_id) == ["completed"] * 8
    assert controller.ended is not None
    assert controller.ended.reason == "All 8 trials have run."
    assert caplog.text.count("The run waits for it.") == 1
    assert caplog.text.count("the server answers again, after ") == 1


OPENING = [
    "tasks.get_by_id",
    "tasks.edit_runtime",
    "tasks.edit_hyper_params",
    "queues.get_all",
    "tasks.get_all",
    "tasks.edit_configuration",
]


@pytest.mark.parametrize("name", FAULTS)
def test_a_controller_that_gets_no_answers_while_it_begins_waits_and_holds_its_own_lease(
    world: World, tap: Wiretap, name: str, living_controllers: None, caplog: pytest.LogCaptureFixture
) -> None:
    world.hire(2, script(set()))
    client = connect(world, tap.address, IMPATIENT)
    task_id = world.instance(client, limits=LIMITS, failures={"retries": 1})
    tap.faults.update({operation: deque([FAULTS[name]]) for operation in OPENING})
    controller = world.open(task_id, client)
    world.advance(controller, lambda: len(controller.state.trials) == 3)
    controller.herald.release(controller.state, world.clock.now())  # as when its process were gone
    tap.faults.update(
        {operation: deque([FAULTS[name]]) for operation in OPENING if operation != "tasks.edit_runtime"}
    )
    again = world.open(task_id, client)
    assert [operation for operation, faults in tap.faults.items() if faults] == []
    assert caplog.text.count("The controller waits, and begins anew.") >= 2 * len(OPENING) - 1
    assert "may still be at work" not in caplog.text, "a lease was waited for, its own or one that was released"
    world.finish(again)
    check(world, task_id)


def test_a_clone_that_is_carried_out_after_another_took_its_place_does_not_stay(
    world: World, tap: Wiretap
) -> None:
    controller = begin(world, tap)

    def postpone(exchange: Exchange) -> None:
        tap.before["tasks.enqueue_many"] = exchange.forward
        exchange.drop()

    tap.faults["tasks.clone"].append(postpone)
    world.finish(controller)
    assert len(tap.before) == 0
    check(world, controller.task_id)


def random_faults(seed: int) -> Treatment:
    chance = random.Random(seed)

    def treat(exchange: Exchange) -> None:
        fault = chance.choice(list(FAULTS.values())) if chance.random() < 0.25 else pass_on
        fault(exchange)

    return treat


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1, 23))
def test_a_run_on_a_server_that_fails_every_fourth_time_ends_as_any_other(
    world: World, tap: Wiretap, seed: int
) -> None:
    controller = begin(world, tap, IMPATIENT)
    tap.otherwise = random_faults(seed)
    turns = world.finish(controller)
    assert sum(bool(turn.trouble) for turn in turns) > 5
    check(world, controller.task_id)


def test_a_server_that_refuses_connections_for_hours_only_pauses_the_run(world: World, tap: Wiretap) -> None:
    controller = begin(world, tap)
    turns = world.advance(controller, lambda: controller.state.trials[STOPPED].state.is_final)
    tap.proxy.close()
    for turn in islice(turns, 2):
        assert "says connection refused" in turn.trouble
        world.clock.wait(4000)  # beyond the two hours after which a server stops a silent task
    tap.proxy.open()
    back = list(turns)
    assert not any(turn.trouble for turn in back)
    check(world, controller.task_id)


def pauses_of(world: World, tap: Wiretap) -> list[float]:
    """Return the pauses of a controller whose server is away."""
    controller = begin(world, tap)
    tap.otherwise = answers("502 Bad Gateway")
    moments = [world.clock.now() for _ in islice(controller.run(), 10)]
    tap.otherwise = pass_on
    return [(later - earlier).total_seconds() for earlier, later in pairwise(moments)]


def test_pauses_double_up_to_a_minute_and_differ_from_run_to_run(world: World, tap: Wiretap) -> None:
    one, other = pauses_of(world, tap), pauses_of(world, tap)
    for pauses in (one, other):
        for pause, longest in zip(pauses, [2, 4, 8, 16, 32, 60, 60, 60, 60], strict=True):
            assert longest / 2 <= pause <= longest + 0.1
    assert all(abs(a - b) > 0.001 for a, b in zip(one[4:], other[4:], strict=True))


@pytest.mark.long
def test_slow_answers_are_waited_for(world: World, tap: Wiretap) -> None:
    controller = begin(world, tap)
    tap.otherwise = dribble
    turns = world.finish(controller)
    assert not any(turn.trouble for turn in turns)
    check(world, controller.task_id)


def dribble(exchange: Exchange) -> None:
    """Answer in pieces, each within the client's patience."""
    answer = exchange.forward()
    size = len(answer) // 4 + 1
    for start in range(0, len(answer), size):
        SystemClock().wait(0.01)
        exchange.answer(answer[start : start + size])


def revoke(world: World, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    requests.post(f"{world.address.api_host}/auth.logout", json={}, headers=headers, timeout=10).raise_for_status()


@pytest.mark.parametrize("status", ["200 OK", "502 Bad Gateway"])
def test_a_login_that_something_before_the_server_answers_is_tried_again(
    world: World, tap: Wiretap, status: str
) -> None:
    controller = begin(world, tap)
    turns = world.advance(controller, lambda: len(controller.state.trials) == 3)
    revoke(world, controller.client.token)
    tap.faults["auth.login"].extend([answers(status)] * 3)
    troubles = [turn.trouble for turn in turns if turn.trouble]
    assert troubles
    assert all(trouble.startswith("No ClearML server answers: ") for trouble in troubles)
    check(world, controller.task_id)


def test_a_token_that_was_revoked_is_replaced(world: World, tap: Wiretap) -> None:
    controller = begin(world, tap)
    turns = world.advance(controller, lambda: len(controller.state.trials) == 3)
    token = controller.client.token
    revoke(world, token)
    assert not any(turn.trouble for turn in turns)
    assert controller.client.token != token
    check(world, controller.task_id)


def test_a_server_that_comes_back_with_another_secret_for_tokens_gets_a_new_token(
    tmp_path: Path, clock: SimulatedClock
) -> None:
    port = free_port()
    with EmbeddedServer(tmp_path, port=port, clock=clock) as address:
        world = World(address, clock, Api(address))
        world.hire(2, script(set()))
        controller = world.begin(limits=LIMITS, failures={"retries": 1})
        turns = world.advance(controller, lambda: 2 in controller.state.trials)
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps({**json.loads(keys.read_text()), "token_secret": "another secret" * 4}))
    with EmbeddedServer(tmp_path, port=port, clock=clock):
        assert not any(turn.trouble for turn in turns)
        check(world, controller.task_id)
        clock.end_all_lives()
    world.api.close()


def test_credentials_that_are_revoked_end_the_controller_with_a_sentence_and_new_ones_carry_the_run_on(
    world: World, address: ServerAddress
) -> None:
    pair = world.api("auth.create_credentials")["credentials"]
    lent = replace(address, access_key=pair["access_key"], secret_key=pair["secret_key"])
    world.hire(2, script(set()))
    client = connect(world, lent)
    controller = world.open(world.instance(client, limits=LIMITS, failures={"retries": 1}), client)
    turns = world.advance(controller, lambda: len(controller.state.trials) == 3)
    world.api("auth.revoke_credentials", access_key=pair["access_key"])
    revoke(world, client.token)
    with pytest.raises(
        CredentialsRefused, match=r"must accept the credentials, but it says: .*Check clearml\.conf"
    ):
        list(turns)
    world.finish(world.open(controller.task_id))
    check(world, controller.task_id)


def test_a_server_that_is_away_for_a_while_only_pauses_the_run(tmp_path: Path, clock: SimulatedClock) -> None:
    port = free_port()
    with EmbeddedServer(tmp_path, port=port, clock=clock) as address:
        world = World(address, clock, Api(address))
        world.hire(2)
        controller = world.begin(limits={"total_tasks": 6})
        turns = world.advance(controller, lambda: 2 in controller.state.trials)
    away = next(turns)
    assert "No answer to tasks.get_all" in away.trouble
    with EmbeddedServer(tmp_path, port=port, clock=clock):
        back = list(turns)
        assert not any(turn.trouble for turn in back)
        assert world.statuses(controller.task_id) == ["completed"] * 6
        clock.end_all_lives()
    world.api.close()


def free_port() -> int:
    """Return a port that is free, with those of the pages and the files above it."""
    for port in range(41080, 60000, 100):
        try:
            for part in (port, port + 72, port + 73):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", part))
        except OSError:
            continue
        return port
    raise AssertionError


def test_a_files_server_that_is_gone_for_good_does_not_keep_a_run_from_ending(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.hire(1)
    client = connect(world, replace(world.address, files_host="http://127.0.0.1:9"))
    controller = world.open(world.instance(client, limits={"total_tasks": 1}), client)
    troubles = [turn.trouble for turn in world.finish(controller) if turn.trouble]
    assert troubles == ["The files server http://127.0.0.1:9 gives no answer."] * 4
    assert world.api.task(controller.task_id)["status"] == "completed"
    assert "the artifact best could not be kept with the task" in caplog.text
