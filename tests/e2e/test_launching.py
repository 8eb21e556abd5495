"""Controllers as tasks of their own: what an agent installs, and what becomes of edited clones."""

import shutil
from pathlib import Path

import pytest
from stage import Stage, config, status, wait_for

from clearml_hpo_app.instances.wheel import build_wheel
from clearml_hpo_app.local.agents import LocalAgents

pytestmark = [pytest.mark.xdist_group("e2e"), pytest.mark.timeout(290)]

PARAMETERS = [{"name": "General/rate", "type": "uniform", "min": 0.1, "max": 0.9}]


def launched(stage: Stage, *options: str) -> str:
    base = stage.base_task("types_by_connect.py")
    file = stage.write("launching.json", config(base, PARAMETERS, limits={"total_tasks": 1}))
    instance: str = stage.json("launch", file, *options)["id"]
    return instance


@pytest.mark.long
def test_a_clone_with_bad_edits_fails_with_all_violations_in_its_status_properties_and_log(stage: Stage) -> None:
    instance = launched(stage)
    wait_for(lambda: status(stage, instance) == "completed", "the end of the run")
    clone = stage.api("tasks.clone", task=instance, new_task_name="edited")["id"]
    edits = [
        {"section": "HPO", "name": "method", "value": "gird"},
        {"section": "HPO", "name": "total_tasks", "value": "0"},
    ]
    stage.api("tasks.edit_hyper_params", task=clone, hyperparams=edits)

    enqueue(stage, clone, "services")
    wait_for(lambda: status(stage, clone) == "failed", "the clone to fail")
    wait_for(lambda: idle(stage, "service-agent-1"), "the agent to be done with it")

    task = stage.api("tasks.get_by_id", task=clone)["task"]
    for sentence in ("method must be one of", "limits.total_tasks must be at least 1"):
        assert sentence in task["hyperparams"]["properties"]["reason"]["value"]
        assert sentence in task["status_message"]
        wait_for(lambda sentence=sentence: sentence in console(stage, clone), f"{sentence!r} in the log")
    assert stage.api("tasks.get_all", parent=[clone], only_fields=["id"])["tasks"] == []


@pytest.mark.long
def test_a_clone_runs_anew_with_what_was_edited(stage: Stage) -> None:
    instance = launched(stage)
    wait_for(lambda: status(stage, instance) == "completed", "the end of the run")
    clone = stage.api("tasks.clone", task=instance, new_task_name="edited")["id"]
    edits = [{"section": "HPO", "name": "total_tasks", "value": "2"}]
    stage.api("tasks.edit_hyper_params", task=clone, hyperparams=edits)

    enqueue(stage, clone, "services")
    wait_for(lambda: status(stage, clone) == "completed", "the end of the clone")

    shown = stage.json("show", clone)
    assert shown["trials"]["completed"] == 2
    assert [row["number"] for row in shown["trial_rows"]] == [0, 1]
    assert stage.json("show", instance)["trials"]["total"] == 1


def test_a_clone_of_an_instance_that_ran_here_is_run_by_an_agent(stage: Stage) -> None:
    base = stage.base_task("types_by_connect.py")
    file = stage.write("here.json", config(base, PARAMETERS, limits={"total_tasks": 1}))
    instance = stage.json("run", file)["instance"]["id"]
    clone = stage.api("tasks.clone", task=instance, new_task_name="cloned in the UI")["id"]
    assert stage.json("show", clone)["instance"]["reason"] == ""

    enqueue(stage, clone, "services")
    wait_for(lambda: status(stage, clone) == "completed", "the end of the clone")

    assert stage.json("show", clone)["trials"]["completed"] == 1


@pytest.mark.long
@pytest.mark.parametrize("queue", ["trials", "idle"], ids=["running trials", "waiting trials"])
def test_an_aborted_controller_stops_its_trials_and_stays_stopped(stage: Stage, queue: str) -> None:
    base = stage.base_task("types_by_connect.py")
    if queue == "idle":
        stage.api("queues.create", name=queue)
    parameters = [
        *PARAMETERS,
        {"name": "General/epochs", "type": "fixed", "value": 1000},
        {"name": "General/seconds", "type": "fixed", "value": 0.2},
    ]
    file = stage.write(
        "aborted.json", {**config(base, parameters), "execution_queue": queue, "queue_ahead": "off"}
    )
    instance = stage.json("launch", file)["id"]
    expected = "in_progress" if queue == "trials" else "queued"
    wait_for(lambda: states(stage, instance) == [expected, expected], "two trials")

    stage.api("tasks.stop", task=instance)
    wait_for(lambda: states(stage, instance) == ["stopped", "stopped"], "the end of the trials")
    wait_for(lambda: idle(stage, "service-agent-1"), "the agent to be done with the controller")

    assert status(stage, instance) == "stopped"
    shown = stage.json("show", instance)
    assert shown["instance"]["reason"] == "The optimization was aborted by a person."
    assert {row["verdict"] for row in shown["trial_rows"]} == {"run ended"}


@pytest.mark.long
def test_a_clean_environment_gets_the_version_that_launched(stage: Stage, tmp_path: Path) -> None:
    stage.api("queues.create", name="clean")
    environment = stage.address.environment()
    with LocalAgents(
        environment, queue="clean", count=1, folder=tmp_path, name="clean-agent", clean_environment=True
    ):
        instance = launched(stage, "--queue", "clean")
        wait_for(lambda: status(stage, instance) in {"completed", "failed"}, "the end of the run", seconds=250)

    assert status(stage, instance) == "completed"
    assert "Successfully installed clearml-hpo-app" in console(stage, instance)


@pytest.mark.long
def test_an_agent_installs_the_package_that_is_named(stage: Stage, tmp_path: Path) -> None:
    name, content = build_wheel()
    wheel = tmp_path / name
    wheel.write_bytes(content)
    stage.api("queues.create", name="named")
    environment = stage.address.environment()
    with LocalAgents(
        environment, queue="named", count=1, folder=tmp_path / "agents", name="named-agent", clean_environment=True
    ):
        instance = launched(stage, "--queue", "named", "--package", f"clearml-hpo-app @ {wheel.as_uri()}")
        wait_for(lambda: status(stage, instance) in {"completed", "failed"}, "the end of the run", seconds=250)

    assert status(stage, instance) == "completed", console(stage, instance)
    shutil.rmtree(tmp_path / "agents", ignore_errors=True)


def enqueue(stage: Stage, task_id: str, queue: str) -> None:
    found = stage.api("queues.get_all", name=f"^{queue}$")["queues"][0]["id"]
    stage.api("tasks.enqueue", task=task_id, queue=found)


def console(stage: Stage, task_id: str) -> str:
    events = stage.api("events.get_task_log", task=task_id, batch_size=1000)["events"]
    return "\n".join(event["msg"] for event in reversed(events))


def states(stage: Stage, instance: str) -> list[str]:
    children = stage.api("tasks.get_all", parent=[instance], only_fields=["status"])["tasks"]
    return [child["status"] for child in children]


def idle(stage: Stage, worker: str) -> bool:
    workers = stage.api("workers.get_all")["workers"]
    return any(found["id"] == worker and not found.get("task") for found in workers)
