"""Bayesian search."""

import math

from strategy_runs import CONTINUOUS, config, minimise, running, trial

from clearml_hpo_app.strategies.tpe import STARTUP_TRIALS, TpeStrategy

ROWS = [
    {"type": "uniform", "name": "Args/lr", "min": 1e-5, "max": 1.0, "scale": "log"},
    {"type": "uniform", "name": "Args/x", "min": -5.0, "max": 5.0},
    {"type": "discrete", "name": "Args/batch", "values": [8, 16, 32, 64, 128, 256]},
    {"type": "discrete", "name": "Args/kind", "values": ["a", "b", "c"]},
]


def bowl(point: dict) -> float:
    """Best at lr 0.003, x 1.5, batch 64, kind b; 0 there."""
    return (
        (math.log10(point["Args/lr"]) + 2.5) ** 2
        + (point["Args/x"] - 1.5) ** 2
        + (math.log2(point["Args/batch"]) - 6) ** 2
        + 2.0 * (point["Args/kind"] != "b")
    )


def test_it_finds_more_than_random_search():
    bests = {
        method: [min(minimise(config(method, ROWS), seed, 40, bowl)) for seed in range(12)]
        for method in ("bayesian", "random")
    }
    wins = sum(mine < other for mine, other in zip(bests["bayesian"], bests["random"], strict=True))
    assert wins >= 9
    assert sum(bests["bayesian"]) < 0.6 * sum(bests["random"])


def test_its_later_trials_are_better_than_its_first():
    found = [minimise(config("bayesian", ROWS), seed, 40, bowl) for seed in range(6)]
    first, last = (sum(sum(run[part]) for run in found) for part in (slice(0, 10), slice(30, 40)))
    assert last < first / 2


def test_it_takes_the_trend_of_the_objective_into_account():
    rows = [{"type": "uniform", "name": "Args/x", "min": 0.0, "max": 1.0}]
    smallest, largest = config("bayesian", rows), config("bayesian", rows, objectives=2).objectives[1:]
    largest = smallest.model_copy(update={"objectives": largest})
    means = []
    for each in (smallest, largest):
        strategy = TpeStrategy(each, 0)
        drawn = []
        for number in range(30):
            point = strategy.suggest(number)
            drawn.append(float(point["Args/x"]))
            strategy.observe(trial(number, point, (drawn[-1],)))
        means.append(sum(drawn[15:]) / 15)
    assert means[0] < 0.25 < 0.75 < means[1]


def test_pending_trials_keep_it_from_proposing_the_same_neighbourhood_again():
    rows = [{"type": "uniform", "name": "Args/x", "min": 0.0, "max": 1.0}]
    spread = []
    for observed in (True, False):
        strategy = TpeStrategy(config("bayesian", rows), 0)
        for number in range(20):
            point = {"Args/x": number / 20}
            strategy.observe(trial(number, point, ((number / 20 - 0.5) ** 2,)))
        drawn = []
        for number in range(20, 40):
            drawn.append(strategy.suggest(number))
            if observed:
                strategy.observe(running(number, drawn[-1]))
        xs = [float(point["Args/x"]) for point in drawn]
        spread.append(sum(abs(x - sum(xs) / 20) for x in xs))
    assert spread[0] > 1.5 * spread[1]


def test_a_result_changes_the_next_suggestion_once_the_model_is_trusted():
    each = config("bayesian", CONTINUOUS)
    good, bad = TpeStrategy(each, 0), TpeStrategy(each, 0)
    for number in range(STARTUP_TRIALS):
        point = good.suggest(number)
        assert point == bad.suggest(number)
        good.observe(trial(number, point, (float(number),)))
        bad.observe(trial(number, point, (-float(number),)))
    assert good.suggest(STARTUP_TRIALS) != bad.suggest(STARTUP_TRIALS)


def test_a_number_added_by_hand_teaches_the_model_although_it_is_not_rounded():
    rows = [{"type": "uniform", "name": "Args/x", "min": 0.0, "max": 1.0}]
    strategy = TpeStrategy(config("bayesian", rows), 0)
    strategy.observe(trial(0, {"Args/x": 0.123456789}, (0.0,)))
    assert strategy._shown()[0].params == {"Args/x": 0.123456789}
