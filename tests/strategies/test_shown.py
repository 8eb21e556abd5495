"""How much of a long history a sampler is shown."""

from itertools import pairwise

import pytest
from strategy_runs import config, running, trial

from clearml_hpo_app.strategies.sampler_based import BEST_SHOWN, MOST_SHOWN
from clearml_hpo_app.strategies.tpe import TpeStrategy

WIDE = config("bayesian", [{"type": "uniform", "name": "Args/x", "min": 0, "max": 10**6}])


def shown(results: int, pending: int = 0) -> list[int]:
    """Return the numbers of the trials that are shown; the lower the number, the better the result."""
    strategy = TpeStrategy(WIDE, 0)
    for number in range(results):
        strategy.observe(trial(number, {"Args/x": number}, (float(number),)))
    for number in range(results, results + pending):
        strategy.observe(running(number, {"Args/x": number}))
    return [each.number for each in strategy._shown()]


def test_a_history_of_that_size_is_shown_whole():
    assert shown(MOST_SHOWN) == list(range(MOST_SHOWN))


@pytest.mark.parametrize(("results", "pending"), [(601, 0), (598, 4), (999, 0), (995, 4), (1399, 4), (700, 400)])
def test_of_a_longer_one_as_many_are_shown_the_best_the_pending_and_an_even_choice(results: int, pending: int):
    numbers = shown(results, pending)
    assert len(set(numbers)) == len(numbers) == MOST_SHOWN
    assert numbers[:BEST_SHOWN] == list(range(BEST_SHOWN))
    assert numbers[MOST_SHOWN - pending :] == list(range(results, results + pending))
    gaps = {after - before for before, after in pairwise(numbers[BEST_SHOWN : MOST_SHOWN - pending])}
    assert not gaps or max(gaps) - min(gaps) <= 1


def test_pending_trials_are_all_shown_however_many_there_are():
    assert len(shown(700, 500)) == BEST_SHOWN + 500
