"""What the pages about the application show: every code block is run, or read by what it is written for."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from pyhocon import ConfigFactory
from test_app_form import BY_NAME
from typer.testing import CliRunner

from clearml_hpo_app.app_package.validate import validate_file
from clearml_hpo_app.clearml_api import Client, queues, tasks, templates
from clearml_hpo_app.cli import app
from clearml_hpo_app.config.task_settings import from_task
from clearml_hpo_app.local.server import ServerAddress

DOCS = Path(__file__).parents[2] / "docs"
PAGES = {name: (DOCS / f"{name}.md").read_text(encoding="utf-8") for name in ("enterprise", "open-source")}
CONF = (DOCS.parent / "templates" / "hpo.app.conf").read_text(encoding="utf-8")


def blocks(page: str, notation: str) -> list[str]:
    return re.findall(rf"^```{notation}\n(.*?)^```", PAGES[page], re.MULTILINE | re.DOTALL)


def test_every_block_is_of_a_kind_that_is_tried_here() -> None:
    kinds = {page: re.findall(r"^```([a-z]+)$", text, re.MULTILINE) for page, text in PAGES.items()}
    assert kinds == {
        "enterprise": ["bash", "bash", "bash", "hocon"],
        "open-source": ["bash", "bash", "yaml", "yaml", "hocon", "python"],
    }


def test_the_package_is_built_as_shown_and_uploaded_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # where the person stands
    build, upload, remove = blocks("enterprise", "bash")
    for line in build.splitlines():
        program, *arguments = shlex.split(line)
        assert program == "clearml-hpo"
        assert CliRunner().invoke(app, arguments).exit_code == 0

    uploaded = shlex.split(upload)
    assert validate_file(tmp_path / uploaded[uploaded.index("--files") + 1]) == []
    conf = ConfigFactory.parse_string(CONF)
    assert shlex.split(remove)[-1] == conf["id"]


def test_the_overrides_name_this_application_its_entries_and_what_can_be_overridden() -> None:
    (block,) = blocks("enterprise", "hocon")
    overrides = ConfigFactory.parse_string(block).as_plain_ordered_dict()["app_wizard_overrides"]
    (entries,) = overrides.values()

    assert [name.strip('"') for name in overrides] == [ConfigFactory.parse_string(CONF)["id"]]
    for name, properties in entries.items():
        assert name.strip('"') in BY_NAME
        assert {key.strip('"') for key in properties} <= {"options", "default", "placeholder", "hint", "info"}


def test_the_table_of_names_is_complete() -> None:
    table = PAGES["enterprise"].partition("| Part of the form | Names |")[2].partition("\n\n")[0]
    named = re.findall(r"`([a-z_]+)`", table)
    assert sorted(named) == sorted(BY_NAME)


def test_the_lists_are_read_as_shown() -> None:
    goals, parameters = blocks("open-source", "yaml")
    (hocon,) = blocks("open-source", "hocon")
    read = [
        from_task({"base_task_id": "base"}, {"Objectives": goals, "Parameters": text})
        for text in (parameters, hocon)
    ]
    assert read[0] == read[1]
    assert [parameter.name for parameter in read[0].parameters] == ["Args/lr", "Args/layers", "Args/optimizer"]


def test_the_template_is_installed_cloned_by_the_script_and_removed_as_shown(
    client: Client, address: ServerAddress, tmp_path: Path
) -> None:
    install, uninstall = blocks("open-source", "bash")
    done = CliRunner().invoke(app, shlex.split(install)[1:], env=address.environment())
    client.call("queues.create", name="services")
    script = tmp_path / "block.py"
    script.write_text(
        blocks("open-source", "python")[0].replace("TEMPLATE_ID", done.stdout.strip()), encoding="utf-8"
    )
    settings = tmp_path / "clearml.conf"
    settings.write_text("sdk.development.report_use_subprocess: false\n", encoding="utf-8")
    environment = {**address.environment(), "CLEARML_CONFIG_FILE": str(settings), "HOME": str(tmp_path)}
    subprocess.run([sys.executable, script], env=environment, cwd=tmp_path, check=True, capture_output=True)

    queue = queues.find_queue(client, "services")
    assert queue is not None
    (entry,) = client.call("queues.get_by_id", queue=queue.id)["queue"]["entries"]
    task = tasks.get_task(client, entry["task"])
    section = {name: item["value"] for name, item in task["hyperparams"]["HPO"].items()}
    config = from_task(section, {name: item["value"] for name, item in task["configuration"].items()})
    assert (config.base_task_id, config.limits.total_tasks) == ("BASE_TASK_ID", 20)
    assert [parameter.name for parameter in config.parameters] == ["Args/lr"]

    assert CliRunner().invoke(app, shlex.split(uninstall)[1:], env=address.environment()).exit_code == 0
    assert templates.find_templates(client) == []
