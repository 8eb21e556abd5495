"""The same search by the SDK's `HyperParameterOptimizer`, written as its documentation shows.

Copied out of the repository and run there as a process of its own. Only what would add calls that have nothing to
do with optimizing is switched off: the recording of frameworks and of this machine's resources.
"""

import argparse

from clearml import Task
from clearml.automation import (
    HyperParameterOptimizer,
    RandomSearch,
    UniformIntegerParameterRange,
    UniformParameterRange,
)

MOST_ITERATIONS = 1000
"""`OptimizerOptuna` must be given a limit: one that no trial reaches."""


def main() -> None:
    """Optimize to the end."""
    options = _options()
    if options.strategy == "optuna":
        from clearml.automation.optuna import OptimizerOptuna as Strategy
    else:
        Strategy = RandomSearch  # noqa: N806
    Task.init(
        project_name="Benchmarks",
        task_name=f"SDK optimizer, {options.strategy}",
        task_type=Task.TaskTypes.optimizer,
        reuse_last_task_id=False,
        auto_connect_frameworks=False,
        auto_resource_monitoring=False,
    )
    optimizer = HyperParameterOptimizer(
        base_task_id=options.base_task,
        hyper_parameters=[
            UniformParameterRange("Args/rate", min_value=0.0, max_value=1.0),
            UniformIntegerParameterRange("Args/units", min_value=1, max_value=8),
        ],
        objective_metric_title="val",
        objective_metric_series="loss",
        objective_metric_sign="min",
        max_number_of_concurrent_tasks=options.concurrent,
        optimizer_class=Strategy,
        execution_queue=options.queue,
        total_max_jobs=options.trials,
        max_iteration_per_job=MOST_ITERATIONS,
        pool_period_min=options.pool_period,
    )
    optimizer.set_report_period(options.report_period)
    optimizer.start()
    optimizer.wait()
    optimizer.stop()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    for name in ("--base-task", "--queue", "--strategy"):
        parser.add_argument(name, required=True)
    for name in ("--trials", "--concurrent"):
        parser.add_argument(name, type=int, required=True)
    for name in ("--pool-period", "--report-period"):
        parser.add_argument(name, type=float, required=True)
    return parser.parse_args()


if __name__ == "__main__":
    main()
