"""A run at one moment: ranks, counts, sums."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.trials.snapshot import Snapshot
from clearml_hpo_app.trials.trial import Trial, TrialState, Verdict

START = datetime(2026, 11, 2, 8, 0, tzinfo=timezone.utc)
LOSS = {"title": "val", "series": "loss", "trend": "min"}
SIZE = {"title": "val", "series": "size"}


def ended(number: int, *values: float, **more: Any) -> Trial:
    facts = {"state": TrialState.COMPLETED, "verdict": Verdict.COMPLETED, "started": START}
    return Trial(
        number,
        f"t{number}",
        "",
        {},
        **{**facts, "ended": START + timedelta(seconds=60), **more},
        values=values or None,
    )


def snapshot(*trials: Trial, objectives: Any = (LOSS,), **limits: Any) -> Snapshot:
    rows = [{"type": "discrete", "name": "Args/a", "values": [1, 2, 3]}]
    config = HpoConfig(base_task_id="base", objectives=list(objectives), parameters=rows, limits=limits)
    return Snapshot(config, trials, START + timedelta(minutes=5), 300.0)


def numbers(trials: Any) -> list[int]:
    return [trial.number for trial in trials]


def test_only_trials_that_ended_with_values_and_did_not_fail_are_ranked():
    failed = ended(1, 0.1, state=TrialState.FAILED, verdict=Verdict.FAILED)
    running = ended(2, 0.2, state=TrialState.RUNNING, verdict=None, ended=None)
    stopped = ended(4, 0.5, state=TrialState.STOPPED, verdict=Verdict.TASK_TIME)
    seen = snapshot(ended(0, 1.0), failed, running, ended(3), stopped)
    assert numbers(seen.ranked) == [4, 0]
    assert seen.best is stopped


def test_without_results_there_is_no_best():
    assert (snapshot().best, snapshot().ranked, snapshot().pareto_front) == (None, (), ())


def test_the_pareto_front_is_listed_by_number():
    trials = [ended(0, 3.0, 3.0), ended(1, 1.0, 1.0), ended(2, 2.0, 1.0), ended(3, 2.0, 2.0)]
    seen = snapshot(*trials, objectives=(LOSS, SIZE))
    assert numbers(seen.pareto_front) == [0, 1, 3]
    assert numbers(seen.ranked) == [1, 3, 0, 2]
    assert numbers(snapshot(ended(0, 1.0), ended(1, 1.0), ended(2, 2.0)).pareto_front) == [0, 1]


def test_states_are_counted():
    states = [TrialState.CREATED, TrialState.QUEUED, TrialState.RUNNING, TrialState.STOPPING, TrialState.DELETED]
    trials = [ended(at, state=state, archived=at == 4) for at, state in enumerate(states)]
    pruned = ended(5, 1.0, state=TrialState.STOPPED, verdict=Verdict.PRUNED)
    seen = snapshot(*trials, pruned)
    assert (seen.ended, seen.running, seen.pending, seen.archived, seen.pruned) == (2, 2, 2, 1, 1)


def test_running_times_count_until_the_end_or_until_now():
    running = ended(1, state=TrialState.RUNNING, ended=None, verdict=None)
    waiting = ended(2, state=TrialState.QUEUED, started=None, ended=None, verdict=None)
    seen = snapshot(ended(0, 1.0), running, waiting)
    assert seen.compute_seconds == 60.0 + 300.0
    earlier = [ended(1, ended=START + timedelta(seconds=20)), ended(1, started=None, ended=None)]
    seen = replace(seen, earlier=earlier)
    assert (seen.compute_seconds, seen.tried_again) == (20.0 + 60.0 + 300.0, {1})


@pytest.mark.parametrize(("limit", "total"), [(None, 3), (2, 2), (9, 3)])
def test_there_are_no_more_trials_than_the_limit_and_the_space_allow(limit: int | None, total: int):
    assert snapshot(total_tasks=limit).total == total
