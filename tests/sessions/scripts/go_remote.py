"""A script that begins by hand and goes on under an agent."""

import json

from clearml import Task

task = Task.init("sessions/remote", "goes remote", auto_connect_frameworks=False, auto_resource_monitoring=False)
settings = task.connect({"rate": 0.25, "steps": 2})
print("ANSWER" + json.dumps(task.id), flush=True)
task.execute_remotely(queue_name="remote", exit_process=True)
for step in range(settings["steps"]):
    task.get_logger().report_scalar("loss", "train", settings["rate"] * step, step)
task.upload_artifact("where", {"remote": not Task.running_locally()})
