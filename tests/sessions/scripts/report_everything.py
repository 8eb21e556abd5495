"""A task that uses whatever the SDK has for telling of a training."""

import argparse
import io
import json

import numpy as np
from clearml import Task

task = Task.init("sessions/reporting", "reports everything", tags=["first"], auto_resource_monitoring=False)
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1)
parser.add_argument("--layers", type=int, default=2)
parser.parse_args(["--lr", "0.25"])
task.connect({"depth": 3, "nested": {"name": "a b"}, "flag": True}, name="Model")
task.connect_configuration({"seed": 7}, name="numbers")
task.set_user_properties(owner="me", rank={"type": "int", "value": 3, "description": "how good"})
task.add_tags(["second"])
task.set_comment("a comment")
task.set_progress(40)

logger = task.get_logger()
for step in range(5):
    logger.report_scalar("loss", "train", 1 / (step + 1), step)
    logger.report_scalar("loss", "validation", 2 / (step + 1), step)
logger.report_single_value("final", 0.5)
logger.report_table("a table", "rows", 0, table_plot=[["a", "b"], [1, 2]])
logger.report_histogram("a histogram", "h", [1, 2, 3], iteration=0)
logger.report_scatter2d("a scatter", "s", [[0, 1], [1, 2]], iteration=0)
logger.report_confusion_matrix("a matrix", "m", np.eye(2), iteration=0)
logger.report_text("said by the logger")
logger.report_image("an image", "black", 0, image=np.zeros((8, 8, 3), dtype=np.uint8))
logger.report_media("a text", "media", 0, stream=io.StringIO("hello"), file_extension=".txt")
print("said on the console")
task.flush(wait_for_uploads=True)
progress = task.get_progress()
task.close()

seen = Task.get_task(task_id=task.id)
print(
    "ANSWER"
    + json.dumps(
        {
            "id": task.id,
            "status": seen.get_status(),
            "parameters": seen.get_parameters(cast=True),
            "configuration": seen.get_configuration_object_as_dict("numbers"),
            "properties": {name: row["value"] for name, row in seen.get_user_properties().items()},
            "tags": sorted(seen.get_tags()),
            "comment": seen.comment,
            "progress": progress,
            "last": seen.get_last_scalar_metrics(),
            "curve": seen.get_reported_scalars()["loss"]["train"],
            "all_scalars": sorted(seen.get_all_reported_scalars()),
            "single": seen.get_reported_single_values(),
            "one": seen.get_reported_single_value("final"),
            "plots": sorted(plot["metric"] for plot in seen.get_reported_plots()),
            "samples": [image["url"] for image in seen.get_debug_samples("an image", "black")],
            "iteration": seen.get_last_iteration(),
            "console": "".join(seen.get_reported_console_output(number_of_reports=50)),
        }
    )
)
