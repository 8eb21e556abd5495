"""A server of its own for the tests of the command line, and the command line as a process."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli_server import Api, create_base_task, stand_by
from shell import Shell

from clearml_hpo_app.local.server import EmbeddedServer, ServerAddress


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerAddress]:
    with EmbeddedServer(tmp_path_factory.mktemp("cli-server"), port=0) as address:
        yield address


@pytest.fixture(scope="session")
def api(address: ServerAddress) -> Iterator[Api]:
    api = Api(address)
    for queue in ("trials", "nobody", "services"):
        api("queues.create", name=queue)
    yield api
    api.close()


@pytest.fixture
def standing_worker(api: Api) -> None:
    """A worker that serves the queue of the trials; after ten minutes without a sign of life it would be none."""
    stand_by(api)


@pytest.fixture(scope="session")
def base_task(api: Api) -> str:
    return create_base_task(api)


@pytest.fixture
def shell(address: ServerAddress, standing_worker: None, tmp_path: Path) -> Iterator[Shell]:
    shell = Shell(address, tmp_path)
    yield shell
    shell.end()


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


@pytest.fixture(scope="module")
def queued(
    address: ServerAddress, api: Api, data: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> str:
    """Id of an instance that waits in the queue of controllers."""
    shell = Shell(address, tmp_path_factory.mktemp("launch"))
    return shell("launch", shell.write(data)).stdout.strip()
