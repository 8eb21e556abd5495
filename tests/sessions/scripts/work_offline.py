"""A task that runs without a server and is brought to it afterwards."""

import json
import sys
from pathlib import Path

from clearml import Task

if sys.argv[1] == "work":
    Task.set_offline(True)
    task = Task.init(
        "sessions/offline", "works offline", auto_connect_arg_parser=False, auto_resource_monitoring=False
    )
    task.connect({"rate": 0.5}, name="General")
    for step in range(3):
        task.get_logger().report_scalar("loss", "train", 1 / (step + 1), step)
    task.get_logger().report_table("a table", "rows", 0, table_plot=[["a"], [1]])
    task.upload_artifact("kept", {"k": 1})
    print("said offline")
    task.close()
    print("ANSWER" + json.dumps(str(task.get_offline_mode_folder())))
else:
    folder = Path(sys.argv[2])
    key = Task.import_offline_session(str(folder) + ".zip")
    seen = Task.get_task(task_id=key)
    print(
        "ANSWER"
        + json.dumps(
            {
                "id": key,
                "name": seen.name,
                "status": seen.get_status(),
                "parameters": seen.get_parameters(),
                "curve": seen.get_reported_scalars()["loss"]["train"]["x"],
                "plots": [plot["metric"] for plot in seen.get_reported_plots()],
                "artifact": seen.artifacts["kept"].get(),
                "console": "said offline" in "".join(seen.get_reported_console_output(50)),
            }
        )
    )
