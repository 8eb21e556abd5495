"""What only the server can tell: exit code 1, a sentence each, and nothing created on it."""

import json
from typing import Any

import pytest
from cli_server import Api
from shell import Shell

SENTENCES: list[tuple[dict[str, Any], str]] = [
    ({"base_task_id": "0" * 32}, f"The base task {'0' * 32} must exist on http://127.0.0.1:"),
    (
        {"objectives": [{"title": "val", "series": "acuracy"}]},
        "The objective val/acuracy must be a scalar that the base task has reported, but it never did. "
        "It reported val/accuracy",
    ),
    (
        {"parameters": [{"type": "uniform", "name": "General/lr", "min": 0.1, "max": 1.0}]},
        "The parameter General/lr must be one that the base task connected, but it is not: the script would never "
        "receive it. Did you mean Args/lr",
    ),
    (
        {"parameters": [{"type": "uniform", "name": "Args/epoch", "min": 1, "max": 5}]},
        "Did you mean Args/epochs?",
    ),
    (
        {"parameters": [{"type": "uniform", "name": "Args/zzz", "min": 1, "max": 5}]},
        "It has Args/epochs, Args/lr, General/mode.",
    ),
    (
        {"parameters": [{"type": "uniform", "name": "Args/epochs", "min": 1.5, "max": 5}]},
        "The parameter Args/epochs must be an integer like the base task's 3",
    ),
    ({"execution_queue": "trails"}, "The queue 'trails' must exist, but it does not. Did you mean trials?"),
    (
        {"destination_project": "x/y"},
        "Every part of the destination project must have at least 3 characters, but it is 'x/y'.",
    ),
]


@pytest.mark.parametrize(("changes", "sentence"), SENTENCES, ids=[sentence[:30] for _, sentence in SENTENCES])
def test_what_the_server_says_no_to_is_a_sentence_and_creates_nothing(
    changes: dict[str, Any], sentence: str, data: dict[str, Any], shell: Shell, api: Api
) -> None:
    file = shell.write({**data, **changes})
    before = api.count_tasks()
    done = shell("run", file, "--json")
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    assert any(line.startswith("✗ ") and sentence in line for line in done.stderr.splitlines()), done.stderr
    assert "Traceback" not in done.stderr
    assert api.count_tasks() == before


def test_check_lists_all_errors_at_once_and_says_what_is_right(
    data: dict[str, Any], shell: Shell, api: Api
) -> None:
    wrong = {"execution_queue": "trails", "objectives": [{"title": "val", "series": "acuracy"}]}
    file = shell.write({**data, **wrong})
    before = api.count_tasks()
    done = shell("check", file)
    assert done.returncode == 1
    lines = [line.strip() for line in done.stdout.splitlines()]
    assert len([line for line in lines if line.startswith("✗ ")]) == 2
    assert "✓ Base task: digits (completed)" in lines
    assert "✓ Parameters: Args/lr, General/mode" in lines
    assert api.count_tasks() == before


def test_check_as_json_of_what_works(data: dict[str, Any], shell: Shell) -> None:
    file = shell.write(data)
    done = shell("check", "--config", file, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert found.pop("expected_minutes") >= 0
    assert found.pop("workers") == ["first:0"]
    method, stopping = found.pop("choices")
    assert method.startswith("method: Random")
    assert stopping.startswith("early stopping: ")
    assert found == {"ok": True, "errors": [], "warnings": [], "base_task": "digits", "space_size": None}


def test_a_queue_without_workers_is_a_warning(data: dict[str, Any], shell: Shell) -> None:
    file = shell.write({**data, "execution_queue": "nobody"})
    done = shell("check", file, "--json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["ok"]) == (0, True)
    assert found["warnings"] == [
        "No worker serves the queue 'nobody': trials will wait. Start one: clearml-agent daemon --queue nobody"
    ]


def test_a_new_metric_is_only_a_warning_when_allowed(data: dict[str, Any], shell: Shell) -> None:
    file = shell.write({**data, "objectives": [{"title": "new", "series": "one"}]})
    done = shell("check", file, "--allow-new-metric")
    assert done.returncode == 0
    assert "! The base task never reported new/one" in done.stdout


def test_a_project_path_is_a_project_below_another(data: dict[str, Any], shell: Shell) -> None:
    file = shell.write({**data, "destination_project": "Team/Digits"})
    done = shell("check", file)
    assert done.returncode == 0
    assert "✓ Project: Team/Digits (will be created)" in done.stdout


def test_a_launch_into_a_queue_that_does_not_exist_creates_nothing(
    data: dict[str, Any], shell: Shell, api: Api
) -> None:
    file = shell.write(data)
    before = api.count_tasks()
    done = shell("launch", file, "--queue", "servces")
    assert (done.returncode, done.stdout) == (1, "")
    assert "The controller's queue 'servces' must exist" in done.stderr
    assert api.count_tasks() == before


def test_wrong_credentials_are_one_sentence(shell: Shell) -> None:
    done = shell("list", CLEARML_API_SECRET_KEY="wrong-secret-of-the-test")
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("✗ The server must accept the credentials")
    assert "wrong-secret-of-the-test" not in line


def test_missing_credentials_are_one_sentence(shell: Shell) -> None:
    done = shell("list", CLEARML_API_SECRET_KEY="", CLEARML_API_ACCESS_KEY="", CLEARML_API_HOST="")
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("✗ ClearML credentials must be configured, but there are none.")


def test_a_server_that_is_not_there_is_one_sentence(shell: Shell) -> None:
    done = shell("list", CLEARML_API_HOST="http://127.0.0.1:1")
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("✗ No ClearML server answers: ")


@pytest.mark.parametrize("command", ["show", "export", "stop"])
def test_an_id_of_no_optimization_is_one_sentence(command: str, base_task: str, shell: Shell) -> None:
    done = shell(command, base_task)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert f"Task {base_task} must be an optimization of this application, but it is 'digits'." in line


def test_a_configuration_of_clearml_that_cannot_be_read_is_one_sentence(shell: Shell) -> None:
    (shell.folder / "broken.conf").write_text("api { broken")
    done = shell("list", CLEARML_CONFIG_FILE=str(shell.folder / "broken.conf"))
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("✗ ClearML's configuration file must be readable, but:")
    assert "broken.conf" in line
