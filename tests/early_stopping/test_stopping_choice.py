"""Which trials are stopped early when nobody says."""

from typing import Any

import pytest

from clearml_hpo_app.config import HpoConfig, Method
from clearml_hpo_app.early_stopping import choose_stopping

RATE = {"type": "uniform", "name": "Args/rate", "min": 0.0, "max": 1.0}


def config(objectives: int = 1, **more: Any) -> HpoConfig:
    rows = [{"title": "val", "series": str(at), "trend": "min"} for at in range(objectives)]
    return HpoConfig.model_validate({"base_task_id": "base", "objectives": rows, "parameters": [RATE], **more})


@pytest.mark.parametrize("method", ["hyperband", "bayesian-hyperband"])
def test_the_hyperband_methods_bring_their_own(method: Method):
    assert choose_stopping(config(early_stopping="none"), method).kind == "hyperband"


@pytest.mark.parametrize("kind", ["none", "asha", "median"])
def test_what_is_configured_is_done(kind: str):
    assert choose_stopping(config(early_stopping=kind), "random", run_seconds=1).kind == kind


def test_successive_halving_is_chosen_where_trials_report_on_the_way():
    assert choose_stopping(config(), "bayesian", run_seconds=600, iterations=27).kind == "asha"
    assert choose_stopping(config(), "bayesian").kind == "asha"


@pytest.mark.parametrize(
    ("made", "method", "facts", "why"),
    [
        (config(objectives=2), "bayesian", {}, "several objectives"),
        (config(), "grid", {}, "grid"),
        (config(), "random", {"iterations": 1}, "1 iterations"),
        (config(limits={"max_iterations": 8}), "random", {"iterations": 100}, "8 iterations"),
        (config(), "random", {"run_seconds": 12.0}, "12 s"),
    ],
)
def test_nobody_is_stopped_where_it_does_not_pay_and_the_reason_is_said(
    made: HpoConfig, method: Method, facts: dict[str, Any], why: str
):
    chosen = choose_stopping(made, method, **facts)
    assert chosen.kind == "none"
    assert why in chosen.why


@pytest.mark.parametrize(
    ("settings", "method", "kind", "rungs"),
    [
        ({"early_stopping": "asha"}, "random", "asha", "1, 3, 9"),
        ({"early_stopping": "median"}, "random", "median", "5, 10, 15, 20, 25, 30, 35, 40"),
        ({"early_stopping": "auto"}, "random", "none", "1, 3, 9"),
        ({}, "hyperband", "hyperband", "1, 3, 9"),
        ({}, "bayesian-hyperband", "hyperband", "1, 3, 9"),
    ],
)
def test_it_is_said_where_the_minimum_leaves_no_rung_and_what_to_do(
    settings: dict[str, Any], method: Method, kind: str, rungs: str
):
    chosen = choose_stopping(config(**settings, limits={"min_iterations": 41}), method, iterations=50)
    assert chosen.kind == kind
    assert "min_iterations (41) leaves no rung in a trial of 50 iterations" in chosen.why
    assert chosen.doubt.endswith(f"Lower it: without it the rungs are at {rungs}.")


@pytest.mark.parametrize(("early_stopping", "least"), [("asha", 25), ("median", 40), ("auto", 25)])
def test_the_largest_minimum_that_leaves_a_rung_is_not_doubted(early_stopping: str, least: int):
    settings = config(early_stopping=early_stopping, limits={"min_iterations": least, "max_iterations": 50})
    chosen = choose_stopping(settings, "random")
    assert (chosen.kind != "none", chosen.doubt) == (True, "")
    limits = {"min_iterations": least + 1, "max_iterations": 50}
    assert choose_stopping(config(early_stopping=early_stopping, limits=limits), "random").doubt


def test_a_trial_of_one_iteration_is_too_short_for_a_rung():
    chosen = choose_stopping(config(), "hyperband", iterations=1)
    assert "a trial of 1 iteration is too short for a rung" in chosen.doubt


def test_nothing_is_doubted_while_nobody_knows_how_long_a_trial_is_or_nobody_is_to_be_stopped():
    unknown = choose_stopping(config(early_stopping="asha", limits={"min_iterations": 1000}), "random")
    off = choose_stopping(config(early_stopping="none", limits={"min_iterations": 50}), "random", iterations=50)
    assert (unknown.doubt, off.doubt) == ("", "")
