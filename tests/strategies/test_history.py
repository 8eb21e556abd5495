"""What trials mean to a strategy."""

from dataclasses import replace

import pytest
from strategy_runs import CONTINUOUS, SMALL, config, running, trial

from clearml_hpo_app.space.search_space import SearchSpace
from clearml_hpo_app.strategies.axes import axis_of
from clearml_hpo_app.strategies.history import History
from clearml_hpo_app.trials.trial import Rung, TrialState, Verdict

CONFIG = config("random", SMALL)
SPACE: SearchSpace = CONFIG.space


@pytest.fixture
def history() -> History:
    return History(SPACE, [axis_of(parameter) for parameter in SPACE.varied], CONFIG.objectives)


@pytest.mark.parametrize("verdict", [Verdict.COMPLETED, Verdict.MAX_ITERATIONS, Verdict.TASK_TIME])
def test_a_full_result_is_told_with_its_values(history: History, verdict: Verdict):
    history.observe(trial(0, SPACE.point(5), (0.5,), verdict=verdict))
    assert history.told[0].values == (0.5,)
    assert dict(history.told[0].coordinates) == {"Args/a": 1, "Args/b": 1, "Args/c": 2}


@pytest.mark.parametrize("state", [TrialState.CREATED, TrialState.QUEUED, TrialState.RUNNING, TrialState.STOPPING])
def test_a_trial_that_has_not_ended_is_told_as_pending_even_if_it_reported(history: History, state: TrialState):
    history.observe(trial(0, SPACE.point(5), (0.5,), state=state))
    assert history.told[0].values is None


@pytest.mark.parametrize("verdict", [None, *(verdict for verdict in Verdict if not verdict.is_full_result)])
def test_any_other_ending_is_not_told_but_the_point_is_seen(history: History, verdict: Verdict | None):
    history.observe(trial(0, SPACE.point(5), (0.5,), state=TrialState.STOPPED, verdict=verdict))
    assert not history.told
    assert set(history.seen) == {5}


def test_a_trial_that_fails_after_it_was_pending_is_not_told_any_more(history: History):
    history.observe(running(0, SPACE.point(5)))
    history.observe(trial(0, SPACE.point(5), state=TrialState.FAILED, verdict=Verdict.FAILED))
    assert not history.told


def test_a_point_is_given_back_when_no_trial_has_it_any_more(history: History):
    history.observe(running(0, SPACE.point(5)))
    history.observe(running(1, SPACE.point(5)))
    history.observe(running(0, SPACE.point(6)))
    assert (set(history.seen), history.given_back) == ({5, 6}, 0)
    history.observe(running(1, SPACE.point(7)))
    assert (set(history.seen), history.given_back) == ({6, 7}, 1)


def test_the_point_of_a_trial_itself_is_not_seen_when_it_is_asked_for_again(history: History):
    history.observe(running(0, SPACE.point(5)))
    history.observe(running(1, SPACE.point(6)))
    history.observe(running(2, SPACE.point(6)))
    with history.apart_from(0):
        assert set(history.seen) == {6}
    with history.apart_from(1):
        assert set(history.seen) == {5, 6}
    assert (set(history.seen), history.given_back) == ({5, 6}, 0)


def test_a_value_of_another_type_is_another_point(history: History):
    history.observe(running(0, {**SPACE.point(0), "Args/c": 1}))
    history.observe(running(0, {**SPACE.point(0), "Args/c": True}))
    assert set(history.seen) == {1}


def test_a_point_of_a_continuous_space_is_seen_whatever_became_of_its_trial():
    space = config("random", CONTINUOUS).space
    history = History(space, [axis_of(parameter) for parameter in space.varied], CONFIG.objectives)
    point = {"Args/lr": 0.01, "Args/momentum": 1.0, "Args/dropout": 0.1, "Args/epochs": 3}
    point |= {"Args/units": 8, "Args/layers": 3, "Args/batch": 16, "General/mode": True}
    history.observe(trial(0, point, state=TrialState.FAILED, verdict=Verdict.FAILED))
    assert history.is_seen(point) and history.is_seen({**point, "Args/momentum": 1})
    assert not any(history.is_seen({**point, **other}) for other in ({"Args/lr": 0.02}, {"General/mode": 1}))
    assert not history.is_seen({}) and not history.seen
    history.observe(running(0, {**point, "Args/lr": 0.02}))
    assert not history.is_seen(point)


def test_a_trial_that_was_stopped_early_is_told_with_its_rung_and_its_values(history: History):
    cut = trial(0, SPACE.point(5), (0.5,), state=TrialState.STOPPED, verdict=Verdict.PRUNED)
    history.observe(replace(cut, rung=Rung(9)))
    assert (history.told[0].values, history.told[0].rung) == ((0.5,), 9)


def test_of_a_trial_that_ran_on_after_its_rung_the_value_at_the_rung_is_told(history: History):
    cut = trial(0, SPACE.point(5), (0.5,), state=TrialState.STOPPED, verdict=Verdict.PRUNED)
    history.observe(replace(cut, rung=Rung(9, 0.75)))
    assert (history.told[0].values, history.told[0].rung) == ((0.75,), 9)


def test_the_best_are_full_results_by_value_then_those_that_were_stopped_latest(history: History):
    for number, (value, rung) in enumerate([(3.0, None), (1.0, 3), (2.0, None), (9.0, 9), (0.5, 3)]):
        verdict = Verdict.COMPLETED if rung is None else Verdict.PRUNED
        state = TrialState.COMPLETED if rung is None else TrialState.STOPPED
        ended = trial(number, SPACE.point(number), (value,), state=state, verdict=verdict)
        history.observe(replace(ended, rung=rung and Rung(rung)))
    history.observe(running(5, SPACE.point(5)))
    assert history.best(10) == [2, 0, 3, 4, 1]
    assert history.best(2) == [2, 0]
