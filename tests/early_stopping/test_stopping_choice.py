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
