"""The benchmark that kills controllers: nothing is lost, and what it counts it would notice."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.tally import tally

ROOT = Path(__file__).parents[2]


def task(number: int, status: str = "completed", attempt: int = 1, name: str = "") -> dict[str, Any]:
    texts = {"hpo_run": "r", "hpo_trial": str(number), "hpo_attempt": str(attempt)}
    properties = {key: {"value": text} for key, text in texts.items()}
    return {"id": name or f"t{number}", "status": status, "hyperparams": {"properties": properties}}


def start(number: int, attempt: int = 1, run: str = "r") -> dict[str, str]:
    return {"kind": "start", "run": run, "number": str(number), "attempt": str(attempt), "task": f"t{number}"}


def counted(tasks: list[dict[str, Any]], log: list[dict[str, str]]) -> tuple[int, int]:
    found = tally(tasks, log, 2)
    return found.lost, found.doubled


def test_a_whole_run_has_nothing_lost_or_doubled() -> None:
    assert counted([task(0), task(1)], [start(0), start(1), start(0, run="another")]) == (0, 0)
    retried = [task(0), task(1, "failed"), task(1, attempt=2, name="again")]
    assert counted(retried, [start(0), start(1), start(1, attempt=2)]) == (0, 0)
    deleted = {"kind": "deletion", "task": "t1"}
    assert counted([task(0)], [start(0), start(1), deleted]) == (0, 0)


def test_what_is_missing_or_unfinished_or_never_started_is_lost() -> None:
    assert counted([task(0)], [start(0), start(1)]) == (1, 0)
    assert counted([task(0), task(1)], [start(0)]) == (1, 0)
    assert counted([task(0), task(1, "queued")], [start(0), start(1)])[0] > 0


def test_what_was_made_or_started_twice_or_beyond_the_limit_is_doubled() -> None:
    assert counted([task(0), task(1), task(1, name="twin")], [start(0), start(1)]) == (0, 1)
    assert counted([task(0), task(1)], [start(0), start(1), start(1)]) == (0, 1)
    assert counted([task(0), task(1), task(2)], [start(0), start(1), start(2)]) == (0, 1)


@pytest.mark.long
@pytest.mark.parametrize(("agents", "kills"), [("simulated", 14), ("real", 4)])
def test_controllers_that_are_killed_lose_and_double_nothing(agents: str, kills: int) -> None:
    command = [sys.executable, "-m", "benchmarks.chaos", "--json", "--kills", str(kills), "--agents", agents]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=290, check=False)
    assert done.stdout, done.stderr
    figures = json.loads(done.stdout)
    assert figures["runs_started"] == figures["runs_finished"], done.stderr
    assert (figures["kills"], figures["lost"], figures["doubled"]) == (kills, 0, 0), done.stderr
    assert done.returncode == 0
