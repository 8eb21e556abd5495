"""The SDK's PipelineController: steps that are tasks or functions, in one process and on agents."""

import sys
from typing import Any

import pytest
from bench import Bench

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("sessions")]


def steps(bench: Bench, pipeline: str) -> dict[str, Any]:
    found = bench.api("tasks.get_all", parent=[pipeline], search_hidden=True)["tasks"]
    return {task["name"]: task for task in found}


def test_a_pipeline_of_tasks_hands_parameters_on(bench: Bench) -> None:
    bench.call(sys.executable, bench.place("train.py"))
    newest = bench.api("tasks.get_all", name="^a training$", order_by=["-created"], page=0, page_size=1)
    with bench.agents("steps"):
        seen = bench.run("chain_tasks.py", newest["tasks"][0]["id"])
    assert seen["good"] is True
    first, second = (bench.task(seen["nodes"][name]) for name in ("first", "second"))
    assert first["hyperparams"]["Args"]["lr"]["value"] == "0.25"
    assert second["hyperparams"]["Args"]["layers"]["value"] == "2"
    assert [task["status"] for task in (first, second)] == ["completed", "completed"]
    assert first["completed"] <= second["started"]
    assert bench.task(seen["id"])["status"] == "completed"


def test_a_pipeline_of_functions_runs_in_one_process(bench: Bench) -> None:
    pipeline = bench.run("chain_functions.py", "here")
    made = steps(bench, pipeline)
    assert sorted(made) == ["make", "total"]
    assert "the total is 10" in bench.console(made["total"]["id"])
    assert bench.task(pipeline)["status"] == "completed"


def test_a_pipeline_of_functions_runs_on_agents(bench: Bench) -> None:
    with bench.agents("pipelines"), bench.agents("steps"):
        pipeline = bench.run("chain_functions.py")
        assert bench.end_of(pipeline)["status"] == "completed"
    made = steps(bench, pipeline)
    assert {name: task["status"] for name, task in made.items()} == {"make": "completed", "total": "completed"}
    assert "the total is 10" in bench.console(made["total"]["id"])
    assert {task["last_worker"] for task in made.values()} == {"steps-1"}
