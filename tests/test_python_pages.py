"""The pages on Python and on coming from elsewhere: every block of theirs runs, in the order of the page."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from test_readme import NAME, PROJECT, ROOT, Agents, blocks, environment, quick_agents, run_block

from clearml_hpo_app.config import parse_config
from clearml_hpo_app.local.server import EmbeddedServer

PYTHON, MIGRATING = ROOT / "docs" / "python.md", ROOT / "docs" / "migrating.md"
RECORDED = ROOT / "tests" / "importing" / "official_instance.json"


class Place:
    """A server with quick agents and a base task, and a folder for scripts."""

    def __init__(self, agents: Agents, environment: dict[str, str], folder: Path) -> None:
        self.agents, self.environment, self.folder = agents, environment, folder
        values = {
            "learning_rate": ("0.002", "float"),
            "hidden_units": ("64", "int"),
            "momentum": ("0.9", "float"),
        }
        section = {
            name: {"section": "General", "name": name, "value": text, "type": kind}
            for name, (text, kind) in values.items()
        }
        project = agents.call("projects.create", name=PROJECT)["id"]
        base = {"name": NAME, "type": "training", "project": project, "hyperparams": {"General": section}}
        self.base_task = str(agents.call("tasks.create", **base)["id"])
        agents.train(self.base_task)

    def run(self, block: str, timeout: float = 150) -> str:
        return run_block(block, self.environment, self.folder, timeout)

    def shell(self, line: str) -> str:
        words = line.split()
        assert words[0] == "clearml-hpo"
        done = subprocess.run(
            [sys.executable, "-m", "clearml_hpo_app.cli", *words[1:]],
            env={**os.environ, **self.environment},
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with EmbeddedServer(tmp_path / "server", port=0) as address, quick_agents(address) as agents:
        yield Place(agents, environment(address, tmp_path), tmp_path)


def test_no_block_is_in_a_notation_that_nobody_tries() -> None:
    known = {PYTHON: 7, MIGRATING: 6}
    for page, count in known.items():
        fences = [line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("```")]
        tried = [block for notation in ("python", "bash", "yaml", "diff") for block in blocks(notation, page)]
        assert (len(fences), len(tried)) == (2 * count, count), page


@pytest.mark.long
def test_the_page_on_python_runs_as_one_script(place: Place) -> None:
    said = place.run("\n".join(blocks("python", PYTHON)), timeout=240)
    assert "completed" in said
    assert "total_tasks" in said
    assert "stopped\n" in said
    assert "created A random search" in said
    assert "an instance of this application True ()" in said
    assert "['General/learning_rate', 'General/hidden_units + momentum'] 4" in said
    assert said.rstrip().endswith("completed 2")


def test_the_changed_import_is_that_of_the_script_and_the_script_runs(place: Place) -> None:
    (change,) = blocks("diff", MIGRATING)
    script = blocks("python", MIGRATING)[0]
    added = [line.removeprefix("+") for line in change.splitlines() if line.startswith("+")]
    assert [line for line in added if line not in script.splitlines()] == []
    before = [line[1:] for line in change.splitlines() if not line.startswith("+")]
    compile("\n".join(before), "before", "exec")
    said = place.run(script)
    found = place.agents.call("tasks.get_all", name="^Search$", type=["optimizer"])["tasks"]
    trials = place.agents.call("tasks.get_all", parent=[found[0]["id"]], search_hidden=True)["tasks"]
    assert [trial["status"] for trial in trials] == ["completed"] * 4
    assert sum(trial["id"] in said for trial in trials) == 3


def test_an_instance_of_the_official_application_goes_on_here(place: Place) -> None:
    recorded: dict[str, Any] = json.loads(RECORDED.read_text(encoding="utf-8"))
    args = recorded["hyperparams"]["Args"]
    changes = {"base_task_id": place.base_task, "queue": "default", "project": PROJECT, "max_jobs": "2"}
    changes |= {"metric_title": "validation", "metric_series": "accuracy", "strategy": "Random"}
    for name, text in changes.items():
        args[name]["value"] = text
    space = [{"param_type": "Discrete", "param_name": "General/hidden_units", "discrete_values": "16,32,64"}]
    objects = {"params_list": {"name": "params_list", "type": "json", "value": json.dumps(space)}}
    official = place.agents.call(
        "tasks.create", name="official", type="application", hyperparams={"Args": args}, configuration=objects
    )["id"]
    (commands,) = blocks("bash", MIGRATING)
    said = [place.shell(line.replace("ID", official)) for line in commands.splitlines()]
    assert place.shell(f"clearml-hpo watch {said[-1].strip()} --json").count('"completed"') >= 1


@pytest.mark.long
def test_the_search_of_optuna_and_what_becomes_of_it(place: Place) -> None:
    before, after = blocks("python", MIGRATING)[1:]
    assert "rate" in place.run(before)
    place.run(after)
    base = place.agents.call("tasks.get_all", name="^A training$", only_fields=["id"])["tasks"][0]["id"]
    (text,) = blocks("yaml", MIGRATING)
    given = {**yaml.safe_load(text), "base_task_id": base}
    assert parse_config(text, ending=".yaml").limits.total_tasks == 20
    (place.folder / "search.json").write_text(json.dumps(given), encoding="utf-8")
    assert json.loads(place.shell("clearml-hpo check search.json --json"))["errors"] == []
    proposed = yaml.safe_load(place.shell(f"clearml-hpo init {base}"))
    assert {"General/layers"} <= {row["name"] for row in proposed["parameters"]}
