"""A pipeline whose second step optimizes its first one: `chain_with_search.py TRAINING SEARCH`."""

import json
import sys

from clearml import PipelineController


def read_best(instance):
    from clearml_hpo_app import HpoInstance

    best = HpoInstance(instance).best()
    return {"task": best.task_id, "rate": best.parameters["General/rate"]}


training, search = sys.argv[1:]
pipe = PipelineController("train and search", "e2e/pipelines", version="1.0", pool_frequency=0.02)
pipe.add_step("train", base_task_id=training, execution_queue="trials")
pipe.add_step(
    "search",
    parents=["train"],
    base_task_id=search,
    execution_queue="services",
    parameter_override={"HPO/base_task_id": "${train.id}", "HPO/total_tasks": "2"},
)
pipe.add_function_step(
    "read",
    read_best,
    parents=["search"],
    function_kwargs={"instance": "${search.id}"},
    function_return=["best"],
    execution_queue="trials",
)
pipe.start_locally(run_pipeline_steps_locally=False)
nodes = {name: node.executed for name, node in pipe.get_processed_nodes().items()}
print("ANSWER" + json.dumps({"id": pipe.id, "nodes": nodes, "good": pipe.is_successful()}))
