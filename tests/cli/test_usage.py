"""What the command line says before it connects to anything."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from test_invalid_content import VALID
from typer.testing import CliRunner

from clearml_hpo_app import __version__
from clearml_hpo_app.cli import app
from clearml_hpo_app.cli.options import write_output

STEERING = ["stop", "pause", "resume", "set", "add-trial", "drop-trial", "pin", "extend", "clone"]
LOOKING = ["list", "show", "watch", "best", "export"]
COMMANDS = ["check", "run", "launch", "init", "import", *LOOKING, *STEERING, "demo", "server", "web"]


def invoke(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.stdout, result.stderr


def test_importing_the_command_line_imports_nothing_heavy() -> None:
    heavy = [
        "clearml",
        "optuna",
        "plotly",
        "starlette",
        "uvicorn",
        "scipy",
        "numpy",
        "sklearn",
        "pydantic",
        "yaml",
    ]
    code = f"import sys, clearml_hpo_app.cli; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_help_names_every_command() -> None:
    code, out, _ = invoke("--help")
    assert code == 0
    assert all(f" {command} " in out for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_every_command_carries_an_example(command: str) -> None:
    code, out, _ = invoke(command, "--help")
    assert code == 0
    assert f"Example: clearml-hpo {command}" in out


@pytest.mark.parametrize("command", [command for command in COMMANDS if command != "server"])
def test_every_command_that_prints_data_can_print_json(command: str) -> None:
    assert "--json" in invoke(command, "--help")[1]


def help_of(command: str) -> str:
    """Return the help of a command without its frame, so that wrapped sentences are whole."""
    return " ".join(invoke(command, "--help")[1].replace("│", " ").split())


def test_the_help_of_export_does_not_claim_that_json_is_a_choice() -> None:
    told = help_of("export")
    assert "--json Changes nothing: what is printed is JSON in any case." in told
    assert "default: True" not in told


def test_the_help_of_leaving_trials_tells_that_queued_ones_stay_too() -> None:
    assert "leave trials that run or wait in the queue alone" in help_of("run")


def test_the_version_is_told() -> None:
    assert invoke("--version") == (0, f"clearml-hpo-app {__version__}\n", "")


def test_an_unknown_command_is_a_usage_error() -> None:
    code, out, err = invoke("chek")
    assert (code, out) == (2, "")
    assert "Did you mean 'check'" in err


@pytest.mark.parametrize("command", ["check", "run", "launch"])
def test_no_file_is_a_usage_error(command: str) -> None:
    code, out, err = invoke(command)
    assert (code, out) == (2, "")
    assert "Name one: FILE or --config FILE." in err


def test_two_files_are_a_usage_error() -> None:
    code, _, err = invoke("check", "one.json", "--config", "two.json")
    assert code == 2
    assert "but got one.json and two.json" in err


def test_resuming_with_a_file_is_a_usage_error() -> None:
    code, _, err = invoke("run", "one.json", "--resume", "abc")
    assert code == 2
    assert "leave FILE out" in err


def test_an_unknown_method_of_the_demo_is_a_usage_error_with_the_closest_name() -> None:
    code, _, err = invoke("demo", "--method", "baysian")
    assert code == 2
    assert "Did you mean bayesian" in err


def test_debug_may_stand_anywhere_and_shows_the_traceback(tmp_path: Path) -> None:
    missing = str(tmp_path / "missing.json")
    assert "Traceback" not in invoke("check", missing)[2]
    for arguments in (["--debug", "check", missing], ["check", missing, "--debug"]):
        code, _, err = invoke(*arguments)
        assert code == 2
        assert "Traceback" in err


def without(module: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the command line as if `module` were not installed."""
    code = f"import sys; sys.modules[{module!r}] = None; from clearml_hpo_app.cli import main; main()"
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=60)


def test_the_server_without_its_extra_says_which_one_is_missing(tmp_path: Path) -> None:
    done = without("starlette", "server", "--data", str(tmp_path), "--port", "0")
    assert (done.returncode, done.stdout) == (1, "")
    assert "pip install 'clearml-hpo-app[local]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_error_that_nobody_foresaw_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps(VALID))
    done = without("clearml_hpo_app.preflight.checks", "check", str(file))
    assert (done.returncode, done.stdout) == (1, "")
    assert "Run again with --debug" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_terminal_without_unicode_is_no_reason_to_fail(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "clearml_hpo_app.cli", "check", str(tmp_path / "missing.json")]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)
    assert done.returncode == 2
    assert "missing.json must be a readable text file" in done.stderr


def test_a_dash_as_the_file_to_write_is_stdout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_output("text\n", Path("-"))
    assert capsys.readouterr().out == "text\n"
    assert list(tmp_path.iterdir()) == []
