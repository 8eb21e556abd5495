"""`clearml-hpo init`: a first configuration for a task on the server, which works as it stands."""

import json

import pytest
from cli_server import Api
from shell import Shell
from typer.testing import CliRunner

from clearml_hpo_app.cli import app
from clearml_hpo_app.config import parse_config
from clearml_hpo_app.starting_point import ready_made_names


@pytest.mark.long
def test_what_is_written_works_as_it_stands(shell: Shell, base_task: str) -> None:
    done = shell("init", base_task, "--queue", "trials", "-o", "search.yaml")
    assert (done.returncode, done.stdout) == (0, "")
    assert "It varies 1 parameter" in done.stderr
    config = parse_config((shell.folder / "search.yaml").read_text(encoding="utf-8"), ending=".yaml")
    assert (config.base_task_id, config.execution_queue) == (base_task, "trials")
    assert [parameter.name for parameter in config.parameters] == ["Args/lr"]
    assert config.objective.title == "val"
    assert json.loads(shell("check", "search.yaml", "--json").stdout)["ok"] is True


def test_a_template_is_filled_in(shell: Shell, base_task: str) -> None:
    text = shell("init", base_task, "--template", "pytorch").stdout
    config = parse_config(text, ending=".yaml")
    assert [parameter.name for parameter in config.parameters] == ["Args/lr"]
    assert "# - {type: uniform, name: Args/momentum, min: 0.8, max: 0.99}" in text
    data = json.loads(shell("init", base_task, "--template", "pytorch", "--json").stdout)
    assert data["parameters"][0]["name"] == "Args/lr"


def test_a_template_without_a_parameter_of_the_task_is_refused(shell: Shell, base_task: str) -> None:
    done = shell("init", base_task, "--template", "hydra")
    assert done.returncode == 1
    assert (
        "must have a parameter of the template hydra, but it has none. It has Args/epochs, Args/lr" in done.stderr
    )


def test_a_task_that_does_not_exist_is_refused(shell: Shell) -> None:
    done = shell("init", "0" * 32)
    assert done.returncode == 1
    assert "must exist" in done.stderr


def test_an_optimization_as_base_task_is_refused_with_what_to_give(
    shell: Shell, queued: str, base_task: str
) -> None:
    done = shell("init", queued)
    assert done.returncode == 1
    assert f"is an optimization itself: give its base task, {base_task}." in " ".join(done.stderr.split())


def test_a_template_that_does_not_exist_is_refused_before_anything_is_connected_to() -> None:
    result = CliRunner().invoke(app, ["init", "id", "--template", "pytorsh"])
    assert result.exit_code == 2
    assert "Did you mean pytorch" in result.stderr


def test_the_help_names_every_template() -> None:
    text = " ".join(CliRunner().invoke(app, ["init", "--help"]).stdout.split())
    assert [name for name in ready_made_names() if name not in text] == []


@pytest.mark.parametrize("name", ["Args/lr", "Args/batch.size", "my section/a/b"])
def test_names_with_dots_slashes_and_blanks_are_proposed_and_checked(shell: Shell, api: Api, name: str) -> None:
    section, _, key = name.partition("/")
    items = {section: {key: {"section": section, "name": key, "value": "0.5", "type": "float"}}}
    task = api("tasks.create", name="odd names", type="training", hyperparams=items)["id"]
    api("tasks.started", task=task)
    api.report(task, "val", "accuracy", 0.5)
    api("tasks.completed", task=task)
    assert shell("init", task, "--queue", "trials", "-o", "odd.yaml").returncode == 0
    assert name in (shell.folder / "odd.yaml").read_text(encoding="utf-8")
    assert json.loads(shell("check", "odd.yaml", "--json").stdout)["ok"] is True
