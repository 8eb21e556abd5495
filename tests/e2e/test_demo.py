"""The demo, as a person starts it: its outcome, and that nothing of it remains."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from stage import wait_for

pytestmark = [pytest.mark.xdist_group("demo"), pytest.mark.timeout(280)]


def start_demo(folder: Path, *options: str) -> "subprocess.Popen[str]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CLEARML_")}
    return subprocess.Popen(
        [sys.executable, "-m", "clearml_hpo_app.cli", "demo", "--json", "--no-web", *options],
        env={**environment, "TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def remains_of(folder: Path) -> list[str]:
    """Command lines of the processes that work in the demo's folder."""
    found = []
    for process in psutil.process_iter():
        try:
            mentions = [*process.cmdline(), process.cwd()]
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
        if any(str(folder) in text for text in mentions):
            found.append(" ".join(process.cmdline()))
    return found


def test_the_demo_prints_its_outcome_as_one_object_and_leaves_nothing(tmp_path: Path) -> None:
    with start_demo(tmp_path, "--trials", "3", "--method", "grid") as demo:
        out, err = demo.communicate(timeout=240)

    assert demo.returncode == 0, err
    outcome = json.loads(out)
    assert outcome["instance"]["status"] == "completed"
    assert outcome["trials"]["total"] == outcome["trials"]["completed"] == 3
    assert outcome["best"]["values"][0] > 0.1
    assert outcome["api"]["calls"] > 0
    assert outcome["idle_gap_seconds"]["median"] is not None
    assert remains_of(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
def test_nothing_remains_after_an_interrupt_in_mid_run(tmp_path: Path, number: signal.Signals) -> None:
    with start_demo(tmp_path, "--trials", "50") as demo:
        assert demo.stderr is not None
        for line in demo.stderr:
            if "trial 1:" in line:
                break
        os.killpg(demo.pid, number)
        out, _ = demo.communicate(timeout=120)

    assert json.loads(out)["instance"]["status"] == "stopped"
    wait_for(lambda: not remains_of(tmp_path), f"the end of {remains_of(tmp_path)}")
    assert list(tmp_path.iterdir()) == []


def test_nothing_remains_after_an_interrupt_while_it_starts(tmp_path: Path) -> None:
    with start_demo(tmp_path, "--trials", "1", "--workers", "1") as demo:
        wait_for(lambda: any(tmp_path.iterdir()), "the demo's folder")
        os.killpg(demo.pid, signal.SIGINT)
        demo.communicate(timeout=120)

    wait_for(lambda: not remains_of(tmp_path), "the end of all")
    assert list(tmp_path.iterdir()) == []
