"""A training with all that the SDK does by default: its own reporting process, and a watch on the machine."""

import json

from clearml import Task

task = Task.init("sessions/plain", "trains plainly")
for step in range(3):
    task.get_logger().report_scalar("loss", "train", 1 / (step + 1), step)
print("said plainly")
print("ANSWER" + json.dumps(task.id))
