"""Reading a task's JSON: what is there, what is missing, and what is not to be believed."""

import hashlib
import math
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from clearml_hpo_app.clearml_api.rows import metric_key, poll_fields, read_row, read_time, read_trial
from clearml_hpo_app.objective import Objective
from clearml_hpo_app.trials.trial import MetricValue, TrialState, Verdict

LOSS = Objective(title="val", series="loss", trend="min")
BEST = Objective(title="val", series="best", trend="max", value="best")
IDENTITY = {
    "hpo_run": "run",
    "hpo_trial": "3",
    "hpo_attempt": "2",
    "hpo_parameters": '{"Args/a": 1, "Args/b": null}',
}


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def raw(
    *, properties: dict[str, str] | None = None, metrics: dict[str, dict[str, float]] | None = None, **more: Any
):
    texts = IDENTITY if properties is None else properties
    items = {name: {"section": "properties", "name": name, "value": text} for name, text in texts.items()}
    found = {md5("val"): {md5(series): values for series, values in (metrics or {}).items()}}
    return {
        "id": "a",
        "status": "in_progress",
        "hyperparams": {"properties": items},
        "last_metrics": found,
        **more,
    }


def trial(*objectives: Objective, **facts: Any):
    objectives = objectives or (LOSS,)
    return read_trial(read_row(raw(**facts), objectives), objectives)


def test_an_empty_task_reads_as_nothing():
    row = read_row({"id": "a"}, (LOSS,))
    assert (row.status, row.iteration, row.started, row.properties, row.metrics) == ("", None, None, {}, (None,))


def test_the_fields_of_a_poll_name_the_objective_by_its_hashes():
    assert metric_key(LOSS) == f"{md5('val')}.{md5('loss')}"
    assert f"last_metrics.{metric_key(LOSS)}" in poll_fields((LOSS,))
    assert "hyperparams.properties" in poll_fields(())


def test_the_identity_is_what_the_properties_say():
    found = trial()
    assert found is not None
    assert (found.number, found.attempt, dict(found.parameters)) == (3, 2, {"Args/a": 1, "Args/b": None})


@pytest.mark.parametrize(
    "change",
    [
        {"hpo_trial": "x"},
        {"hpo_trial": "-1"},
        {"hpo_attempt": ""},
        {"hpo_parameters": "{"},
        {"hpo_parameters": "[1]"},
    ],
)
def test_what_has_no_whole_identity_is_no_trial(change: dict[str, str]):
    assert trial(properties={**IDENTITY, **change}) is None
    assert trial(properties={}) is None


@pytest.mark.parametrize(
    ("status", "message", "state"),
    [
        ("created", "", TrialState.CREATED),
        ("queued", "", TrialState.QUEUED),
        ("in_progress", "", TrialState.RUNNING),
        ("in_progress", "stopping", TrialState.STOPPING),
        ("stopped", "stopping", TrialState.STOPPED),
        ("closed", "", TrialState.STOPPED),
        ("failed", "", TrialState.FAILED),
        ("completed", "", TrialState.COMPLETED),
        ("published", "", TrialState.COMPLETED),
        ("something new", "", TrialState.RUNNING),
    ],
)
def test_every_status_has_a_state(status: str, message: str, state: TrialState):
    found = trial(status=status, status_message=message)
    assert found is not None
    assert found.state is state


def test_the_value_is_the_last_or_the_best_one():
    both = {"loss": {"value": 3.0, "min_value": 1.0, "max_value": 5.0}}
    both["best"] = both["loss"]
    found = trial(LOSS, BEST, metrics=both)
    assert found is not None
    assert (found.values, found.metrics[0]) == ((3.0, 5.0), MetricValue(3.0, 1.0, 5.0))


def test_one_missing_objective_makes_no_values():
    found = trial(LOSS, BEST, metrics={"loss": {"value": 3.0}})
    assert found is not None
    assert (found.values, found.metrics) == (None, (MetricValue(3.0, 3.0, 3.0), None))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_no_finite_number_is_no_value(value: float):
    found = trial(LOSS, BEST, metrics={"loss": {"value": value}, "best": {"value": 1.0}})
    assert found is not None
    assert found.values is None


def test_iteration_nought_counts_only_where_something_was_reported():
    assert read_row({"id": "a", "last_iteration": 0}, ()).iteration is None
    assert read_row({"id": "a", "last_iteration": 0, "last_metrics": {"x": {}}}, ()).iteration == 0
    assert read_row({"id": "a", "last_iteration": 7}, ()).iteration == 7


def test_the_end_of_an_earlier_life_is_no_end():
    moment = "2026-11-24T06:51:17.897000+00:00"
    assert trial(status="in_progress", completed=moment).ended is None
    assert trial(status="completed", completed=moment).ended == read_time(moment)


def test_times_are_read_with_their_zone():
    expected = datetime(2026, 11, 24, 6, 51, 17, 897000, tzinfo=timezone.utc)
    for text in ("2026-11-24T06:51:17.897000+00:00", "2026-11-24T06:51:17.897000", "2026-11-24T06:51:17.897000Z"):
        assert read_time(text) == expected
    assert read_time("2026-11-24T08:51:17.897000+02:00") - expected == timedelta()
    assert read_time("") is read_time(None) is None


def test_verdict_and_reason_are_read_as_written():
    found = trial(properties={**IDENTITY, "verdict": "task time limit", "reason": "why"}, system_tags=["archived"])
    assert found is not None
    assert (found.verdict, found.reason, found.archived) == (Verdict.TASK_TIME, "why", True)
    assert trial(properties={**IDENTITY, "verdict": "made up"}).verdict is None
