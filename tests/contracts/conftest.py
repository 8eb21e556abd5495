"""The server that the contract tests run against: the embedded one, or the one that CLEARML_API_HOST names."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from api_calls import Api

from clearml_hpo_app.local.server import EmbeddedServer, ServerAddress


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerAddress]:
    named = os.environ.get("CLEARML_API_HOST")
    if named:
        yield ServerAddress(
            api_host=named,
            web_host=os.environ.get("CLEARML_WEB_HOST", ""),
            files_host=os.environ.get("CLEARML_FILES_HOST", ""),
            access_key=os.environ["CLEARML_API_ACCESS_KEY"],
            secret_key=os.environ["CLEARML_API_SECRET_KEY"],
        )
        return
    with EmbeddedServer(tmp_path_factory.mktemp("server"), port=0) as address:
        yield address


@pytest.fixture
def api(address: ServerAddress, answered: set[str]) -> Iterator[Api]:
    with requests.Session() as session:
        yield Api(address, session, answered)


@pytest.fixture
def run_script(address: ServerAddress, tmp_path: Path) -> Callable[[str], str]:
    """Run a script with the real SDK, in a process and a home of its own; return what it prints."""

    def run(script: str) -> str:
        place = tmp_path / "script.py"
        place.write_text(script)
        home = {"HOME": str(tmp_path), "CLEARML_CONFIG_FILE": str(tmp_path / "none.conf")}
        environment = {**os.environ, **address.environment(), **home}
        done = subprocess.run(
            [sys.executable, place], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run
