"""A pipeline of two tasks that exist: `chain_tasks.py BASE`; its steps run on the queue `steps`."""

import json
import sys

from clearml import PipelineController

pipe = PipelineController(
    "chain of tasks", "sessions/pipelines", version="1.0", auto_version_bump=False, pool_frequency=0.02
)
pipe.set_default_execution_queue("steps")
pipe.add_parameter("rate", 0.25)
pipe.add_step("first", base_task_id=sys.argv[1], parameter_override={"Args/lr": "${pipeline.rate}"})
pipe.add_step(
    "second",
    parents=["first"],
    base_task_id=sys.argv[1],
    parameter_override={"Args/lr": "0.75", "Args/layers": "${first.parameters.Args/layers}"},
    monitor_metrics=[("loss", "validation")],
)
pipe.start_locally()
nodes = {name: node.executed for name, node in pipe.get_processed_nodes().items()}
print("ANSWER" + json.dumps({"id": pipe.id, "nodes": nodes, "good": pipe.is_successful()}))
