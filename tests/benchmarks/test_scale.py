"""The benchmark of many trials: figures that can be counted by hand are right, and it runs as written."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.scale.controller import TurnCost
from benchmarks.scale.figures import Story, curves, figures

ROOT = Path(__file__).parents[2]


def story(ends: list[float], turns: list[TurnCost], later: list[TurnCost] | None = None) -> Story:
    return Story(
        ends, turns, later or [], calls=200, resident_mb=150.0, first_launch_seconds=1.0, resume_seconds=2.0
    )


def test_time_per_trial_late_is_compared_with_that_early() -> None:
    slowing_down = [float(n) for n in range(51)] + [50.0 + 2.0 * n for n in range(1, 50)]
    found = figures(story(slowing_down, []), concurrent=4)
    assert found["time_per_trial_ratio_late_to_early"] == 2.0
    assert found["seconds_per_trial"] == {"early": 1.0, "late": 2.0}
    assert (found["trials_finished"], found["calls_per_trial"], found["turn_cpu_ms"]) == (100, 2.0, None)


def test_turns_with_every_slot_taken_are_told_apart_by_when_they_were() -> None:
    ends = [float(n) for n in range(100)]
    early, late = (TurnCost(ended, 4, 1, cpu, 3) for ended, cpu in ((20, 10.0), (80, 14.0)))
    idle = TurnCost(20, 3, 1, 99.0, 3)
    found = figures(story(ends, [early, late, idle]), concurrent=4)["turn_cpu_ms_all_running"]
    assert found == {"early": {"p50": 10.0, "p99": 10.0}, "late": {"p50": 14.0, "p99": 14.0}}


def test_turns_of_the_resumed_run_count_where_they_only_watch_a_full_house() -> None:
    making, filling, watching = (
        TurnCost(100, 4, 2, 90.0, 5),
        TurnCost(100, 3, 0, 50.0, 5),
        TurnCost(100, 4, 0, 7.0, 1),
    )
    found = figures(story([float(n) for n in range(100)], [], [making, filling, watching]), concurrent=4)
    assert found["turn_cpu_ms_only_watching"] == {"p50": 7.0, "p99": 7.0}


def test_a_curve_has_at_most_fifty_pieces_in_order() -> None:
    drawn = curves(story([float(n) for n in range(8000)], [TurnCost(n, 4, 1, 1.0, 3) for n in range(0, 8000, 80)]))
    assert [piece["ended"] for piece in drawn] == [160 * n for n in range(1, 51)]
    assert {piece["seconds_per_trial"] for piece in drawn} == {1.0}
    assert len(curves(story([float(n) for n in range(1000)], []))) == 10
    assert len(curves(story([1.0, 2.0], []))) == 2


@pytest.mark.long
def test_it_prints_one_json_object_and_keeps_the_curves(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.scale", "--json", "--trials", "6", "--concurrent", "2"]
    command += ["--curves", str(tmp_path / "curves.jsonl")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["trials_finished"], found["settings"]["concurrent"]) == (6, 2)
    assert found["turn_cpu_ms_only_watching"] is None or found["turn_cpu_ms_only_watching"]["p50"] > 0
    assert 0 < found["first_launch_seconds"] < 60
    assert len(json.loads((tmp_path / "curves.jsonl").read_text("utf-8"))["curves"]) == 2
