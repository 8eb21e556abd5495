"""The server of the sessions, `clearml-hpo server` as a person starts it; its log must stay without trouble."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from bench import Bench, ServerLog

from clearml_hpo_app.local.server import ServerAddress

# The SDK's reporting process waits for ten seconds at a script's end; a thread reports instead.
_SETTINGS = "sdk.development.report_use_subprocess: false\n"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ServerAddress, Path]]:
    folder = tmp_path_factory.mktemp("server")
    command = [sys.executable, "-m", "clearml_hpo_app.cli", "--debug", "server", "--json", "--port", "0"]
    log = folder / "server.log"
    with log.open("w") as file:
        process = subprocess.Popen(
            [*command, "--data", str(folder / "data")], stdout=subprocess.PIPE, stderr=file, text=True
        )
    assert process.stdout is not None
    with process.stdout:
        try:
            yield ServerAddress(**json.loads(process.stdout.readline())), log
        finally:
            process.terminate()
            process.wait(20)


@pytest.fixture
def bench(server: tuple[ServerAddress, Path], tmp_path: Path, answered: set[str]) -> Iterator[Bench]:
    """A bench in a folder and a home of the test's own."""
    address, log = server
    (tmp_path / "clearml.conf").write_text(_SETTINGS, encoding="utf-8")
    before = len(log.read_text("utf-8"))
    bench = Bench(tmp_path, address)
    yield bench
    said = ServerLog(log.read_text("utf-8")[before:])
    answered |= said.answered
    assert (said.refused, said.errors) == (bench.refusals, [])
