"""Where the rungs are and what the bar is."""

from collections import Counter
from itertools import pairwise
from statistics import median

import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ladder_plays import LOSS, Play, climber, curve_of

from clearml_hpo_app.early_stopping import Ladder, make_rule
from clearml_hpo_app.early_stopping.rules import Kind, MedianRule, SuccessiveHalving

KINDS: tuple[Kind, ...] = ("asha", "median", "hyperband")
LENGTHS = st.integers(1, 10_000)


def test_successive_halving_judges_at_powers_of_three_below_the_full_length():
    assert list(SuccessiveHalving(81).rungs(0, 81)) == [3, 9, 27]
    assert list(SuccessiveHalving(27, minimum=2).rungs(0, 27)) == [2, 6]


def test_a_trial_that_goes_far_beyond_the_expected_length_meets_rungs_again():
    assert list(SuccessiveHalving(27).rungs(0, 100)) == [1, 3, 9, 81]


def test_the_median_rule_judges_at_tenths_after_the_minimum():
    assert list(MedianRule(100).rungs(0, 100)) == [10, 20, 30, 40, 50, 60, 70, 80]
    assert list(MedianRule(100, minimum=45).rungs(0, 100)) == [50, 60, 70, 80]


@given(length=LENGTHS, minimum=st.none() | st.integers(1, 10_000), until=st.integers(0, 20_000))
@pytest.mark.parametrize("kind", KINDS)
def test_rungs_ascend_and_never_lie_before_the_minimum(kind: Kind, length: int, minimum: int | None, until: int):
    rule = make_rule(kind, length, minimum, seed=1)
    assert rule is not None
    for bracket in range(3):
        rungs = list(rule.rungs(bracket, until))
        assert rungs == sorted(set(rungs))
        assert all((minimum or 1) <= rung <= until for rung in rungs)


@pytest.mark.parametrize("length", [0, -1])
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_judged_while_the_length_is_unknown(kind: Kind, length: int):
    assert make_rule(kind, length, None, 0) is None


def test_no_rule_stops_nobody():
    assert make_rule("none", 100, None, 0) is None


def test_the_brackets_of_hyperband_share_the_iterations_about_equally():
    rule = SuccessiveHalving(81, is_hyperband=True)
    spent: Counter[int] = Counter()
    for number in range(1000):
        bracket = rule.bracket(number)
        rungs = [*rule.rungs(bracket, 81), 81]
        shares = [3.0**-at for at in range(len(rungs))]  # of the trials that start in it, so many go on
        spent[bracket] += sum(
            share * (end - start) for share, (start, end) in zip(shares, pairwise([0, *rungs]), strict=True)
        )
    assert sorted(spent) == [0, 1, 2, 3]
    assert max(spent.values()) < 1.7 * min(spent.values())


def test_the_last_bracket_of_hyperband_stops_nobody():
    rule = SuccessiveHalving(81, is_hyperband=True)
    last = max(rule.bracket(number) for number in range(1000))
    assert list(rule.rungs(last, 81)) == []


def test_brackets_belong_to_the_seed_and_the_number():
    first, again, other = (
        [SuccessiveHalving(81, seed=seed, is_hyperband=True).bracket(number) for number in range(100)]
        for seed in (1, 1, 2)
    )
    assert first == again != other


@given(losses=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50))
def test_at_a_rung_the_best_third_goes_on_and_one_at_least(losses: list[float]):
    losses = sorted(losses)
    stay = [loss for loss in losses if SuccessiveHalving(81).bar(losses, loss) is None]
    assert max(len(losses) // 3, 1) <= len(stay)
    assert stay == losses[: len(stay)]
    assert len({*stay}) <= max(len(losses) // 3, 1)


@given(losses=st.lists(st.floats(-1e6, 1e6), min_size=5, max_size=50))
def test_the_median_rule_stops_what_is_worse_than_the_median(losses: list[float]):
    losses = sorted(losses)
    for loss in losses:
        assert (MedianRule(10).bar(losses, loss) is not None) == (loss > median(losses))


def test_the_median_rule_waits_for_five_trials():
    assert MedianRule(10).bar([1.0, 2.0, 3.0, 4.0], 4.0) is None


def test_successive_halving_decides_as_optuna_does():
    """Optuna's pruner, asked at every iteration of trials that run one after the other, is the oracle."""
    pruner = optuna.pruners.SuccessiveHalvingPruner(min_resource=3, reduction_factor=3)
    study = optuna.create_study(pruner=pruner)
    rule = make_rule("asha", 81, 3, 0)
    assert rule is not None
    ladder, stops = Ladder(rule, LOSS), {}
    for number in range(60):
        curve = [(at, float(f"{value:.6g}")) for at, value in curve_of(number, 50)]
        theirs = study.ask()
        for at, value in curve:
            theirs.report(value, at)
            ladder.take([(climber(number, at), curve[:at])])
            assert (ladder.judgement(number) is not None) == theirs.should_prune(), (number, at)
            if ladder.judgement(number) is not None:
                stops[number] = at
                break
        ended = optuna.trial.TrialState.PRUNED if number in stops else optuna.trial.TrialState.COMPLETE
        study.tell(theirs, None if number in stops else curve[-1][1], state=ended)
    assert {3, 9, 27} == set(stops.values())


@pytest.mark.parametrize("kind", KINDS)
def test_early_stopping_saves_iterations(kind: Kind):
    rule = make_rule(kind, 81, None, 0)
    assert rule is not None
    played = Play(rule, 81).run(60, 4)
    assert played.iterations < 0.75 * 60 * 81
