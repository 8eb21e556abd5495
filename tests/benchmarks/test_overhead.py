"""The comparison of controllers: figures that can be counted by hand are right, and it runs as written."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from benchmarks.overhead.__main__ import main
from benchmarks.overhead.calls import CallCount
from benchmarks.overhead.figures import figures, ratios, spread
from benchmarks.overhead.playing import Play, unix_seconds
from benchmarks.overhead.settings import PLAYERS
from benchmarks.overhead.slots import Stay, gaps, idle_share, reactions
from benchmarks.overhead.watching import Usage

ROOT = Path(__file__).parents[2]


def measured(*arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.overhead", "--json", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_a_gap_is_the_time_from_the_end_of_a_trial_to_the_start_of_the_next_one_on_that_worker() -> None:
    stays = [Stay("a", 0, 10), Stay("b", 1, 4), Stay("a", 13, 20), Stay("b", 4, 9), Stay("a", 20, 22)]
    assert gaps(stays) == [3, 0, 0]


def test_a_slot_is_idle_from_its_first_trial_until_the_last_trial_of_all_has_started() -> None:
    stays = [Stay("a", 0, 10), Stay("a", 15, 25), Stay("b", 5, 10)]
    assert idle_share(stays, slots=2) == pytest.approx(1 - (10 + 5) / (15 + 10))
    assert idle_share(stays[:2], slots=2) == pytest.approx(1 - 10 / 30), (
        "a slot without any trial was idle throughout"
    )
    assert idle_share([], slots=2) == 0.0


def test_a_reaction_is_the_time_from_an_end_to_the_next_enqueueing_if_any_came() -> None:
    assert reactions([1.0, 5.0, 9.0], [0.5, 3.0, 5.5]) == [2.0, 0.5]


def test_the_ninetieth_percentile_is_one_of_the_values() -> None:
    assert spread([float(value) for value in range(1, 12)]) == {"median": 6.0, "p90": 10.0}
    assert spread([1.0, 2.0]) == {"median": 1.5, "p90": 2.0}
    assert spread([]) is None


@pytest.mark.parametrize("given", ["0", "-1", "1.5", ""])
def test_a_benchmark_needs_a_count_of_1_or_more(given: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--concurrent", given])
    assert f"must be a whole number, 1 or more, but it is {given!r}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "given", "sentence"),
    [
        ("--seconds", "inf", "must be a number of seconds above 0, but it is 'inf'"),
        ("--seconds", "0", "must be a number of seconds above 0, but it is '0'"),
        ("--agents", "-1", "must be a whole number, 0 or more, but it is '-1'"),
        ("--method", "best", "invalid choice: 'best'"),
        ("--early-stopping", "soon", "invalid choice: 'soon'"),
    ],
)
def test_what_a_benchmark_cannot_do_is_told_in_a_sentence(
    option: str, given: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main([option, given])
    assert sentence in capsys.readouterr().err


def test_a_server_that_is_named_without_credentials_is_told_what_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CLEARML_API_HOST", "http://127.0.0.1:1")
    monkeypatch.setenv("CLEARML_API_ACCESS_KEY", "a")
    monkeypatch.delenv("CLEARML_API_SECRET_KEY", raising=False)
    with pytest.raises(SystemExit, match="With CLEARML_API_HOST, CLEARML_API_SECRET_KEY must be set too"):
        main([])


def test_moments_are_read_in_every_form_that_the_api_writes() -> None:
    assert unix_seconds("2026-01-01T00:00:01.500Z") == unix_seconds("2026-01-01T01:00:01.500000+01:00")
    assert unix_seconds("2026-01-01T00:00:01.500000") == unix_seconds("2026-01-01T00:00:01.500Z")


def test_calls_count_per_finished_trial_over_all_rounds() -> None:
    def played(calls: int, stays: int) -> Play:
        count = CallCount()
        count.by_operation = Counter({"tasks.get_all": calls})
        usage = Usage(wall_seconds=10.0, cpu_seconds=1.0, resident_mb=100.0, exit_code=0)
        return Play(count, usage, tuple(Stay("a", 10.0 * n, 10.0 * n + 9) for n in range(stays)))

    found = figures([played(6, 4), played(12, 2)], slots=1)
    assert (found["calls_per_trial"], found["trials_finished"]) == (3.0, 6)
    assert found["idle_gap_seconds"] == {"median": 1.0, "p90": 1.0}


def test_a_ratio_says_how_many_times_as_much_as_ours_the_others_cost() -> None:
    usual = {
        "wall_seconds": 1.0,
        "controller_cpu_seconds": 1.0,
        "controller_resident_mb": 1.0,
        "idle_gap_seconds": None,
    }
    found = {
        "ours": {**usual, "calls_per_trial": 2.5, "idle_share": 0.0},
        "sdk_random": {**usual, "calls_per_trial": 46.0, "idle_share": 0.4},
    }
    assert ratios(found)["sdk_random"]["calls_per_trial"] == 18.4
    assert "idle_share" not in ratios(found)["sdk_random"], "ours costs none at all"
    assert ratios({"sdk_random": found["sdk_random"]}) == {}


def test_it_prints_one_json_object_of_what_ours_cost() -> None:
    found = measured("--only", "ours", "--trials", "4", "--seconds", "2", "--concurrent", "2")
    assert found["ours"]["trials_finished"] == 4
    assert found["ours"]["calls_by_operation"]["tasks.clone"] == 4
    assert (found["ratios"], found["settings"]["server"]) == ({}, "embedded")


@pytest.mark.long
@pytest.mark.timeout(300)
def test_the_sdks_optimizers_do_the_same_trials_in_the_same_run() -> None:
    found = measured("--trials", "6", "--seconds", "3", "--concurrent", "2")
    assert [found[player]["trials_finished"] for player in PLAYERS] == [6, 6, 6]
    assert all(found["ratios"][player]["calls_per_trial"] > 1 for player in PLAYERS[1:])
