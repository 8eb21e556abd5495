"""A task that may be run again and again: `run_again.py KIND` says how it treats the task of the last run."""

import json
import sys

from clearml import Task

WAYS = {
    "usual": {},
    "new": {"reuse_last_task_id": False},
    "continued": {"continue_last_task": True},
    "continued at 100": {"continue_last_task": 100},
}
way, *last = sys.argv[1:]
reused = {"reuse_last_task_id": last[0]} if last else {}
task = Task.init(
    "sessions/again",
    "runs again",
    auto_connect_arg_parser=False,
    auto_resource_monitoring=False,
    **WAYS[way],
    **reused,
)
for step in range(3):
    task.get_logger().report_scalar("loss", "train", step, step)
task.flush(wait_for_uploads=True)
task.close()
seen = Task.get_task(task_id=task.id)
print(
    "ANSWER" + json.dumps([task.id, seen.get_reported_scalars()["loss"]["train"]["x"], seen.get_last_iteration()])
)
