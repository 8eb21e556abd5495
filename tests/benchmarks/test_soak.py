"""The long run: what is watched would be noticed, and a short one is steady."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.soak import Sample, steadiness

ROOT = Path(__file__).parents[2]


def test_growth_is_measured_from_the_first_quarter_on() -> None:
    sizes = [50.0, 90.0, 100.0, 101.0, 110.0, 125.0, 120.0]
    samples = [Sample(10 * index, size, 2, 4 + index % 2) for index, size in enumerate(sizes, start=1)]
    figures = steadiness(samples, trials=100)
    assert figures["resident_mb"] == {"after_first_quarter": 100.0, "largest_later": 125.0, "last": 120.0}
    assert figures["resident_growth"] == 0.25
    assert (figures["threads"], figures["handles"]) == ([2, 2], [4, 5])


@pytest.mark.long
def test_a_run_in_which_everything_goes_wrong_now_and_then_is_steady() -> None:
    command = [sys.executable, "-m", "benchmarks.soak", "--json", "--trials", "200", "--restart-every", "50"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=290, check=False)
    figures = json.loads(done.stdout)
    assert (figures["status"], figures["lost"], figures["doubled"]) == ("completed", 0, 0), done.stderr
    assert figures["restarts"] >= 3
    assert figures["statuses"]["failed"] > 0
    assert figures["verdicts"]["stalled"] > 0
    # in so short a run libraries are still being loaded, which is growth: how much memory there is at all counts
    assert figures["resident_mb"]["largest_later"] <= 250
    assert figures["threads"][1] - figures["threads"][0] <= 1
    assert figures["handles"][1] - figures["handles"][0] <= 2
