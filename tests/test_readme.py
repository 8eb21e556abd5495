"""What the README shows works: its Python runs as printed, its YAML is valid, its commands and links exist."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from clearml_hpo_app.cli import app_commands, bringing, inspecting, local, serving, starting, steering, web
from clearml_hpo_app.config.files import parse_config
from clearml_hpo_app.instances.runner import start_here
from clearml_hpo_app.local.agents import LocalAgents
from clearml_hpo_app.local.server import EmbeddedServer, ServerAddress

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "docs/architecture.md")]
PAGES += [
    ROOT / "docs" / name for name in ("enterprise.md", "open-source.md", "python.md", "migrating.md", "web.md")
]
SDK_SETTINGS = "sdk.development.report_use_subprocess: false  # or every script waits for ten seconds at its end\n"
PROJECT, NAME = "HPO examples", "Digits: network trained by SGD"


def blocks(notation: str, page: Path = ROOT / "README.md") -> list[str]:
    """Return the fenced blocks of one notation."""
    return re.findall(rf"^```{notation}\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def environment(address: ServerAddress, folder: Path) -> dict[str, str]:
    """Return the environment of a person who uses the server at `address`, and nothing of our own settings."""
    settings = folder / "clearml.conf"
    settings.write_text(SDK_SETTINGS, encoding="utf-8")
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("CLEARML_", "TRAINS_"))}
    own = {"CLEARML_CONFIG_FILE": str(settings), "PYTHONWARNINGS": "default"}
    return {**kept, **address.environment(), **own}


def run_block(block: str, environment: dict[str, str], folder: Path, timeout: float) -> str:
    script = folder / "readme_block.py"
    script.write_text(block, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, script], env=environment, cwd=folder, capture_output=True, text=True, timeout=timeout
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


class Agents(threading.Thread):
    """Serves the queues of controllers and trials in this process: real controllers, made-up trainings."""

    def __init__(self, address: ServerAddress) -> None:
        super().__init__(daemon=True)
        self._address, self._over = address, threading.Event()
        self._queues = {name: self.call("queues.create", name=name)["id"] for name in ("services", "default")}
        for name, queue in self._queues.items():
            self.call("workers.register", worker=f"{name}-worker", queues=[queue], timeout=600)

    def call(self, operation: str, **body: Any) -> dict[str, Any]:
        keys = (self._address.access_key, self._address.secret_key)
        answer = requests.post(f"{self._address.api_host}/{operation}", json=body, auth=keys, timeout=30).json()
        assert answer["meta"]["result_code"] == 200, answer["meta"]
        return dict(answer["data"])

    def run(self) -> None:
        controllers: list[threading.Thread] = []
        while not self._over.wait(0.1):
            for task in self._take("services"):
                controllers.append(threading.Thread(target=self._control, args=(task,), daemon=True))
                controllers[-1].start()
            for task in self._take("default"):
                self.train(task)

    def end(self) -> None:
        self._over.set()
        self.join()

    def train(self, task: str) -> None:
        """Report what the example's script reports, without training."""
        self.call("tasks.started", task=task, force=True)
        event = {"task": task, "type": "training_stats_scalar", "metric": "validation", "variant": "accuracy"}
        self.call("events.add_batch", **event, iter=1, value=0.9)
        self.call("tasks.completed", task=task, force=True)

    def _take(self, queue: str) -> Iterator[str]:
        while entry := self.call("queues.get_next_task", queue=self._queues[queue]).get("entry"):
            yield entry["task"]

    def _control(self, task: str) -> None:
        from clearml_hpo_app.clearml_api.connecting import connect_to

        address = self._address
        client = connect_to(
            address.api_host,
            address.access_key,
            address.secret_key,
            web_host=address.web_host,
            files_host=address.files_host,
        )
        start_here(client, task)


@contextmanager
def quick_agents(address: ServerAddress) -> Iterator[Agents]:
    agents = Agents(address)
    agents.start()
    yield agents
    agents.end()


