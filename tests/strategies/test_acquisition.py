"""Where an acquisition function is largest."""

import numpy as np
from strategy_runs import CONTINUOUS, FINITE, config

from clearml_hpo_app.strategies.acquisition import Cube, maximise
from clearml_hpo_app.strategies.axes import Axis, axis_of


def axes(rows: list) -> list[Axis]:
    return [axis_of(parameter) for parameter in config("bayesian", rows).space.varied]


def start(varied: list[Axis], count: int, rng: np.random.RandomState) -> np.ndarray:
    """Return random points of the cube: neighbours, far away, of its corner."""
    cube = Cube(varied)
    corner = np.zeros((count, len(varied)))
    for _ in range(60):
        corner = cube.neighbours(corner, 1.0, rng)
    return corner


def test_neighbours_are_points_that_a_trial_can_have_and_differ_from_where_they_come_from():
    varied, rng = axes(CONTINUOUS), np.random.RandomState(0)
    points = start(varied, 400, rng)
    near = Cube(varied).neighbours(points, 1e-4, rng)
    for axis, before, after in zip(varied, points.T, near.T, strict=True):
        if axis.is_category:
            assert set(after) == set(range(int(axis.high) + 1))
        elif axis.is_whole and not axis.is_log:
            places = after * (axis.high + 1) - 0.5
            assert np.allclose(places, np.round(places))
            assert np.abs(after - before).max() * (axis.high + 1) < 1.001  # one step, however small the width
        assert (after >= 0).all()
    assert (near != points).any(
        axis=1
    ).mean() > 0.8  # the rest was at an end of its axis, or drew its category again


def test_it_finds_the_largest_value_of_a_mixed_space():
    varied, rng = axes(CONTINUOUS), np.random.RandomState(1)
    best = start(varied, 1, rng)[0]

    def evaluate(points: np.ndarray) -> np.ndarray:
        return -np.abs(points - best).sum(axis=1)

    found = maximise(evaluate, Cube(varied), start(varied, 500, rng), rng)
    assert np.abs(found - best).max() < 0.02


def test_what_was_seen_is_left_out():
    varied, rng = axes(FINITE), np.random.RandomState(2)
    points = start(varied, 300, rng)
    ranked = maximise(lambda each: each[:, 0], Cube(varied), points, rng)
    assert ranked[0] == points[:, 0].max()
    found = maximise(lambda each: each[:, 0], Cube(varied), points, rng, lambda point: point[0] == ranked[0])
    assert 0 < found[0] < ranked[0]


def test_where_all_was_seen_the_best_is_returned():
    varied, rng = axes(FINITE), np.random.RandomState(3)
    points = start(varied, 300, rng)
    found = maximise(lambda each: each[:, 0], Cube(varied), points, rng, lambda _: True)
    assert found[0] == points[:, 0].max()
