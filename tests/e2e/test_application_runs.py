"""The application as people get it: the template cloned by the SDK, an instance of the applications page."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pyhocon import ConfigFactory
from stage import SCRIPTS, Stage, status, wait_for

from clearml_hpo_app.app_package.build import app_conf
from clearml_hpo_app.app_package.repository import source
from clearml_hpo_app.instances.wheel import build_wheel
from clearml_hpo_app.local.agents import LocalAgents

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("e2e"), pytest.mark.timeout(560)]

ROOT = Path(__file__).parents[2]
OBJECTIVES = "# as a person writes it\n- title: loss\n  series: validation\n  trend: min\n"
PARAMETERS = """
[ {type = uniform, name = "General/rate", min = 0.1, max = 0.9}, {type: fixed, name: General/epochs, value: 2} ]
"""


def test_a_clone_of_the_template_is_run_by_an_agent_that_installs_the_named_package(
    stage: Stage, tmp_path: Path
) -> None:
    name, content = build_wheel()
    (tmp_path / name).write_bytes(content)
    package = f"clearml-hpo-app @ {(tmp_path / name).as_uri()}"
    with clean_agent(stage, tmp_path, "template"):
        template = stage.json("app", "install", "--queue", "template", "--package", package)["id"]
        clone = use_template(stage, template, queue="template", base=stage.base_task("types_by_connect.py"))
        wait_for(lambda: status(stage, clone) in {"completed", "failed"}, "the end of the run", seconds=480)

    shown = stage.json("show", clone)
    assert shown["instance"]["status"] == "completed", shown["instance"]
    assert shown["trials"]["completed"] == 2
    assert {task["last_worker"][:11] for task in trials(stage, clone)} == {"trial-agent"}
    assert status(stage, template) == "created"
    assert stage.json("app", "install", "--queue", "template", "--package", package)["outcome"] == "unchanged"


def test_a_clone_that_nobody_edited_fails_and_says_what_is_missing(stage: Stage) -> None:
    template = stage.json("app", "install")["id"]
    clone = stage.api("tasks.clone", task=template, new_task_name="not edited")["id"]
    bad = [{"section": "HPO", "name": "max_concurrent_tasks", "value": "many"}]
    stage.api("tasks.edit_hyper_params", task=clone, hyperparams=bad)
    stage.api("tasks.enqueue", task=clone, queue_name="services")
    wait_for(lambda: status(stage, clone) == "failed", "the clone to fail")

    message = stage.api("tasks.get_by_id", task=clone)["task"]["status_message"]
    assert "base_task_id must be given, but got nothing." in message
    assert "max_concurrent_tasks must be a whole number, but got 'many'." in message


def test_an_instance_that_the_applications_page_launches_runs_from_the_repository(
    stage: Stage, tmp_path: Path
) -> None:
    """As ClearML Enterprise does it: the task of the app.conf, with what a person filled in as texts."""
    conf = ConfigFactory.parse_string(app_conf(source(repository(tmp_path / "hpo"), branch="main")))
    typed = {
        "base_task_id": stage.base_task("types_by_connect.py"),
        "execution_queue": "trials",
        "method": "random",
        "total_tasks": "2",
        "seed": "3",
    }
    hidden = {"step": "", "scale": "linear", "values": "", "value": "", "integer": None, "combinations": ""}
    rows = [{**hidden, "type": "uniform", "name": "General/rate", "min": "0.1", "max": "0.9", "allow_new": False}]
    goals = [{"title": "loss", "series": "validation", "trend": "min", "objective_value": "last"}]
    task = launch_as_page(stage, conf, typed, {"Objectives": json.dumps(goals), "Parameters": json.dumps(rows)})
    with clean_agent(stage, tmp_path, "custom_apps_queue"):
        stage.api("tasks.enqueue", task=task, queue_name=conf["default_queue"])
        wait_for(lambda: status(stage, task) in {"completed", "failed"}, "the end of the run", seconds=480)

    shown = stage.json("show", task)
    assert shown["instance"]["status"] == "completed", shown["instance"]
    assert shown["trials"]["completed"] == 2
    assert task in [row["id"] for row in stage.json("list")]


def test_an_instance_of_the_page_that_cannot_run_ends_its_container_well(stage: Stage) -> None:
    """Or the container would be started again for ever: it is, on failure, so that a controller carries on."""
    conf = {"task.hyperparams.HPO": {"method": "gird"}, "task.script": {"entry_point": "templates/controller.py"}}
    task = launch_as_page(stage, conf, {}, {})
    stage.api("tasks.started", task=task)
    inside = {**stage.environment, "CLEARML_TASK_ID": task, "CLEARML_LOG_TASK_TO_BACKEND": "0"}
    command = [sys.executable, ROOT / "templates" / "controller.py"]
    done = subprocess.run(command, env=inside, capture_output=True, text=True, cwd=stage.folder, timeout=120)

    assert done.returncode == 0, done.stderr
    found = stage.api("tasks.get_by_id", task=task)["task"]
    assert found["status"] == "failed"
    assert "method must be one of" in found["status_message"]
    assert "method must be one of" in done.stderr


def use_template(stage: Stage, template: str, *, queue: str, base: str) -> str:
    order = {
        "template": template,
        "queue": queue,
        "settings": {"base_task_id": base, "execution_queue": "trials", "total_tasks": 2, "method": "random"},
        "objects": {"Objectives": OBJECTIVES, "Parameters": PARAMETERS},
    }
    command = [sys.executable, SCRIPTS / "use_template.py", json.dumps(order)]
    done = subprocess.run(
        command, env=stage.environment, capture_output=True, text=True, check=True, cwd=stage.folder
    )
    return done.stdout.rsplit("CLONE ", 1)[1].split()[0]


def launch_as_page(stage: Stage, conf: Any, typed: dict[str, str], objects: dict[str, str]) -> str:
    texts = {**{name: str(value) for name, value in conf["task.hyperparams.HPO"].items()}, **typed}
    section = {name: {"section": "HPO", "name": name, "value": text} for name, text in texts.items()}
    script = dict(conf["task.script"])
    created = stage.api(
        "tasks.create",
        name="launched on the applications page",
        type="application",
        project=stage.api("projects.create", name=f"apps {uuid4().hex}")["id"],
        script={**script, "binary": "python"},
        hyperparams={"HPO": section},
        configuration={name: {"name": name, "value": text, "type": "json"} for name, text in objects.items()},
    )
    return str(created["id"])


def repository(folder: Path) -> str:
    """Make a git repository of what an agent clones, and return its address."""
    shutil.copytree(
        ROOT / "clearml_hpo_app", folder / "clearml_hpo_app", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copytree(ROOT / "templates", folder / "templates")
    shutil.copy(ROOT / "requirements.txt", folder)
    git = ["git", "-C", str(folder), "-c", "user.name=tester", "-c", "user.email=tester@example.com"]
    for command in (
        ["init", "--quiet", "--initial-branch=main"],
        ["add", "."],
        ["commit", "--quiet", "-m", "all"],
    ):
        subprocess.run([*git, *command], check=True)
    return folder.as_uri()


@contextmanager
def clean_agent(stage: Stage, folder: Path, queue: str) -> Iterator[None]:
    """An agent that builds an environment for its task, from the task's own requirements."""
    stage.api("queues.create", name=queue)
    agents = LocalAgents(
        stage.address.environment(),
        queue=queue,
        count=1,
        folder=folder / "agents",
        name=f"{queue}-agent",
        clean_environment=True,
    )
    with agents:
        yield
    shutil.rmtree(folder / "agents", ignore_errors=True)


def trials(stage: Stage, instance: str) -> list[dict[str, Any]]:
    found = stage.api("tasks.get_all", parent=[instance], only_fields=["last_worker", "type"])["tasks"]
    return list(found)
