"""Which method `auto` takes, and what it says of it."""

from typing import Any

import pytest
from strategy_runs import CONTINUOUS, SMALL, config

from clearml_hpo_app.config import METHODS
from clearml_hpo_app.strategies import choose_method


@pytest.mark.parametrize("method", [method for method in METHODS if method != "auto"])
def test_a_configured_method_is_taken_whatever_there_is(method: str):
    chosen = choose_method(config(method, SMALL), has_torch=True)
    assert (chosen.method, chosen.why) == (method, "it was configured")


@pytest.mark.parametrize("has_torch", [True, False])
def test_a_space_that_the_limit_covers_is_searched_whole(has_torch: bool):
    chosen = choose_method(config("auto", SMALL, limits={"total_tasks": 96}), has_torch=has_torch)
    assert chosen.method == "grid"
    assert "96" in chosen.why


@pytest.mark.parametrize(
    ("settings", "has_torch", "method"),
    [
        ({}, True, "gaussian-process"),
        ({}, False, "bayesian"),
        ({"max_concurrent_tasks": 64}, True, "bayesian"),
        ({"objectives": 2}, True, "gaussian-process"),
        ({"objectives": 3}, True, "bayesian"),
        ({"limits": {"total_tasks": 95}}, False, "bayesian"),
        ({"limits": {"total_tasks": 95}}, True, "gaussian-process"),
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
