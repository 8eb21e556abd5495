"""The scripts of a clone: what they say while they prepare the environment."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FAKE_PYTHON = """#!/usr/bin/env bash
# Makes a "virtual environment" with itself as its Python; its pip ends as the real one does: FAIL, or on Ctrl-C.
case "$*" in
    *"-m venv"*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
    *"pip install"*)
        trap 'echo "ERROR: Operation cancelled by user"; exit 1' INT
        touch "$(dirname "$0")/installing"
        [[ -n ${FAIL:-} ]] && echo "ERROR: no such package" && exit 1
        while true; do sleep 0.1; done
        ;;
esac
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Scripts in a folder of their own, and a Python that installs nothing."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "python").write_text(FAKE_PYTHON)
    (tmp_path / "python").chmod(0o755)
    return tmp_path


def begin(clone: Path, script: str, **more: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [str(clone / "scripts" / script)],
        env={**os.environ, "PYTHON": str(clone / "python"), **more},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.mark.parametrize("script", ["demo", "test", "check"])
def test_ctrl_c_while_pip_installs_is_told_as_what_it_is(clone: Path, script: str) -> None:
    with begin(clone, script) as process:
        deadline = time.monotonic() + 30
        while not (clone / ".venv/bin/installing").exists():
            assert time.monotonic() < deadline, "pip was not called within 30 s"
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)
        _, told = process.communicate(timeout=30)
    assert process.returncode == 130
    assert told.endswith("Interrupted.\n")
    assert "failed" not in told


def test_a_pip_that_fails_is_told_with_its_reason(clone: Path) -> None:
    with begin(clone, "demo", FAIL="yes") as process:
        _, told = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "but pip failed: ERROR: no such package" in told
