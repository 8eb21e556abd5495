"""Gaussian process search: when it gives way to TPE."""

from importlib.util import find_spec

import pytest
from strategy_runs import CONTINUOUS, config, trial

from clearml_hpo_app.strategies import make_strategy
from clearml_hpo_app.strategies.choice import MOST_RESULTS

pytestmark = pytest.mark.skipif(find_spec("torch") is None, reason="the extra gp is not installed")


def suggested(method: str, objectives: int, results: int) -> str:
    """Return what a method suggests after so many results."""
    strategy = make_strategy(config(method, CONTINUOUS, objectives), 0)
    points = make_strategy(config("random", CONTINUOUS, objectives), 0)
    for number in range(results):
        values = tuple(float((number * (at + 3)) % 17) for at in range(objectives))
        strategy.observe(trial(number, points.suggest(number), values))
    return repr(strategy.suggest(results))


@pytest.mark.parametrize("objectives", [1, 2, 3])
def test_beyond_a_number_of_results_tpe_goes_on_earlier_with_several_objectives(objectives: int):
    results = MOST_RESULTS[objectives] + 1
    assert suggested("gaussian-process", objectives, results) == suggested("bayesian", objectives, results)


@pytest.mark.parametrize("results", [0, 1, 5, 12])
def test_with_four_objectives_and_more_it_is_tpe_from_the_first(results: int):
    assert suggested("gaussian-process", 4, results) == suggested("bayesian", 4, results)


def test_before_that_it_has_a_model_of_its_own():
    assert suggested("gaussian-process", 1, 12) != suggested("bayesian", 1, 12)
