"""A run's outcome as plain values, as programs read it."""

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from itertools import product
from typing import Any

import pytest

from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.dashboard.results import counts as dashboard_counts
from clearml_hpo_app.trials.results import calls_text, counts, idle_gaps, result, spread, trial_row, trial_values
from clearml_hpo_app.trials.snapshot import Snapshot
from clearml_hpo_app.trials.trial import Trial, TrialState, Verdict

START = datetime(2026, 11, 2, 8, 0, tzinfo=timezone.utc)


def trial(number: int, start: float | None, end: float | None, worker: str = "a:0", **more: Any) -> Trial:
    facts = {"state": TrialState.COMPLETED, "verdict": Verdict.COMPLETED, "values": (1.0,), **more}
    moments = [None if at is None else START + timedelta(seconds=at) for at in (start, end)]
    return Trial(
        number, f"t{number}", "", {"Args/a": number}, started=moments[0], ended=moments[1], worker=worker, **facts
    )


def snapshot(*trials: Trial) -> Snapshot:
    rows = [{"type": "uniform", "name": "Args/a", "min": 0, "max": 9}]
    objective = {"title": "val", "series": "loss", "trend": "min"}
    config = HpoConfig(base_task_id="base", method="random", objectives=[objective], parameters=rows)
    now = START + timedelta(seconds=100)
    calls = {"tasks.clone": 2, "tasks.get_all": 3}
    return Snapshot(config, trials, now, 100.0, status="completed", reason="All 2 trials have run.", calls=calls)


def test_the_outcome_is_json_with_the_best_trial_and_its_cost():
    seen = snapshot(trial(0, 0, 10, values=(3.0,)), trial(1, 12, 20, values=(2.0,)))
    found = result(seen, task_id="id", name="name")
    assert json.loads(json.dumps(found)) == {
        "instance": {
            "id": "id",
            "name": "name",
            "status": "completed",
            "state": "completed",
            "reason": "All 2 trials have run.",
        },
        "method": "random",
        "choices": [],
        "trials": counts(seen),
        "best": {"task_id": "t1", "number": 1, "values": [2.0], "parameters": {"Args/a": 1}},
        "api": {
            "calls": 5,
            "calls_per_trial": 2.5,
            "calls_per_minute": 3.0,
            "max_calls_per_minute": 600,
            "by_operation": {"tasks.get_all": 3, "tasks.clone": 2},
        },
        "idle_gap_seconds": {"median": 2.0, "p90": 2.0},
    }


def test_an_empty_run_has_an_outcome_too():
    found = result(snapshot(), task_id="id", name="name")
    assert (found["best"], found["api"]["calls"], found["api"]["calls_per_trial"]) == (None, 5, None)
    assert found["idle_gap_seconds"] == {"median": None, "p90": None}
    assert trial_values(None) is None


def test_what_a_run_asked_of_the_server_is_told_in_a_line():
    seen = snapshot(trial(0, 0, 10, values=(3.0,)), trial(1, 12, 20, values=(2.0,)))
    assert calls_text(seen) == "5 API calls (2.5 a trial, 3 a minute of at most 600)"
    assert calls_text(replace(seen, trials=(), elapsed_seconds=0.0)) == "5 API calls"
    soon = replace(seen, elapsed_seconds=0.3)
    assert calls_text(soon) == "5 API calls (2.5 a trial, 5 a minute of at most 600)", "all at its beginning"


def test_every_trial_is_counted_once():
    stopped = {"state": TrialState.STOPPED}
    seen = snapshot(
        trial(0, 0, 1),
        trial(1, 0, 1, verdict=Verdict.PRUNED, **stopped),
        trial(2, 0, 1, verdict=Verdict.RUN_ENDED, **stopped),
        trial(3, 0, 1, state=TrialState.FAILED, verdict=Verdict.FAILED),
        trial(4, 0, 1, state=TrialState.DELETED, verdict=Verdict.DELETED),
        trial(5, 0, None, state=TrialState.RUNNING, verdict=None),
        trial(6, None, None, state=TrialState.QUEUED, verdict=None),
        trial(7, 0, 1, verdict=Verdict.NO_METRIC, values=None),
    )
    found = counts(seen)
    assert all(found[name] == 1 for name in found if name not in {"total", "archived"})
    assert (found["total"], found["archived"]) == (8, 0)


