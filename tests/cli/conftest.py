"""A server of its own for the tests of the command line, and the command line as a process."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cli_server import Api, create_base_task

from clearml_hpo_app.local.server import EmbeddedServer, ServerAddress


@dataclass(frozen=True)
class Shell:
    """Runs `clearml-hpo` as a process of its own, in `folder`; named values are environment variables."""

    address: ServerAddress
    folder: Path

    def __call__(self, *arguments: str, **changes: str) -> "subprocess.CompletedProcess[str]":
        with self.begin(*arguments, **changes) as process:
            out, err = process.communicate(timeout=90)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def begin(self, *arguments: str, **changes: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "clearml_hpo_app.cli", *arguments],
            env={**self._environment(), **changes},
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def write(self, data: Mapping[str, Any]) -> str:
        (self.folder / "config.json").write_text(json.dumps(data))
        return "config.json"

    def _environment(self) -> dict[str, str]:
        """Variables of a process that talks to the server; none of this process's own ClearML settings."""
        kept = {name: text for name, text in os.environ.items() if not name.startswith(("CLEARML_", "TRAINS_"))}
        own = {"CLEARML_CONFIG_FILE": str(self.folder / "none.conf"), "HOME": str(self.folder)}
        return {**kept, **self.address.environment(), **own}


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerAddress]:
    with EmbeddedServer(tmp_path_factory.mktemp("cli-server"), port=0) as address:
        yield address


@pytest.fixture(scope="session")
def api(address: ServerAddress) -> Iterator[Api]:
    api = Api(address)
    for queue in ("trials", "nobody", "services"):
        api("queues.create", name=queue)
    queue = api("queues.get_all", name="^trials$")["queues"][0]["id"]
    api("workers.register", worker="first:0", queues=[queue], timeout=3600)
    yield api
    api.close()


@pytest.fixture(scope="session")
def base_task(api: Api) -> str:
    return create_base_task(api)


@pytest.fixture
def shell(address: ServerAddress, tmp_path: Path) -> Shell:
    return Shell(address, tmp_path)


@pytest.fixture(scope="session")
def data(base_task: str) -> dict[str, Any]:
    """A configuration that works, as plain values."""
    return {
        "base_task_id": base_task,
        "objectives": [{"title": "val", "series": "accuracy"}],
        "execution_queue": "trials",
        "method": "random",
        "parameters": [
            {"type": "uniform", "name": "Args/lr", "min": 0.001, "max": 0.1, "scale": "log"},
            {"type": "discrete", "name": "General/mode", "values": ["plain", "[bold]x"]},
        ],
        "limits": {"total_tasks": 3},
        "max_concurrent_tasks": 2,
        "seed": 1,
    }