def test_the_python_block_is_about_fifteen_lines() -> None:
    lines = [line for line in blocks("python")[0].splitlines() if line]

    assert len(lines) == 15
    assert max(map(len, lines)) <= 100


def test_the_python_runs_as_printed(tmp_path: Path) -> None:
    """On the real SDK, server and controller; only the agents and their trainings are stand-ins."""
    first, second = blocks("python")
    with EmbeddedServer(tmp_path / "server", port=0) as address, quick_agents(address) as agents:
        values = {"learning_rate": ("0.002", "float"), "hidden_units": ("64", "int")}
        section = {
            name: {"section": "General", "name": name, "value": text, "type": kind}
            for name, (text, kind) in values.items()
        }
        project = agents.call("projects.create", name=PROJECT)["id"]
        base = {"name": NAME, "type": "training", "project": project, "hyperparams": {"General": section}}
        agents.train(agents.call("tasks.create", **base)["id"])
        own = environment(address, tmp_path)

        assert run_block(first, own, tmp_path, 60).startswith("completed Trial(number=")

        instance = agents.call("tasks.get_all", type=["optimizer"], only_fields=["id"])["tasks"][0]["id"]
        assert run_block(second.replace("ID", instance), own, tmp_path, 30).startswith("completed 20 Trial(")


@pytest.mark.long
def test_the_python_runs_as_printed_with_real_agents(tmp_path: Path) -> None:
    """The whole way of a person: the example run once, agents on two queues, then the block."""
    with EmbeddedServer(tmp_path / "server", port=0) as address:
        own = environment(address, tmp_path)
        example = (ROOT / "examples" / "digits_sgd.py").read_text(encoding="utf-8")
        script = tmp_path / "digits_sgd.py"
        script.write_text(example, encoding="utf-8")
        subprocess.run([sys.executable, script, "--epochs", "2"], env=own, cwd=tmp_path, check=True, timeout=60)
        trials = LocalAgents(address.environment(), queue="default", count=2, folder=tmp_path / "t", name="trial")
        services = LocalAgents(address.environment(), queue="services", count=1, folder=tmp_path / "s", name="hpo")
        with trials, services:
            assert run_block(blocks("python")[0], own, tmp_path, 280).startswith("completed Trial(number=")


def test_the_yaml_is_a_valid_configuration() -> None:
    for block in blocks("yaml"):
        config = parse_config(block, ending=".yaml")

        assert config.limits.total_tasks == 40
        assert [parameter.name for parameter in config.parameters if parameter.type == "fixed"]


def test_every_command_that_is_shown_exists() -> None:
    known = {
        command.name
        for part in (starting, bringing, inspecting, steering, local, serving, web)
        for command in part.COMMANDS
    } | {app_commands.GROUP}
    reference = (ROOT / "docs/cli.md").read_text(encoding="utf-8")
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        shown = re.findall(r"clearml-hpo ([a-z-]+)([^`#\n]*)", text)
        assert {name for name, _ in shown} <= known, page
        options = [option for _, rest in shown for option in re.findall(r"--[a-z-]+", rest)]
        assert [option for option in options if f"`{option}" not in reference] == [], page


def test_links_lead_somewhere() -> None:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        targets = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'(?:src|srcset)="([^"]+)"', text)
        for target in targets:
            if target.startswith("http"):
                continue
            path, _, anchor = target.partition("#")
            place = page if not path else page.parent / path
            assert place.exists(), f"{page.name}: {target}"
            if anchor:
                assert anchor in anchors(place), f"{page.name}: {target}"


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_schema_knows_every_field_of_the_yaml() -> None:
    schema = json.loads((ROOT / "app_schema/hpo-config.schema.json").read_text(encoding="utf-8"))
    fields = set(re.findall(r"^([a-z_]+):", blocks("yaml")[0], re.MULTILINE))

    assert fields <= set(schema["properties"])
