"""Which method `auto` takes, and what it says of it."""

from typing import Any

import pytest
from strategy_runs import CONTINUOUS, SMALL, config

from clearml_hpo_app.config import METHODS
from clearml_hpo_app.strategies import choose_method
from clearml_hpo_app.strategies.choice import FEW_POINTS


def few(count: int) -> list[dict[str, Any]]:
    """Return the parameters of a space of so many points."""
    return [{"type": "discrete", "name": "Args/a", "values": list(range(count))}]


@pytest.mark.parametrize("method", [method for method in METHODS if method != "auto"])
def test_a_configured_method_is_taken_whatever_there_is(method: str):
    chosen = choose_method(config(method, SMALL), has_torch=True)
    assert (chosen.method, chosen.why) == (method, "it was configured")


@pytest.mark.parametrize("has_torch", [True, False])
@pytest.mark.parametrize("limits", [{}, {"total_tasks": FEW_POINTS}, {"total_tasks": 50}])
def test_a_space_that_is_tried_whole_before_a_model_begins_is_a_grid(has_torch: bool, limits: dict[str, int]):
    chosen = choose_method(config("auto", few(FEW_POINTS), limits=limits), has_torch=has_torch)
    assert (chosen.method, "10 points is tried whole" in chosen.why) == ("grid", True)


def test_a_space_that_runs_all_at_once_is_a_grid():
    chosen = choose_method(config("auto", SMALL, limits={"total_tasks": 96}, max_concurrent_tasks=96))
    assert (chosen.method, "96 points fits into 96 trials at the same time" in chosen.why) == ("grid", True)


@pytest.mark.parametrize(
    ("count", "settings"),
    [
        (FEW_POINTS, {"limits": {"total_tasks": FEW_POINTS - 1}}),
        (FEW_POINTS + 1, {"limits": {"total_tasks": 50}}),
        (64, {"limits": {"total_tasks": 63}, "max_concurrent_tasks": 64}),
        (64, {"max_concurrent_tasks": 63}),
    ],
)
def test_a_model_is_taken_where_it_finds_the_best_before_all_was_tried(count: int, settings: dict[str, Any]):
    assert choose_method(config("auto", few(count), **settings), has_torch=False).method == "bayesian"


@pytest.mark.parametrize(
    ("settings", "has_torch", "method"),
    [
        ({}, True, "gaussian-process"),
        ({}, False, "bayesian"),
        ({"max_concurrent_tasks": 64}, True, "bayesian"),
        ({"objectives": 2}, True, "gaussian-process"),
        ({"objectives": 3}, True, "bayesian"),
        ({"limits": {"total_tasks": 96}}, False, "bayesian"),
        ({"limits": {"total_tasks": 96}}, True, "gaussian-process"),
    ],
)
@pytest.mark.parametrize("parameters", [CONTINUOUS, SMALL], ids=["continuous", "finite"])
def test_otherwise_a_model_is_taken_the_best_one_that_is_installed_and_quick_enough(
    parameters: list[dict[str, Any]], settings: dict[str, Any], has_torch: bool, method: str
):
    chosen = choose_method(config("auto", parameters, **settings), has_torch=has_torch)
    assert chosen.method == method
    assert chosen.why


def test_the_reason_says_when_tpe_takes_over_and_how_many_objectives_are_too_many():
    reasons = [choose_method(config("auto", CONTINUOUS, each), has_torch=True).why for each in (1, 2, 3)]
    assert "beyond 200 results" in reasons[0] and "beyond 100 results" in reasons[1]
    assert "of 3 objectives takes seconds" in reasons[2]


def test_the_reason_names_the_extra_only_where_it_would_have_made_a_difference():
    missed, too_many = ({}, {"max_concurrent_tasks": 64})
    assert "extra gp" in choose_method(config("auto", CONTINUOUS, **missed), has_torch=False).why
    reason = choose_method(config("auto", CONTINUOUS, **too_many), has_torch=False).why
    assert "64" not in reason and "32 trials at once" in reason and "extra" not in reason
