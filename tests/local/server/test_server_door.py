"""The package's door: what it exports, and what it says without the extra."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import clearml_hpo_app.local.server as door
from clearml_hpo_app.local.server.registry import OPERATIONS

_CALLED = (Path(__file__).parent / "called_operations.txt").read_text("utf-8").split()
_WITHOUT_EXTRA = """
import sys
sys.modules["starlette"] = None
import clearml_hpo_app.local.server as door
from clearml_hpo_app.errors import MissingExtra
assert door.ServerAddress
try:
    door.EmbeddedServer
except MissingExtra as error:
    print(error)
"""


def test_the_door_is_these_names() -> None:
    assert door.__all__ == ["EmbeddedServer", "ServerAddress"]


def test_importing_the_door_loads_no_server() -> None:
    script = (
        "import sys, clearml_hpo_app.local.server; print('starlette' in sys.modules, 'clearml' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_without_the_extra_it_says_which() -> None:
    done = subprocess.run([sys.executable, "-c", _WITHOUT_EXTRA], capture_output=True, text=True, check=True)
    assert "pip install 'clearml-hpo-app[local]'" in done.stdout


@pytest.mark.parametrize(
    "operation",
    _CALLED,
)
def test_what_real_clients_call_is_there(operation: str) -> None:
    importlib.import_module("clearml_hpo_app.local.server.embedded")
    assert operation in OPERATIONS