@pytest.mark.parametrize("verdict", [Verdict.MAX_ITERATIONS, Verdict.TASK_TIME])
def test_what_ended_at_a_limit_of_its_own_is_a_full_result_and_completed(verdict: Verdict):
    ended = {"state": TrialState.STOPPED, "verdict": verdict}
    found = counts(snapshot(trial(0, 0, 1, **ended, values=(1.0,)), trial(1, 0, 1, **ended, values=None)))
    assert (found["stopped"], found["completed"], found["without_value"]) == (0, 1, 1)


@pytest.mark.parametrize("verdict", [Verdict.RUN_ENDED, Verdict.ABORTED])
@pytest.mark.parametrize("values", [None, (1.0,)])
def test_what_we_or_a_person_ended_is_stopped_and_not_completed(verdict: Verdict, values: tuple[float] | None):
    found = counts(snapshot(trial(0, 0, 1, state=TrialState.STOPPED, verdict=verdict, values=values)))
    assert (found["stopped"], found["completed"], found["failed"]) == (1, 0, 0)


def test_a_trial_that_ended_by_itself_without_a_value_is_counted_apart():
    silent = trial(0, 0, 1, verdict=Verdict.NO_METRIC, values=None)
    diverged = trial(1, 0, 1, values=(1e301,))
    found = counts(snapshot(silent, diverged))
    assert (found["without_value"], found["failed"], found["completed"]) == (2, 0, 0)


@pytest.mark.parametrize("state", TrialState)
def test_the_total_is_the_sum_and_the_dashboard_counts_the_same(state: TrialState):
    for verdict, values in product([None, *Verdict], [None, (1.0,), (1e301,)]):
        seen = snapshot(trial(0, 0, 1, state=state, verdict=verdict, values=values, archived=True))
        found = counts(seen)
        kinds = {name: count for name, count in found.items() if name not in {"total", "archived"}}
        assert found["total"] == sum(kinds.values()) == 1
        [kind] = [name for name, count in kinds.items() if count]
        words = {"pending": "waiting", "without_value": "without a value"}
        assert dashboard_counts(seen) == f"1 trial: 1 {words.get(kind, kind)}"


def test_a_row_says_everything_of_a_trial():
    running = trial(3, 40, None, state=TrialState.RUNNING, verdict=None, values=None, iteration=4)
    assert trial_row(running, snapshot(running)) == {
        "task_id": "t3",
        "number": 3,
        "values": [],
        "parameters": {"Args/a": 3},
        "attempt": 1,
        "state": "running",
        "verdict": None,
        "reason": "",
        "iteration": 4,
        "run_seconds": 60.0,
        "worker": "a:0",
        "archived": False,
    }


def test_gaps_lie_between_trials_of_one_worker():
    trials = [
        trial(0, 0, 10),
        trial(1, 11, 20, "b:0"),
        trial(2, 13, 30),
        trial(3, 29, 40),
        trial(4, 25, 27, "b:0"),
    ]
    assert sorted(idle_gaps(trials)) == [0.0, 3.0, 5.0]


def test_a_worker_at_work_on_an_earlier_attempt_is_not_idle():
    trials = [trial(0, 0, 10), trial(1, 31, 40, attempt=2)]
    earlier = [trial(1, 11, 30, verdict=Verdict.FAILED)]
    told = result(replace(snapshot(*trials), earlier=earlier), task_id="t", name="n")
    assert told["idle_gap_seconds"]["median"] == 1.0


def test_trials_without_times_or_worker_make_no_gaps():
    assert idle_gaps([trial(0, None, None), trial(1, 0, 1, ""), trial(2, 5, None), trial(3, 9, 10)]) == []


@pytest.mark.parametrize(
    ("gaps", "median", "p90"), [([2.0], 2.0, 2.0), ([1.0, 2.0, 3.0], 2.0, 2.8), (list(range(11)), 5.0, 9.0)]
)
def test_gaps_are_summed_up_by_median_and_quantile(gaps: list[float], median: float, p90: float):
    assert spread(gaps) == {"median": median, "p90": pytest.approx(p90)}
