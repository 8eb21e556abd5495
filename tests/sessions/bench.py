"""A bench for the unmodified clients: each runs as a process against `clearml-hpo server`."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from clearml_hpo_app.local.agents import LocalAgents
from clearml_hpo_app.local.server import ServerAddress

SCRIPTS = Path(__file__).parent / "scripts"
_CALL = re.compile(r"'([a-z_]+\.[a-z_]+)' (\d+)$", re.MULTILINE)
_UNKNOWN = re.compile(r"This server has no operation '([^']+)'")
# The real open-source server has none of these either (404), and the agent goes on without.
_NOT_IN_OPEN_SOURCE = {"workers.get_runtime_properties"}


@dataclass
class Bench:
    """Runs clients in a folder, against a server whose log is `log`."""

    folder: Path
    address: ServerAddress
    log: Path

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a person who uses this server, apart from whoever runs the tests."""
        own = {name: value for name, value in os.environ.items() if not name.startswith(("CLEARML_", "TRAINS_"))}
        programs = f"{Path(sys.executable).parent}{os.pathsep}{own['PATH']}"
        settings = {"CLEARML_CONFIG_FILE": str(self.folder / "clearml.conf"), "HOME": str(self.folder)}
        return {**own, **self.address.environment(), **settings, "PATH": programs}

    def place(self, script: str) -> Path:
        """Copy a script to the folder, which is in no repository, and return its path."""
        return Path(shutil.copy(SCRIPTS / script, self.folder))

    def call(self, *command: str | Path, **environment: str) -> str:
        """Run a command, which must end well, and return what it printed."""
        done = subprocess.run(
            list(map(str, command)),
            cwd=self.folder,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def run(self, script: str, *arguments: str, **environment: str) -> Any:
        """Run one of the scripts by hand and return what its last line says, which is JSON."""
        said = self.call(sys.executable, self.place(script), *arguments, **environment)
        return json.loads(said.rsplit("ANSWER", 1)[1].splitlines()[0])

    def api(self, operation: str, **body: Any) -> dict[str, Any]:
        """Ask the server directly."""
        keys = (self.address.access_key, self.address.secret_key)
        answer = requests.post(f"{self.address.api_host}/{operation}", json=body, auth=keys, timeout=30).json()
        assert answer["meta"]["result_code"] == 200, answer["meta"]
        return dict(answer["data"])

    def task(self, key: str) -> dict[str, Any]:
        return dict(self.api("tasks.get_by_id", task=key)["task"])

    def console(self, key: str) -> str:
        """Return what a task said."""
        events = self.api("events.get_task_log", task=key, batch_size=5000, order="asc")["events"]
        return "".join(event["msg"] for event in events)

    @contextmanager
    def agents(self, queue: str, count: int = 1) -> Iterator[LocalAgents]:
        """Real agents that serve a queue until the end of the block."""
        folder = self.folder / f"agents-{queue}"
        with LocalAgents(
            self.address.environment(), queue=queue, count=count, folder=folder, name=queue
        ) as agents:
            yield agents


@dataclass(frozen=True)
class ServerLog:
    """What a server logged: `answered` operations (200), and its `troubles`."""

    text: str

    @property
    def answered(self) -> set[str]:
        return {name for name, code in _CALL.findall(self.text) if code == "200"}

    @property
    def troubles(self) -> list[str]:
        unknown = set(_UNKNOWN.findall(self.text)) - _NOT_IN_OPEN_SOURCE
        broken = [name for name, code in _CALL.findall(self.text) if code.startswith("5")]
        return sorted({*unknown, *broken, *re.findall(r"^\w*Error: .*", self.text, re.MULTILINE)})
