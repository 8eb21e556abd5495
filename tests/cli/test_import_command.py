"""`clearml-hpo import` on a server: instances of ours, of ClearML's own application, of the SDK's optimizer."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cli_server import Api
from shell import Shell

from clearml_hpo_app.config import HpoConfig, from_export

RECORDED = Path(__file__).parents[1] / "importing" / "official_instance.json"

SDK_OPTIMIZER = """
import sys
from clearml import Task
from clearml.automation import (
    DiscreteParameterRange, HyperParameterOptimizer, LogUniformParameterRange, UniformIntegerParameterRange
)
from clearml.automation.optuna import OptimizerOptuna

task = Task.init("CLI tests", "the SDK's search", task_type=Task.TaskTypes.optimizer,
                 auto_connect_frameworks=False, auto_resource_monitoring=False)
HyperParameterOptimizer(
    base_task_id=sys.argv[1],
    hyper_parameters=[
        LogUniformParameterRange("Args/lr", min_value=-4, max_value=-1),
        UniformIntegerParameterRange("Args/epochs", min_value=1, max_value=5, step_size=2),
        DiscreteParameterRange("General/mode", values=["plain", "rich"]),
    ],
    objective_metric_title="val",
    objective_metric_series="loss",
    objective_metric_sign="min_global",
    max_number_of_concurrent_tasks=2,
    optimizer_class=OptimizerOptuna,
    execution_queue="trials",
    optimization_time_limit=30.0,
    total_max_jobs=12,
    max_iteration_per_job=50,
    time_limit_per_job=2.5,
)
print("ID", task.id)
"""


def imported(shell: Shell, *arguments: str) -> dict[str, Any]:
    done = shell("import", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_an_instance_of_ours_is_imported(shell: Shell, queued: str, data: dict[str, Any]) -> None:
    done = shell("import", queued, "-o", "again.json")
    assert (done.returncode, done.stdout) == (0, "")
    assert "Read from an instance of this application." in done.stderr
    text = (shell.folder / "again.json").read_text(encoding="utf-8")
    assert from_export(json.loads(text)) == HpoConfig.model_validate(data)


def test_an_instance_of_the_official_application_is_imported_and_can_run(
    shell: Shell, api: Api, base_task: str
) -> None:
    recorded = json.loads(RECORDED.read_text(encoding="utf-8"))
    args = recorded["hyperparams"]["Args"]
    queue = api("queues.get_all", name="^trials$")["queues"][0]["id"]
    project = api("projects.create", name="CLI tests/official")["id"]
    ours = {"base_task_id": base_task, "queue": queue, "project": project}
    ours |= {"metric_title": "val", "metric_series": "accuracy", "strategy": "Random"}
    for name, text in ours.items():
        args[name]["value"] = text
    space = json.dumps([{"param_type": "Discrete", "param_name": "General/mode", "discrete_values": "plain,rich"}])
    objects = {"params_list": {"name": "params_list", "type": "json", "value": space}}
    task = api(
        "tasks.create", name="official", type="optimizer", hyperparams={"Args": args}, configuration=objects
    )["id"]
    found = imported(shell, task)
    assert (found["source"], found["lost"]) == ("an instance of ClearML's own application", [])
    config = from_export({name: found[name] for name in ("app", "format", "version", "configuration")})
    assert (config.execution_queue, config.destination_project) == ("trials", "CLI tests/official")
    assert shell("import", task, "-o", "official.json").returncode == 0
    assert json.loads(shell("check", "official.json", "--json").stdout)["ok"] is True


@pytest.mark.long
def test_an_optimizer_that_the_sdk_made_is_imported_and_can_run(shell: Shell, base_task: str) -> None:
    script = shell.folder / "search.py"
    script.write_text(SDK_OPTIMIZER, encoding="utf-8")
    said = subprocess.run(
        [sys.executable, script, base_task], env=shell.environment, capture_output=True, text=True, timeout=90
    )
    task = said.stdout.rsplit("ID ", 1)[1].split()[0]
    found = imported(shell, task)
    assert found["source"] == "an optimizer of ClearML's SDK"
    assert len(found["lost"]) == 1
    config = HpoConfig.model_validate(found["configuration"])
    assert config == HpoConfig(
        base_task_id=base_task,
        title="the SDK's search",
        method="bayesian",
        early_stopping="median",
        objectives=[{"title": "val", "series": "loss", "trend": "min", "value": "best"}],
        execution_queue="trials",
        max_concurrent_tasks=2,
        limits={"total_tasks": 12, "total_minutes": 30, "max_iterations": 50, "task_minutes": 2.5},
        parameters=[
            {"type": "uniform", "name": "Args/lr", "min": 1e-4, "max": 0.1, "scale": "log"},
            {"type": "uniform", "name": "Args/epochs", "min": 1, "max": 5, "step": 2},
            {"type": "discrete", "name": "General/mode", "values": ["plain", "rich"]},
        ],
    )
    assert shell("import", task, "-o", "sdk.json").returncode == 0
    assert json.loads(shell("check", "sdk.json", "--json").stdout)["ok"] is True


def test_a_task_that_is_no_optimization_is_refused(shell: Shell, base_task: str) -> None:
    done = shell("import", base_task)
    assert done.returncode == 1
    assert "must be an optimization of this application, of ClearML's own, or of the SDK's" in done.stderr
    assert "there is none" in shell("import", "0" * 32).stderr
