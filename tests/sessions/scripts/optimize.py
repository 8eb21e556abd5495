"""The SDK's own optimizer over a base task: `optimize.py BASE STRATEGY`."""

import json
import sys

from clearml import Task
from clearml.automation import (
    DiscreteParameterRange,
    HyperParameterOptimizer,
    RandomSearch,
    UniformIntegerParameterRange,
    UniformParameterRange,
)
from clearml.automation.optuna import OptimizerOptuna

base, strategy = sys.argv[1:]
task = Task.init(
    "sessions/optimizing",
    strategy,
    task_type=Task.TaskTypes.optimizer,
    auto_connect_frameworks=False,
    auto_connect_arg_parser=False,
    auto_resource_monitoring=False,
)
optimizer = HyperParameterOptimizer(
    base_task_id=base,
    hyper_parameters=[
        UniformParameterRange("Args/lr", 0.1, 0.9, step_size=0.1),
        UniformIntegerParameterRange("Args/layers", 1, 3),
        DiscreteParameterRange("Args/fail", [0]),
    ],
    objective_metric_title="loss",
    objective_metric_series="validation",
    objective_metric_sign="min",
    optimizer_class={"RandomSearch": RandomSearch, "OptimizerOptuna": OptimizerOptuna}[strategy],
    execution_queue="optimizing",
    max_number_of_concurrent_tasks=2,
    total_max_jobs=4,
    min_iteration_per_job=0,
    max_iteration_per_job=100,
    pool_period_min=0.02,
    save_top_k_tasks_only=2,
)
optimizer.set_report_period(0.05)
optimizer.start()
optimizer.wait()
best = optimizer.get_top_experiments(top_k=2)
details = optimizer.get_top_experiments_details(top_k=2)
answer = {
    "id": task.id,
    "best": [found.id for found in best],
    "details": [[row["task_id"], row["metrics"]["loss/validation"]["value"]] for row in details],
    "parameters": [found.get_parameters() for found in best],
}
optimizer.stop()
task.close()
print("ANSWER" + json.dumps(answer))
