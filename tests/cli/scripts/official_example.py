"""The official example of the SDK's optimizer with its one changed import; its own task and callback as there."""

import sys

from clearml import Task

from clearml_hpo_app.compat import (
    DiscreteParameterRange,
    HyperParameterOptimizer,
    OptimizerOptuna,
    UniformParameterRange,
)


def job_complete_callback(job_id, objective_value, objective_iteration, job_parameters, top_performance_job_id):
    print("Job completed!", job_id, objective_value, objective_iteration, sorted(job_parameters))
    if job_id == top_performance_job_id:
        print(f"WOOT WOOT we broke the record! Objective reached {objective_value}")


task = Task.init(
    project_name="Hyper-Parameter Optimization",
    task_name="Automatic Hyper-Parameter Optimization",
    task_type=Task.TaskTypes.optimizer,
    reuse_last_task_id=False,
)
args = {"template_task_id": sys.argv[1], "run_as_service": False}
args = task.connect(args)
an_optimizer = HyperParameterOptimizer(
    base_task_id=args["template_task_id"],
    hyper_parameters=[
        UniformParameterRange("Args/lr", min_value=0.001, max_value=0.1, step_size=0.001),
        DiscreteParameterRange("General/mode", values=["plain", "rich"]),
        DiscreteParameterRange("Args/epochs", values=[30]),
    ],
    objective_metric_title="val",
    objective_metric_series="accuracy",
    objective_metric_sign="max",
    max_number_of_concurrent_tasks=2,
    optimizer_class=OptimizerOptuna,
    execution_queue="trials",
    spawn_project=None,
    save_top_k_tasks_only=None,
    time_limit_per_job=10.0,
    pool_period_min=0.2,
    total_max_jobs=4,
    min_iteration_per_job=10,
    max_iteration_per_job=30,
)
if args["run_as_service"]:
    task.execute_remotely(queue_name="services", exit_process=True)
an_optimizer.set_report_period(0.1)
print("active", an_optimizer.is_active(), an_optimizer.is_running(), an_optimizer.elapsed())
an_optimizer.start(job_complete_callback=job_complete_callback)
an_optimizer.set_time_limit(in_minutes=90.0)
print("active", an_optimizer.is_active(), an_optimizer.reached_time_limit())
an_optimizer.wait()
top_exp = an_optimizer.get_top_experiments(top_k=3)
print("TOP", *[t.id for t in top_exp])
details = an_optimizer.get_top_experiments_details(top_k=2)
print("DETAILS", *[f"{row['task_id']}={row['metrics']['val/accuracy']['value']}" for row in details])
print("PARAMETERS", *sorted(details[0]["hyper_parameters"]))
print("ALL", *sorted(an_optimizer.get_top_experiments_details(1, all_metrics=True)[0]["metrics"]))
print("OPTIMIZER", *[t.id for t in an_optimizer.get_optimizer().get_top_experiments(1)])
print("LEFT", an_optimizer.get_num_active_experiments(), an_optimizer.is_active())
an_optimizer.stop()
print("ID", task.id)
