"""How polled rows become trials, and every way in which a trial can end."""

import math
from dataclasses import replace

import pytest
from controller_builders import START, after, config, draft, ended, queued, row, running, state

from clearml_hpo_app.clearml_api.rows import ATTEMPT, NUMBER, PARAMETERS, REASON, RUN, VERDICT
from clearml_hpo_app.controller.observing.observe import observe, of_this_run, settle
from clearml_hpo_app.trials.trial import MetricValue, Trial, TrialState, Verdict

NOW = after(minutes=5)


def seen(known: Trial, *rows, **settings) -> Trial:
    """Return what becomes of an active trial when `rows` are polled."""
    run = state(known, settings=config(**settings))
    observe(run, {found.id: found for found in rows}, NOW)
    return run.trials[known.number]


def end_of(trial: Trial) -> tuple[TrialState, Verdict | None, str]:
    return trial.state, trial.verdict, trial.reason


def test_a_trial_that_completed_has_its_value():
    trial = seen(running(0), row(0, "completed", loss=0.25))
    assert end_of(trial) == (TrialState.COMPLETED, Verdict.COMPLETED, "")
    assert (trial.values, trial.ended) == ((0.25,), after(minutes=1))


def test_a_trial_that_completed_without_the_metric_says_which():
    trial = seen(running(0), row(0, "completed"))
    assert end_of(trial) == (TrialState.COMPLETED, Verdict.NO_METRIC, "it never reported val/loss")
    assert not trial.is_ranked


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_no_finite_number_is_no_value(value: float):
    trial = seen(running(0), row(0, "completed", loss=value))
    assert end_of(trial) == (TrialState.COMPLETED, Verdict.NO_METRIC, "its value is no finite number")
    assert trial.values is None


def test_a_trial_that_failed_says_what_the_server_says():
    failed = row(0, "failed", status_reason="worker execution exit code 1")
    assert end_of(seen(running(0), failed)) == (TrialState.FAILED, Verdict.FAILED, failed.status_reason)
    quiet = seen(running(0), row(0, "failed"))
    assert quiet.reason == "its script failed"


def test_a_trial_that_a_person_stopped_was_not_stopped_by_us():
    stopped = row(0, "stopped", loss=0.5, status_message="Stopped by Ann")
    assert end_of(seen(running(0), stopped)) == (TrialState.STOPPED, Verdict.ABORTED, "Stopped by Ann")
    assert seen(running(0), row(0, "stopped")).reason == "its task was aborted"
    by_agent = replace(row(0, "stopped"), status_message="Changed by clearml-agent b2")
    assert seen(running(0), by_agent).reason == "its task was aborted"


@pytest.mark.parametrize("verdict", [Verdict.MAX_ITERATIONS, Verdict.TASK_TIME, Verdict.RUN_ENDED, Verdict.PRUNED])
@pytest.mark.parametrize("status", ["stopped", "failed"])
def test_a_trial_that_we_stopped_was_stopped_whatever_its_script_says_then(verdict: Verdict, status: str):
    known = running(0, verdict=verdict, reason="our reason")
    trial = seen(known, row(0, status, loss=0.5, status_reason="worker execution exit code -15"))
    assert end_of(trial) == (TrialState.STOPPED, verdict, "our reason")


def test_a_trial_that_completed_before_our_stop_reached_it_completed():
    known = running(0, verdict=Verdict.TASK_TIME, reason="our reason")
    told = "it completed before it could be stopped"
    assert end_of(seen(known, row(0, "completed", loss=0.5))) == (TrialState.COMPLETED, Verdict.COMPLETED, told)


def test_a_verdict_is_read_from_the_properties():
    written = row(0, "stopped", loss=0.5, properties={VERDICT: "pruned", REASON: "stopped at iteration 3"})
    trial = seen(running(0), written)
    assert end_of(trial) == (TrialState.STOPPED, Verdict.PRUNED, "stopped at iteration 3")


@pytest.mark.parametrize("text", ["failed", "no metric", "made up", ""])
def test_only_a_verdict_that_is_ours_to_give_is_believed(text: str):
    stopped = row(0, "stopped", properties={VERDICT: text, REASON: "somebody's text"}, status_message="by Ann")
    assert end_of(seen(running(0), stopped)) == (TrialState.STOPPED, Verdict.ABORTED, "by Ann")


def test_a_trial_without_a_row_was_deleted():
    trial = seen(running(0, iteration=4))
    assert end_of(trial) == (TrialState.DELETED, Verdict.DELETED, "its task was deleted by a person")
    assert (trial.ended, trial.iteration) == (NOW, 4)
    assert seen(queued(0)).ended is None


