"""The benchmark of the embedded server: it runs, prints what it promises, and loses nothing."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
_FIGURES = {
    "start_seconds",
    "resident_mb",
    "single_call_ms",
    "get_all_500_children_ms",
    "pollers_64",
    "scalar_points_per_second",
}


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks.server_load", "--tasks", "100", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=200, check=True)


def test_it_prints_one_json_object_with_its_figures_and_its_progress_elsewhere() -> None:
    done = _run("--json")
    figures: dict[str, Any] = json.loads(done.stdout)
    assert set(figures) == _FIGURES
    assert set(figures["single_call_ms"]) == set(figures["get_all_500_children_ms"]) == {"p50", "p99"}
    pops = figures["pollers_64"]
    assert (pops["duplicates"], pops["lost"]) == (0, 0)
    assert pops["pops_per_second"] > 0
    assert figures["resident_mb"] < 150
    assert "64 pollers" in done.stderr


@pytest.mark.long
def test_with_points_it_also_measures_reading_them_and_without_json_it_is_a_table() -> None:
    lines = _run("--points", "10000").stdout.splitlines()
    names = {line.split("  ")[0] for line in lines}
    assert {*_FIGURES, "histogram_ms", "last_values_ms"} <= names
