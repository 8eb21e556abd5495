"""The SDK's HyperParameterOptimizer and `clearml-param-search`, with agents that run the trials."""

import json
import sys

import pytest
from bench import Bench

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("sessions")]


def base_task(bench: Bench) -> str:
    bench.call(sys.executable, bench.place("train.py"))
    newest = bench.api("tasks.get_all", name="^a training$", order_by=["-created"], page=0, page_size=1)
    return str(newest["tasks"][0]["id"])


def loss(bench: Bench, key: str) -> float:
    (metric,) = bench.task(key)["last_metrics"].values()
    (value,) = metric.values()
    return float(value["value"])


@pytest.mark.parametrize("strategy", ["RandomSearch", "OptimizerOptuna"])
def test_the_sdks_optimizer_finds_the_best_of_its_trials(bench: Bench, strategy: str) -> None:
    base = base_task(bench)
    with bench.agents("optimizing", count=2):
        seen = bench.run("optimize.py", base, strategy)
    trials = bench.api("tasks.get_all", parent=[seen["id"]])["tasks"]
    assert {trial["status"] for trial in trials} == {"completed"}
    assert 2 <= len(trials) <= 4
    losses = {trial["id"]: loss(bench, trial["id"]) for trial in trials}
    best = sorted(losses, key=losses.__getitem__)[:2]
    assert sorted(losses[key] for key in seen["best"]) == pytest.approx(sorted(losses[key] for key in best))
    assert [value for _, value in seen["details"]] == pytest.approx([losses[key] for key, _ in seen["details"]])
    for trial in trials:
        parameters = trial["hyperparams"]["Args"]
        rate, layers = float(parameters["lr"]["value"]), int(parameters["layers"]["value"])
        assert losses[trial["id"]] == pytest.approx((rate - 0.5) ** 2 + layers / 3)
    controller = bench.task(seen["id"])
    assert controller["status"] == "completed"
    plots = bench.api("events.get_task_plots", task=seen["id"])["plots"]
    assert "summary" in {plot["variant"] for plot in plots} | {plot["metric"] for plot in plots}


def test_the_search_command_searches(bench: Bench) -> None:
    base = base_task(bench)
    rates = {"name": "Args/lr", "type": "DiscreteParameterRange", "values": [0.25, 0.5, 0.75]}
    layers = {"name": "Args/layers", "value": 1}
    with bench.agents("searching", count=2):
        bench.call(
            *("clearml-param-search", "--task-id", base, "--queue", "searching"),
            *("--project-name", "sessions/searching", "--task-name", "a search"),
            *("--params-search", json.dumps(rates), "--params-override", json.dumps(layers)),
            *("--optimizer-class", "GridSearch", "--pool-period-min", "0.02", "--total-max-jobs", "3"),
            *("--objective-metric-title", "loss", "--objective-metric-series", "validation"),
            *("--objective-metric-sign", "min", "--max-number-of-concurrent-tasks", "2"),
        )
    (search,) = bench.api("tasks.get_all", name="^a search$")["tasks"]
    trials = bench.api("tasks.get_all", parent=[search["id"]])["tasks"]
    found = {trial["hyperparams"]["Args"]["lr"]["value"]: loss(bench, trial["id"]) for trial in trials}
    assert found == pytest.approx({"0.25": 1 / 3 + 0.0625, "0.5": 1 / 3, "0.75": 1 / 3 + 0.0625})
    assert search["status"] == "completed"
