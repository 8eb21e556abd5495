"""Where the methods with a model begin."""

import pytest
from strategy_runs import CONTINUOUS, FINITE, SMALL, built, config, running, trial

from clearml_hpo_app.strategies import make_strategy
from clearml_hpo_app.strategies.axes import axis_of
from clearml_hpo_app.strategies.start import STRATA, starting_point
from clearml_hpo_app.trials.trial import TrialState, Verdict


def axes(rows: list) -> list:
    return [axis_of(parameter) for parameter in config("bayesian", rows).space.varied]


def test_the_first_trial_is_in_the_middle_of_every_axis_with_an_order():
    point = starting_point(axes(CONTINUOUS), 0, seed=3)
    assert point["Args/lr"] == pytest.approx(1e-3, rel=1e-3)
    assert point["Args/momentum"] == pytest.approx(0.5)
    assert (point["Args/dropout"], point["Args/layers"], point["Args/batch"]) == (0.5, 5, 32)
    assert point["Args/units"] == 16  # half of the orders of magnitude from 0.5 to 512.5


def test_categories_have_no_middle_so_that_seeds_differ_in_them():
    kinds = [starting_point(axes(SMALL), 0, seed)["Args/c"] for seed in range(30)]
    assert set(map(repr, kinds)) == {"1", "True", "'2'"}


def test_the_next_trials_spread_around_the_middle_and_differ_by_seed():
    points = [starting_point(axes(CONTINUOUS), number, seed) for seed in (1, 2) for number in range(1, 9)]
    momenta = [float(point["Args/momentum"]) for point in points]
    assert len(set(momenta)) == 16
    assert all(0.2 <= momentum <= 0.8 for momentum in momenta)
    for eight in (momenta[:8], momenta[8:]):
        assert sum(momentum < 0.5 for momentum in eight) in {3, 4, 5}


def test_the_points_of_a_hypercube_have_one_in_each_part_of_every_axis():
    two = axes([{"type": "uniform", "name": name, "min": 0.0, "max": 1.0} for name in ("Args/a", "Args/b")])
    shares = [
        [(float(starting_point(two, number, 7)[name]) - 0.2) / 0.6 for number in range(STRATA, 2 * STRATA)]
        for name in ("Args/a", "Args/b")
    ]
    for fractions in shares:
        assert sorted(int(at * STRATA) for at in fractions) == list(range(STRATA))
    assert shares[0] != shares[1]


def test_a_search_begins_there_and_goes_on_while_there_are_too_few_results():
    each = config("bayesian", FINITE)
    failed = [
        trial(number, each.space.point(number), state=TrialState.FAILED, verdict=Verdict.FAILED)
        for number in range(9)
    ]
    pending = [running(number, each.space.point(number)) for number in range(9, 12)]
    suggested = built(each, 4, [*failed, *pending]).suggest(12)
    expected = starting_point(axes(FINITE), 12, 4)
    assert {name: suggested[name] for name in expected} == expected
    assert make_strategy(each, 4).suggest(0)["Args/dropout"] == 0.5
