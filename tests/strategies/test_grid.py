"""Grid search."""

import pytest
from strategy_runs import SMALL, config, running

from clearml_hpo_app.strategies.grid import GridStrategy
from clearml_hpo_app.strategies.order import ShuffledOrder


def walk(strategy: GridStrategy, total: int) -> list[int]:
    """Run `total` trials and return the indices of their points."""
    points = []
    for number in range(total):
        parameters = strategy.suggest(number)
        points.append(strategy._space.index(parameters))
        strategy.observe(running(number, parameters))
    return points


def test_it_says_how_many_points_it_has():
    assert GridStrategy(config("grid", SMALL), 0).size == 96


def test_the_listed_order_changes_the_last_parameter_fastest():
    assert walk(GridStrategy(config("grid", SMALL, grid_order="listed"), 0), 96) == list(range(96))


def test_the_order_is_random_unless_told_otherwise():
    first, second = (walk(GridStrategy(config("grid", SMALL), seed), 96) for seed in (1, 2))
    assert sorted(first) == sorted(second) == list(range(96))
    assert first != second != list(range(96)) != first


def test_a_point_that_is_given_back_is_suggested_again():
    strategy = GridStrategy(config("grid", SMALL, grid_order="listed"), 0)
    walk(strategy, 10)
    strategy.observe(running(3, {"Args/a": "edited"}))
    assert strategy._space.index(strategy.suggest(10)) == 3


def test_a_grid_of_a_million_points_is_walked_without_repetition():
    rows = [{"type": "uniform", "name": f"Args/x{at}", "min": 0, "max": 99} for at in range(3)]
    strategy = GridStrategy(config("grid", rows), 0)
    assert len(set(walk(strategy, 5_000))) == 5_000


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 16, 17, 100, 1023])
def test_a_shuffled_order_has_every_point_once(size: int):
    order = ShuffledOrder(size, seed=4)
    assert sorted(order.at(place) for place in range(size)) == list(range(size))


def test_every_point_is_about_as_likely_to_come_first():
    firsts = [ShuffledOrder(6, seed).at(0) for seed in range(3_000)]
    assert all(400 < firsts.count(point) < 600 for point in range(6))


def test_a_shuffled_order_may_be_of_any_size():
    order = ShuffledOrder(10**400, seed=0)
    assert len({order.at(place) for place in range(50)}) == 50
