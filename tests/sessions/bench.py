"""A bench for the unmodified clients: each runs as a process against `clearml-hpo server`."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from clearml_hpo_app.clock import SystemClock
from clearml_hpo_app.local.agents import LocalAgents
from clearml_hpo_app.local.server import ServerAddress

SCRIPTS = Path(__file__).parent / "scripts"
ENDED = {"completed", "failed", "stopped", "published"}
_CALL = re.compile(r"'([a-z_]+\.[a-z_]+)' (\d+)\b")
_ERROR = re.compile(r"^(?:WARNING|ERROR|Traceback|\w*Error: ).*", re.MULTILINE)
# What a real server refuses in every such session, too: the open-source one has no runtime properties, and the SDK
# asks for a queue's name as if it were an id before it looks for the name.
_USUAL_REFUSALS = {"workers.get_runtime_properties 404", "queues.get_by_id 400"}


@dataclass
class Bench:
    """Runs clients in a folder; `refusals` are those that a session means to provoke, as "tasks.edit 400"."""

    folder: Path
    address: ServerAddress
    refusals: set[str] = field(default_factory=set)

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
            timeout=120,
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

    def clone(self, key: str, name: str, **arguments: str) -> str:
        """Clone a task with some of its command-line arguments changed, and return the id of the clone."""
        args = dict(self.task(key)["hyperparams"]["Args"])
        for argument, value in arguments.items():
            args[argument] = {**args[argument], "value": value}
        return str(
            self.api("tasks.clone", task=key, new_task_name=name, new_task_hyperparams={"Args": args})["id"]
        )

    def queue_clone(self, key: str, queue: str, name: str, **arguments: str) -> str:
        """Clone a task as `clone` does, put it into a queue that is made if need be, and return its id."""
        clone = self.clone(key, name, **arguments)
        self.api("tasks.enqueue", task=clone, queue_name=queue)
        return clone

    def end_of(self, key: str) -> dict[str, Any]:
        """Return a task once it has ended."""
        self.wait_for(lambda: self.task(key)["status"] in ENDED, f"the end of task {key}")
        return self.task(key)

    def wait_for(self, condition: Callable[[], bool], what: str, seconds: float = 90) -> None:
        clock = SystemClock()
        for _ in range(int(seconds * 4)):
            if condition():
                return
            clock.wait(0.25)
        raise AssertionError(f"waited {seconds} s in vain for {what}")

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
    """What a server logged: the operations that were `answered`, and those that were `refused`, with the code."""

    text: str

    @property
    def answered(self) -> set[str]:
        return {name for name, code in _CALL.findall(self.text) if code == "200"}

    @property
    def refused(self) -> set[str]:
        found = {f"{name} {code}" for name, code in _CALL.findall(self.text) if code != "200"}
        return found - _USUAL_REFUSALS

    @property
    def errors(self) -> list[str]:
        """What stands in the log besides calls, an unknown operation for example."""
        said = _ERROR.findall(self.text)
        return [line for line in said if "workers.get_runtime_properties" not in line]
