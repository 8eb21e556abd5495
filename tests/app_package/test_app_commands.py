"""The commands `clearml-hpo app …`: what they print, where, and with which exit code."""

import json
from pathlib import Path

import pytest
from app_conf_texts import SMALL, SOURCE
from typer.testing import CliRunner

from clearml_hpo_app.app_package.build import build
from clearml_hpo_app.cli import app
from clearml_hpo_app.cli.app_commands import COMMANDS
from clearml_hpo_app.instances.package_spec import require_package
from clearml_hpo_app.local.server import ServerAddress

BUILD = ["app", "build", "--repository", SOURCE.repository, "--branch", SOURCE.revision]


def invoke(*arguments: str, address: ServerAddress | None = None) -> tuple[int, str, str]:
    environment = address.environment() if address else {}
    result = CliRunner().invoke(app, list(arguments), env=environment)
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize("command", [command.name for command in COMMANDS])
def test_every_command_can_print_json_and_carries_an_example(command: str) -> None:
    code, out, _ = invoke(*command.split(), "--help")
    assert code == 0
    assert "--json" in out
    assert f"Example: clearml-hpo {command}" in " ".join(out.split())


def test_a_package_that_was_built_is_validated(tmp_path: Path) -> None:
    file = tmp_path / "hpo.zip"
    code, out, err = invoke(*BUILD, "-o", str(file))
    assert (code, out) == (0, "")
    assert f"from {SOURCE.repository} at branch main" in err
    assert file.read_bytes() == build(SOURCE)

    code, out, err = invoke("app", "validate", str(file))
    assert (code, out) == (0, "")
    assert "holds against the format" in err
    assert json.loads(invoke("app", "validate", str(file), "--json")[1]) == []
    assert invoke("app", "validate")[0] == 0


def test_what_was_built_can_be_told_as_json(tmp_path: Path) -> None:
    file = tmp_path / "hpo.zip"
    told = json.loads(invoke(*BUILD, "-o", str(file), "--json")[1])
    assert told.pop("bytes") == file.stat().st_size
    assert {**told, "version": ""} == {
        "file": str(file),
        "version": "",
        "repository": SOURCE.repository,
        "branch": "main",
    }


@pytest.mark.parametrize(
    "wrong", [["--tag", "v1"], ["--branch", ""], ["--repository", "here"], ["-o", "/nowhere/hpo.zip"]]
)
def test_what_cannot_be_built_is_a_usage_error(wrong: list[str], tmp_path: Path) -> None:
    code, out, err = invoke(*BUILD, "-o", str(tmp_path / "hpo.zip"), *wrong)
    assert (code, out) == (2, "")
    assert err.startswith("✗ ")
    assert not (tmp_path / "hpo.zip").exists()


def test_problems_are_data_one_a_line_and_end_with_exit_code_1(tmp_path: Path) -> None:
    file = tmp_path / "small.app.conf"
    file.write_text(SMALL.replace("type: checkbox", "type: chekbox").replace('"1.0.0"', "1"), encoding="utf-8")
    code, out, err = invoke("app", "validate", str(file))
    assert code == 1
    assert [line.split(" must")[0] for line in out.splitlines()] == [
        "small.app.conf:3: version",
        "small.app.conf:25: wizard.entries.1 (quick).type",
    ]
    assert "2 problems in" in err

    code, out, _ = invoke("app", "validate", str(file), "--json")
    assert code == 1
    assert [each["line"] for each in json.loads(out)] == [3, 25]
    assert invoke("app", "validate", str(tmp_path / "missing"))[0] == 2


def test_the_template_is_installed_updated_and_removed(address: ServerAddress) -> None:
    code, out, err = invoke("app", "install", "--readme", "https://git.example/hpo", address=address)
    task_id = out.strip()
    assert code == 0, err
    assert len(task_id) == 32
    assert "The template task is created. Clone it, edit the clone, enqueue it to services." in err
    assert "clearml-agent daemon --queue services --create-queue" in err

    told = json.loads(
        invoke("app", "install", "--queue", "hpo", "--project", "Tuning", "--json", address=address)[1]
    )
    assert (told["id"], told["outcome"]) == (task_id, "updated")
    assert told["address"].startswith(address.web_host)
    assert task_id in told["address"]

    assert json.loads(invoke("app", "uninstall", "--json", address=address)[1]) == {"removed": [task_id]}
    code, _, err = invoke("app", "uninstall", address=address)
    assert (code, "There is no template task on this server." in err) == (0, True)


@pytest.mark.parametrize(
    "package",
    [
        "dist/hpo.whl",
        "a b",
        "-r all.txt",
        "--index-url http://x.example",
        "a\nb",
        "/x/a.whl",
    ],
)
def test_a_package_that_an_agent_cannot_install_is_refused_before_anything_is_connected_to(package: str) -> None:
    code, _, err = invoke("app", "install", f"--package={package}")
    assert code == 2
    assert "A package must be an address" in err


@pytest.mark.parametrize(
    "package",
    [
        "https://u:secret1@git.example/x.whl",
        "git+https://secret1@git.example/x.git",
        "clearml-hpo-app @ git+https://u:secret1@git.example/x.git",
        "https://git.example/x.whl?private_token=secret1",
        "https://u:secret1@[git.example/x.whl",
    ],
)
def test_a_package_whose_address_holds_credentials_is_refused_without_repeating_them(package: str) -> None:
    code, out, err = invoke("app", "install", f"--package={package}")
    assert (code, "must hold no credentials" in err) == (2, True)
    assert "secret1" not in out + err


@pytest.mark.parametrize(
    "package",
    [
        None,
        "clearml-hpo-app==0.1.0",
        "clearml-hpo-app @ file:///shared/clearml_hpo_app-0.1.0-py3-none-any.whl",
        "clearml-hpo-app[gp]>=0.1",
        "https://files.example/clearml_hpo_app-0.1.0-py3-none-any.whl",
        "clearml-hpo-app @ https://files.example/clearml_hpo_app-0.1.0-py3-none-any.whl",
        "git+https://git.example/hpo.git@main",
        "clearml-hpo-app @ git+https://git.example/hpo.git",
        "clearml-hpo-app @ git+ssh://git@git.example/hpo.git",
        "git+https://${TOKEN}@git.example/hpo.git",
    ],
)
def test_every_documented_way_to_name_a_package_is_taken(package: str | None) -> None:
    require_package(package)


@pytest.mark.parametrize(("option", "text"), [("--queue", " "), ("--readme", "javascript:alert(1)")])
def test_an_option_of_the_template_that_means_nothing_is_refused_before_anything_is_connected_to(
    option: str, text: str
) -> None:
    code, _, err = invoke("app", "install", option, text)
    assert (code, " must " in err) == (2, True)


@pytest.mark.parametrize("name", ["x", "", " / ", "team/x"])
def test_a_project_that_no_server_takes_is_refused_before_anything_is_connected_to(name: str) -> None:
    code, out, err = invoke("app", "install", "--project", name)
    assert (code, out) == (2, "")
    assert (
        "Every part of the template's project must have at least 3 characters, but it is "
        f"{name!r}. Choose a longer name" in " ".join(err.split("\n"))
    )
