"""Steering a run from the shell, beside the process that is its controller."""

import json
from typing import Any

import pytest
from cli_server import Api, QuickWorker, newest, statuses, wait_until
from shell import Shell

pytestmark = pytest.mark.xdist_group("cli-runs")


def answer(shell: Shell, *arguments: str) -> dict[str, Any]:
    done = shell(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_a_run_is_paused_changed_added_to_and_ends_as_it_was_told(
    data: dict[str, Any], shell: Shell, api: Api
) -> None:
    process = shell.begin("run", shell.write({**data, "title": "steered"}), "--json")
    wait_until(lambda: newest(api).get("name") == "steered" and len(statuses(api, newest(api)["id"])) == 2)
    key = newest(api)["id"]
    assert answer(shell, "pause", key) == {"want": "paused, the running trials go on"}
    assert set(statuses(api, key)) == {"created"}
    assert answer(shell, "set", key, "total_tasks=5", "task_minutes=none") == {
        "total_tasks": "3 → 5",
        "task_minutes": "it is without limit already",
    }
    refused = shell("set", key, "total_tasks=0", "max_concurrent_tasks=none")
    assert refused.returncode == 2
    assert "limits.total_tasks must be at least 1" in refused.stderr
    assert answer(shell, "pin", key, "0", "1") == {"pinned": "0, 1 will not be archived"}
    assert answer(shell, "resume", key) == {"want": "running"}
    assert "is tried" in answer(shell, "add-trial", key, "Args/lr=0.05", "General/mode=plain")["add_trial"]
    with QuickWorker(Api(shell.address), "trials"):
        out, err = process.communicate(timeout=90)
    assert process.returncode == 0, err
    assert json.loads(out)["trials"]["total"] == 5
    rates = [row["parameters"]["Args/lr"] for row in json.loads(shell("show", key, "--json").stdout)["trial_rows"]]
    assert rates.count(0.05) == 1


def test_what_cannot_be_is_said_before_anything_is_written(
    data: dict[str, Any], shell: Shell, queued: str
) -> None:
    for arguments, sentence in [
        (("set", queued, "limits"), "Each must be written NAME=VALUE, but got: 'limits'."),
        (("set", queued, "totl_tasks=4"), "'totl_tasks' cannot be set. Did you mean total_tasks"),
        (("add-trial", queued, "Args/lr=7"), "Args/lr must be between 0.001 and 0.1, but it is 7."),
    ]:
        done = shell(*arguments)
        assert (done.returncode, done.stdout) == (2, ""), done.stderr
        assert sentence in done.stderr


@pytest.mark.parametrize("command", ["pause", "resume"])
def test_without_a_controller_nobody_would_heed_a_wish(shell: Shell, queued: str, command: str) -> None:
    done = shell(command, queued)
    assert (done.returncode, done.stdout) == (1, "")
    assert (
        f"A controller must be at work to heed this, but that of {queued} waits in a queue still." in done.stderr
    )


def test_a_run_that_has_ended_is_extended_with_its_history_kept(
    data: dict[str, Any], shell: Shell, api: Api
) -> None:
    """Trials cannot be added after the limit (ray-project/ray#20886)."""
    with QuickWorker(Api(shell.address), "trials"):
        first = answer(shell, "run", shell.write({**data, "title": "extended"}))
        key = first["instance"]["id"]
        assert first["trials"]["total"] == 3
        assert answer(shell, "extend", key, "2", "--here") == {"id": key, "total_tasks": 5, "queue": None}
        again = answer(shell, "run", "--resume", key)
    assert again["trials"]["total"] == 5
    assert len(statuses(api, key)) == 5
    assert answer(shell, "extend", key, "1")["queue"] == "services"
    task = api("tasks.get_by_id", task=key)["task"]
    assert task["status"] == "queued"
    assert task["hyperparams"]["properties"]["hpo_want"]["value"] == "running"
    shell("stop", key)


@pytest.mark.long
def test_trials_that_a_deleted_optimization_left_are_stopped(data: dict[str, Any], shell: Shell, api: Api) -> None:
    process = shell.begin("run", shell.write({**data, "title": "orphans"}))
    wait_until(lambda: newest(api).get("name") == "orphans" and len(statuses(api, newest(api)["id"])) == 2)
    key = newest(api)["id"]
    trials = [task["id"] for task in api("tasks.get_all", parent=[key], only_fields=["id"])["tasks"]]
    process.kill()
    process.communicate(timeout=10)
    api("tasks.delete", task=key, force=True)
    assert answer(shell, "stop", key)["stopped"] == 2
    ended = api("tasks.get_all", id=trials, only_fields=["status"])["tasks"]
    assert {task["status"] for task in ended} <= {"stopped", "created"}
    again = shell("stop", key)
    assert again.returncode == 1
    assert f"There must be a task {key}" in again.stderr


@pytest.mark.long
def test_a_clone_is_a_fresh_run_with_what_was_changed(shell: Shell, queued: str, api: Api) -> None:
    made = answer(shell, "clone", queued, "total_tasks=7", "--name", "wider", "--queue", "services")
    task = api("tasks.get_by_id", task=made["id"])["task"]
    assert (task["name"], task["status"]) == ("wider", "queued")
    exported = json.loads(shell("export", made["id"]).stdout)["configuration"]
    before = json.loads(shell("export", queued).stdout)["configuration"]
    assert exported["limits"]["total_tasks"] == 7
    assert exported["title"] == "wider"
    assert {**exported, "limits": None, "title": ""} == {**before, "limits": None}
    shell("stop", made["id"])
    refused = shell("clone", queued, "total_tasks=0", "methd=grid")
    assert refused.returncode == 2
    assert "limits.total_tasks must be at least 1" in refused.stderr
    assert "HPO/methd must be a setting that exists" in refused.stderr
    nowhere = shell("clone", queued, "execution_queue=nope", "--queue", "services")
    assert (nowhere.returncode, nowhere.stdout) == (1, "")
    assert "The execution queue 'nope' must exist, but there is none." in nowhere.stderr


@pytest.mark.long
def test_settings_of_a_run_without_a_controller_hold_when_it_is_carried_on(
    data: dict[str, Any], shell: Shell, api: Api
) -> None:
    process = shell.begin("run", shell.write({**data, "title": "killed"}))
    wait_until(lambda: newest(api).get("name") == "killed" and len(statuses(api, newest(api)["id"])) == 2)
    key = newest(api)["id"]
    process.kill()
    process.communicate(timeout=10)
    assert f"Carry on with: clearml-hpo run --resume {key}" in shell("pause", key).stderr
    assert answer(shell, "set", key, "total_tasks=4") == {"total_tasks": "it holds when the run is carried on"}
    refused = shell("set", key, "execution_queue=nope")
    assert (refused.returncode, "'nope' must exist" in refused.stderr) == (1, True)
    with QuickWorker(Api(shell.address), "trials"):
        assert answer(shell, "run", "--resume", key)["trials"]["total"] == 4


def test_a_package_that_an_agent_could_not_reach_is_refused(data: dict[str, Any], shell: Shell) -> None:
    for package in ("/nope/x.whl", " "):
        done = shell("launch", shell.write(data), "--package", package)
        assert (done.returncode, done.stdout) == (2, "")
        assert "A package must be an address, a git address or the name of one in an index" in done.stderr
