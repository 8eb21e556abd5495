"""A search as written for the SDK's optimizer: `search_as_before.py --base ID`; its task can run on an agent."""

import argparse

from clearml import Task

from clearml_hpo_app.compat import (
    DiscreteParameterRange,
    HyperParameterOptimizer,
    RandomSearch,
    UniformParameterRange,
)

parser = argparse.ArgumentParser()
parser.add_argument("--base", default="")
task = Task.init("e2e", "search as before", task_type=Task.TaskTypes.optimizer, reuse_last_task_id=False)
optimizer = HyperParameterOptimizer(
    base_task_id=parser.parse_args().base,
    hyper_parameters=[
        UniformParameterRange("General/rate", min_value=0.1, max_value=0.9),
        DiscreteParameterRange("General/layers", values=[1, 2, 3]),
    ],
    objective_metric_title="loss",
    objective_metric_series="validation",
    objective_metric_sign="min",
    optimizer_class=RandomSearch,
    max_number_of_concurrent_tasks=2,
    execution_queue="trials",
    total_max_jobs=3,
)
optimizer.start(job_complete_callback=lambda *told: print("COMPLETED", *told[:2]))
optimizer.wait()
print("BEST", *[found.id for found in optimizer.get_top_experiments(top_k=1)])
optimizer.stop()
print("ID", task.id)