def test_a_trial_that_a_person_reset_has_ended_with_what_was_known_of_it():
    known = running(0, values=(0.5,), metrics=(MetricValue(0.5, 0.5, 0.5),))
    trial = seen(known, row(0, "created", status_reason="reset"))
    assert end_of(trial) == (TrialState.STOPPED, Verdict.ABORTED, "reset by a person")
    assert (trial.started, trial.ended, trial.values) == (START, NOW, (0.5,))


def test_a_trial_that_was_reset_before_it_started_or_before_a_restart_is_not_enqueued_again():
    reset = row(0, "created", status_reason="reset", properties={VERDICT: "pruned"})
    assert seen(queued(0), reset).verdict is Verdict.ABORTED
    [(_, restored)] = of_this_run([reset], "run", config())
    assert end_of(settle(restored, config(), NOW)) == (TrialState.STOPPED, Verdict.ABORTED, "reset by a person")


def test_a_queued_trial_that_a_person_archived_is_not_enqueued_again():
    trial = seen(queued(0), row(0, "created", archived=True))
    assert end_of(trial)[1:] == (Verdict.ABORTED, "archived by a person before it started")


def test_a_draft_stays_a_draft():
    assert seen(draft(0), row(0, "created")).state is TrialState.CREATED


def test_a_trial_that_is_being_stopped_has_not_ended():
    trial = seen(running(0), row(0, "in_progress", status_message="stopping"))
    assert end_of(trial) == (TrialState.STOPPING, None, "")


@pytest.mark.parametrize("properties", [{}, {"note": "a person's own"}, {NUMBER: "17", RUN: "run"}])
def test_properties_that_a_person_wiped_or_changed_change_nothing(properties: dict[str, str]):
    known = running(3, verdict=Verdict.TASK_TIME, reason="our reason")
    wiped = row(3, "stopped", loss=0.5)
    run = state(known)
    found = {"task3": type(wiped)(**{**vars(wiped), "properties": properties})}
    observe(run, found, NOW)
    trial = run.trials[3]
    assert end_of(trial) == (TrialState.STOPPED, Verdict.TASK_TIME, "our reason")
    assert (trial.values, trial.parameters) == ((0.5,), known.parameters)


@pytest.mark.parametrize("wiped", [RUN, NUMBER, ATTEMPT, PARAMETERS, VERDICT])
def test_a_trial_that_a_restart_would_miss_is_marked_again_once_and_at_its_end(wiped: str):
    why = "its verdict was not written yet" if wiped == VERDICT else "its properties were wiped or changed"
    run = state(running(0, verdict=Verdict.TASK_TIME, reason="our reason"))
    whole = row(0, properties={VERDICT: "task time limit", REASON: "our reason"})
    observe(run, {"task0": whole}, NOW)
    assert run.unmarked == {}
    texts = {name: text for name, text in whole.properties.items() if name != wiped}
    lacks = replace(whole, properties=texts)
    observe(run, {"task0": lacks}, NOW)
    assert run.unmarked == {0: why}
    run.unmarked, run.marked_again = {}, {0}
    observe(run, {"task0": lacks}, NOW)
    assert run.unmarked == {}
    observe(run, {"task0": replace(lacks, status="stopped")}, NOW)
    assert run.unmarked == {0: why}


def test_only_what_changed_is_returned():
    run = state(running(0, **known_facts()), running(1, **known_facts()))
    rows = {"task0": row(0), "task1": row(1, iteration=2)}
    assert [trial.number for trial in observe(run, rows, NOW)] == [1]
    assert observe(run, rows, NOW) == []


def known_facts() -> dict[str, object]:
    facts = {"created": START, "last_update": START, "worker": "agent:0", "project": "project"}
    return {**facts, "metrics": (None,)}


def test_ended_trials_are_not_looked_at():
    run = state(ended(0, 1.0))
    assert observe(run, {"task0": row(0, "failed")}, NOW) == []
    assert run.trials[0].state is TrialState.COMPLETED


def test_an_ended_trial_without_a_time_of_its_end_ended_now():
    trial = seen(running(0), row(0, "stopped", ended=None))
    assert trial.ended == NOW
    assert seen(queued(0), row(0, "stopped", started=None, ended=None)).ended is None


def test_rows_of_other_runs_and_of_no_trial_are_none_of_ours():
    rows = [row(0), row(1, properties={RUN: "other"}), row(2, properties={NUMBER: "two"})]
    rows += [row(3, properties={NUMBER: "-1"}), row(4, properties={"hpo_parameters": "[]"})]
    assert [trial.number for _, trial in of_this_run(rows, "run", config())] == [0]
