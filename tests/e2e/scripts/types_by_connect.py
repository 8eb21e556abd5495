"""A training script that writes down what it received, through `Task.connect`."""

import json
from pathlib import Path

from clearml import Task

task = Task.init(
    project_name="e2e", task_name="types by connect", auto_connect_frameworks=False, auto_resource_monitoring=False
)
settings = {
    "folder": str(Path.cwd()),
    "epochs": 3,
    "rate": 0.1,
    "layers": 2,
    "shuffle": True,
    "optimizer": "adam",
    "clip": None,
    "seconds": 0.0,
}
settings = task.connect(settings)
Path(settings["folder"], f"{task.id}.json").write_text(json.dumps(settings), encoding="utf-8")
for iteration in range(1, settings["epochs"] + 1):
    task.get_logger().report_scalar("loss", "validation", value=settings["rate"] / iteration, iteration=iteration)
    if settings["seconds"]:
        import time

        task.flush()
        time.sleep(settings["seconds"])
