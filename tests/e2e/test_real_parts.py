"""The main job with real parts: SDK, clearml-agent, command line, over a real socket."""

import json
import os
import signal

import pytest
from stage import Stage, config, status, wait_for

pytestmark = [pytest.mark.xdist_group("e2e"), pytest.mark.timeout(280)]


@pytest.mark.long
def test_every_type_reaches_a_connected_dictionary_as_it_is_shown(stage: Stage) -> None:
    base = stage.base_task("types_by_connect.py")
    parameters = [
        {"name": "General/rate", "type": "uniform", "min": 1e-5, "max": 0.1, "scale": "log"},
        {"name": "General/layers", "type": "uniform", "min": 1, "max": 64, "scale": "log"},
        {"name": "General/shuffle", "type": "discrete", "values": [True, False]},
        {"name": "General/optimizer", "type": "discrete", "values": 'adam, sgd, "a,b"'},
        {"name": "General/clip", "type": "fixed", "value": None},
        {"name": "General/epochs", "type": "fixed", "value": 2},
    ]
    file = stage.write("connect.json", config(base, parameters, limits={"total_tasks": 4}))

    outcome = stage.json("run", file)
    shown = stage.json("show", outcome["instance"]["id"])

    assert outcome["trials"]["completed"] == 4
    rows = shown["trial_rows"]
    for row in rows:
        received = stage.received("types_by_connect.py", row["task_id"])
        told = {name.partition("/")[2]: value for name, value in row["parameters"].items()}
        assert {name: (type(received[name]), received[name]) for name in told} == {
            name: (type(value), value) for name, value in told.items()
        }
        assert row["values"] == [received["rate"] / 2]


@pytest.mark.long
def test_integers_and_texts_reach_argparse(stage: Stage) -> None:
    base = stage.base_task("types_by_argparse.py")
    parameters = [
        {"name": "Args/rate", "type": "uniform", "min": 0.1, "max": 0.7, "step": 0.1},
        {"name": "Args/layers", "type": "uniform", "min": 2, "max": 9},
        {"name": "Args/optimizer", "type": "discrete", "values": ["adam", "1", "true"]},
        {"name": "Args/note", "type": "fixed", "value": None},
    ]
    file = stage.write("argparse.json", config(base, parameters, limits={"total_tasks": 3}))

    outcome = stage.json("run", file)
    shown = stage.json("show", outcome["instance"]["id"])

    assert outcome["trials"]["completed"] == 3
    rows = shown["trial_rows"]
    for row in rows:
        received = stage.received("types_by_argparse.py", row["task_id"])
        told = {name.partition("/")[2]: value for name, value in row["parameters"].items()}
        assert {name: received[name] for name in told} == told
        assert isinstance(received["layers"], int)


@pytest.mark.long
def test_a_trial_is_stopped_at_its_limit_and_keeps_the_reason(stage: Stage) -> None:
    base = stage.base_task("types_by_connect.py")
    parameters = [
        {"name": "General/rate", "type": "uniform", "min": 0.1, "max": 0.9},
        {"name": "General/epochs", "type": "fixed", "value": 1000},
        {"name": "General/seconds", "type": "fixed", "value": 0.2},
    ]
    limits = {"total_tasks": 2, "max_iterations": 5}
    file = stage.write("limit.json", config(base, parameters, limits=limits))

    outcome = stage.json("run", file)
    shown = stage.json("show", outcome["instance"]["id"])

    rows = shown["trial_rows"]
    assert {row["verdict"] for row in rows} == {"max iterations"}
    assert all(row["state"] == "stopped" and row["iteration"] >= 5 for row in rows)
    assert all("the limit is 5 iterations" in row["reason"] for row in rows)
    assert outcome["best"] is not None


def test_a_launched_controller_that_is_killed_carries_on(stage: Stage) -> None:
    base = stage.base_task("types_by_connect.py")
    parameters = [
        {"name": "General/rate", "type": "uniform", "min": 0.1, "max": 0.9},
        {"name": "General/epochs", "type": "fixed", "value": 8},
        {"name": "General/seconds", "type": "fixed", "value": 0.2},
    ]
    file = stage.write("launched.json", config(base, parameters, limits={"total_tasks": 5}))
    instance = stage.json("launch", file)["id"]
    wait_for(lambda: trial_count(stage, instance) >= 3, "three trials")

    kill_controller(stage, instance)
    wait_for(lambda: status(stage, instance) == "failed", "the agent to notice")
    enqueue_again(stage, instance)
    wait_for(lambda: status(stage, instance) == "completed", "the end of the run")

    shown = stage.json("show", instance)
    rows = shown["trial_rows"]
    assert [row["number"] for row in rows] == [0, 1, 2, 3, 4]
    assert shown["trials"]["completed"] == 5


@pytest.mark.long
def test_an_export_launches_the_same_configuration(stage: Stage) -> None:
    base = stage.base_task("types_by_connect.py")
    parameters = [{"name": "General/rate", "type": "uniform", "min": 0.1, "max": 0.9, "step": 0.1}]
    limits = {"total_tasks": 1, "task_minutes": 5}
    file = stage.write("first.json", config(base, parameters, limits=limits, trial={"tags": ["nightly"]}))
    first = stage.json("launch", file)["id"]
    exported = str(stage.folder / "exported.json")
    assert stage.call("export", first, "-o", exported).returncode == 0

    second = stage.json("launch", exported)["id"]

    for instance in (first, second):
        wait_for(lambda instance=instance: status(stage, instance) == "completed", "the end of the run")
    assert stage.call("export", first).stdout == stage.call("export", second).stdout
    children = stage.api("tasks.get_all", parent=[second], only_fields=["tags"])["tasks"]
    assert [set(child["tags"]) - {"best"} for child in children] == [{"optimization", f"opt: {second}", "nightly"}]


def trial_count(stage: Stage, instance: str) -> int:
    return len(stage.api("tasks.get_all", parent=[instance], only_fields=["id"])["tasks"])


def kill_controller(stage: Stage, instance: str) -> None:
    task = stage.api("tasks.get_by_id", task=instance)["task"]
    beat = json.loads(task["hyperparams"]["properties"]["controller"]["value"])
    os.kill(beat["process"], signal.SIGKILL)


def enqueue_again(stage: Stage, instance: str) -> None:
    queue = stage.api("queues.get_all", name="^services$")["queues"][0]["id"]
    stage.api("tasks.enqueue", task=instance, queue=queue)
