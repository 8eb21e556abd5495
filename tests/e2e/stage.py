"""A stage with real parts, on which a test plays a person at the command line."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from clearml_hpo_app.clock import SystemClock
from clearml_hpo_app.local.server import ServerAddress

SCRIPTS = Path(__file__).parent / "scripts"

OBJECTIVE = {"title": "loss", "series": "validation", "trend": "min"}


@dataclass
class Stage:
    """A server with agents; `call` runs our command line against it as a person would."""

    folder: Path
    address: ServerAddress
    base_tasks: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a person who uses this server."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("CLEARML_")}
        settings = {"CLEARML_CONFIG_FILE": str(self.folder / "clearml.conf"), "PYTHONWARNINGS": "default"}
        return {**own, **self.address.environment(), **settings}

    def base_task(self, script: str) -> str:
        """Run a script once by hand, the first time that it is asked for, and return the id of its task."""
        if script not in self.base_tasks:
            folder = self.folder / script
            folder.mkdir()
            shutil.copy(SCRIPTS / script, folder)
            command = [sys.executable, script]
            subprocess.run(command, cwd=folder, env=self.environment, check=True, capture_output=True)
            (written,) = folder.glob("*.json")
            self.base_tasks[script] = written.stem
        return self.base_tasks[script]

    def call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `clearml-hpo` with the arguments and return what it did."""
        command = [sys.executable, "-m", "clearml_hpo_app.cli", *arguments]
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False, timeout=240
        )

    def json(self, *arguments: str) -> Any:
        """Run `clearml-hpo … --json`, which must end well, and return what it printed."""
        done = self.call(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def api(self, operation: str, **body: Any) -> dict[str, Any]:
        """Call the server directly, as the web UI does."""
        keys = (self.address.access_key, self.address.secret_key)
        answer = requests.post(f"{self.address.api_host}/{operation}", json=body, auth=keys, timeout=30).json()
        assert answer["meta"]["result_code"] == 200, answer["meta"]
        data: dict[str, Any] = answer["data"]
        return data

    def write(self, name: str, config: dict[str, Any]) -> str:
        """Write a configuration file and return its path."""
        path = self.folder / name
        path.write_text(json.dumps(config), encoding="utf-8")
        return str(path)

    def received(self, script: str, task_id: str) -> dict[str, Any]:
        """Return what the script of a trial wrote down."""
        found: dict[str, Any] = json.loads((self.folder / script / f"{task_id}.json").read_text(encoding="utf-8"))
        return found


def config(base: str, parameters: list[dict[str, Any]], **others: Any) -> dict[str, Any]:
    return {
        "base_task_id": base,
        "method": "random",
        "objectives": [OBJECTIVE],
        "execution_queue": "trials",
        "parameters": parameters,
        "max_concurrent_tasks": 2,
        "seed": 5,
        **others,
    }


def status(stage: Stage, instance: str) -> str:
    return str(stage.api("tasks.get_by_id", task=instance)["task"]["status"])


def wait_for(condition: Callable[[], bool], what: str, seconds: int = 120) -> None:
    clock = SystemClock()
    for _ in range(seconds):
        if condition():
            return
        clock.wait(1)
    raise AssertionError(f"waited {seconds} s in vain for {what}")
