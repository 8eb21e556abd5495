"""A server of its own for the tests of the command line, and the command line as a process."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from cli_server import Api, create_base_task

from clearml_hpo_app.local.server import EmbeddedServer, ServerAddress

Shell = Callable[..., "subprocess.CompletedProcess[str]"]


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
def environment(address: ServerAddress, tmp_path: Path) -> dict[str, str]:
    """Variables of a process that talks to the server; none of this process's own ClearML settings."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("CLEARML_", "TRAINS_"))}
    return {
        **kept,
        **address.environment(),
        "CLEARML_CONFIG_FILE": str(tmp_path / "none.conf"),
        "HOME": str(tmp_path),
    }


@pytest.fixture
def shell(environment: Mapping[str, str], tmp_path: Path) -> Shell:
    """Runs `clearml-hpo` as a process of its own; further named values are environment variables."""

    def run(*arguments: str, **changes: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "clearml_hpo_app.cli", *arguments],
            env={**environment, **changes},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=90,
        )

    return run


@pytest.fixture
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
