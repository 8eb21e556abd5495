"""Whole runs on a server of their own: made-up results, everything else real."""

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cli_server import Api, QuickWorker, newest, statuses, wait_until
from shell import Shell

from clearml_hpo_app.config import HpoConfig, from_export
from clearml_hpo_app.local.server import ServerAddress

pytestmark = pytest.mark.xdist_group("cli-runs")


@pytest.fixture(scope="module")
def finished(
    address: ServerAddress, api: Api, data: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> "subprocess.CompletedProcess[str]":
    """A run of three trials, as its process ended."""
    shell = Shell(address, tmp_path_factory.mktemp("run"))
    with QuickWorker(Api(address), "trials"):
        return shell("run", shell.write(data), "--json")


@pytest.fixture(scope="module")
def result(finished: "subprocess.CompletedProcess[str]") -> dict[str, Any]:
    return dict(json.loads(finished.stdout))


def test_a_run_without_a_terminal_prints_json_on_stdout_and_plain_lines_on_stderr(
    finished: "subprocess.CompletedProcess[str]", result: dict[str, Any]
) -> None:
    assert finished.returncode == 0
    assert result["instance"]["status"] == "completed"
    assert result["trials"]["completed"] == 3
    assert set(result["best"]["parameters"]) == {"Args/lr", "General/mode"}
    assert result["api"]["calls"] > 0
    assert "3 of 3 trials ended, best val/accuracy" in finished.stderr
    assert not [char for char in finished.stderr if char != "\n" and not char.isprintable()]


def test_show_gives_the_outcome_and_every_trial(result: dict[str, Any], shell: Shell) -> None:
    key = result["instance"]["id"]
    shown = json.loads(shell("show", key, "--json").stdout)
    assert shown["best"] == result["best"]
    assert [row["number"] for row in shown["trial_rows"]] == [0, 1, 2]
    text = shell("show", key).stdout
    assert result["best"]["task_id"] in text
    assert "HPO: digits  completed" in text


@pytest.mark.long
def test_report_writes_one_file_that_loads_nothing(result: dict[str, Any], shell: Shell) -> None:
    key = result["instance"]["id"]
    done = shell("report", key, "-o", "report.html")
    assert (done.returncode, done.stdout) == (0, "")
    text = (shell.folder / "report.html").read_text("utf-8")
    assert repr(result["best"]["values"][0]) in text
    for title in ("Optimization Metric", "Budget", "Resources", "Timeline", "Decisions"):
        assert f"<h2>{title}</h2>" in text
    assert "nothing was decided yet" not in text


def test_a_run_that_has_not_begun_has_a_report_too(queued: str, shell: Shell) -> None:
    text = shell("report", queued).stdout
    assert "needs 1 trial, has 0" in text and "queued, as of" in text


def test_list_names_the_instance(result: dict[str, Any], shell: Shell) -> None:
    rows = json.loads(shell("list", "--json").stdout)
    row = next(row for row in rows if row["id"] == result["instance"]["id"])
    assert (row["name"], row["status"], row["progress"]) == ("HPO: digits", "completed", 100)
    assert row["id"] in shell("list").stdout


def test_best_gives_the_parameters_exactly(result: dict[str, Any], shell: Shell) -> None:
    key = result["instance"]["id"]
    assert json.loads(shell("best", key, "--json").stdout) == result["best"]
    assert repr(result["best"]["parameters"]["Args/lr"]) in shell("best", key).stdout


def test_an_export_gives_the_same_configuration_again(
    data: dict[str, Any], result: dict[str, Any], shell: Shell, tmp_path: Path
) -> None:
    key = result["instance"]["id"]
    done = shell("export", key, "-o", "exported.json")
    assert (done.returncode, done.stdout) == (0, "")
    text = (tmp_path / "exported.json").read_text()
    assert from_export(json.loads(text)) == HpoConfig.model_validate(data)
    assert shell("export", key).stdout == text
    launched = json.loads(shell("launch", "exported.json", "--json").stdout)
    assert shell("export", launched["id"]).stdout == text
    stopped = json.loads(shell("stop", launched["id"], "--json").stdout)
    assert (stopped["before"], stopped["status"]) == ("queued", "stopped")


def test_watching_and_stopping_what_has_ended_says_so(result: dict[str, Any], shell: Shell) -> None:
    key = result["instance"]["id"]
    watched = shell("watch", key)
    assert watched.returncode == 0
    assert "All 3 trials have run." in watched.stdout
    stopped = shell("stop", key)
    assert (stopped.returncode, stopped.stdout) == (0, "")
    assert "had ended already: completed" in stopped.stderr


@pytest.mark.long
def test_a_run_that_goes_on_is_watched_to_its_end(data: dict[str, Any], shell: Shell, api: Api) -> None:
    process = shell.begin("run", shell.write({**data, "title": "watched"}))
    wait_until(lambda: newest(api).get("name") == "watched" and len(statuses(api, newest(api)["id"])) == 2)
    with shell.begin("watch", newest(api)["id"], "--json") as watching:
        assert watching.stderr is not None
        first = watching.stderr.readline()
        with QuickWorker(Api(shell.address), "trials"):
            process.communicate(timeout=60)
            out, err = watching.communicate(timeout=30)
    assert first.startswith("0 of 3 trials ended; 0 running, ")
    assert watching.returncode == 0, err
    assert [row["state"] for row in json.loads(out)["trial_rows"]] == ["completed"] * 3


def test_best_without_a_trial_is_one_sentence(queued: str, shell: Shell) -> None:
    done = shell("best", queued)
    assert (done.returncode, done.stdout) == (1, "")
    assert "but none has yet" in done.stderr


def test_an_instance_in_a_queue_is_not_resumed_beside_it(queued: str, shell: Shell) -> None:
    done = shell("run", "--resume", queued)
    assert (done.returncode, done.stdout) == (1, "")
    assert "waits in a queue for its controller" in done.stderr


def test_ctrl_c_ends_a_run_in_order(data: dict[str, Any], shell: Shell, api: Api) -> None:
    file = shell.write({**data, "title": "interrupted"})
    process = shell.begin("run", file)
    wait_until(lambda: newest(api).get("name") == "interrupted" and len(statuses(api, newest(api)["id"])) == 2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=40)
    assert process.returncode == 1, err
    assert "The controller was ended by Ctrl-C." in out
    assert "Traceback" not in err
    instance = newest(api)
    assert instance["status"] == "stopped"
    assert "in_progress" not in statuses(api, instance["id"])
    assert "queued" not in statuses(api, instance["id"])


def test_a_run_whose_task_is_deleted_says_so_and_stops_its_trials(
    data: dict[str, Any], shell: Shell, api: Api
) -> None:
    process = shell.begin("run", shell.write({**data, "title": "deleted"}))
    wait_until(lambda: newest(api).get("name") == "deleted" and statuses(api, newest(api)["id"]) == ["queued"] * 2)
    instance = newest(api)["id"]
    api("tasks.delete", task=instance, force=True)
    out, err = process.communicate(timeout=40)
    assert process.returncode == 1, err
    assert "The task of this optimization was deleted." in out
    assert err.rstrip().endswith("The task of this optimization was deleted. Its trials were stopped.")
    assert "Carry on with: clearml-hpo run --resume" not in err.splitlines()[-1]
    trials = api("tasks.get_all", tags=[f"opt: {instance}"], search_hidden=True, only_fields=["status"])["tasks"]
    assert [trial["status"] for trial in trials] == ["stopped", "stopped"]


def test_a_run_whose_process_was_killed_is_resumed(
    data: dict[str, Any], api: Api, address: ServerAddress, shell: Shell
) -> None:
    file = shell.write({**data, "title": "killed"})
    process = shell.begin("run", file)
    wait_until(lambda: newest(api).get("name") == "killed" and len(statuses(api, newest(api)["id"])) == 2)
    process.kill()
    process.communicate()
    instance = newest(api)["id"]
    api("tasks.stopped", task=instance, force=True)  # or resuming waits a minute for a sign of life
    with QuickWorker(Api(address), "trials"):
        done = shell("run", "--resume", instance, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["trials"]["completed"] == 3
    assert statuses(api, instance) == ["completed"] * 3
