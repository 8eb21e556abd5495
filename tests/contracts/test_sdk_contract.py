"""The unmodified SDK, in a process of its own, does with the server what it does with ClearML's."""

import json
from collections.abc import Callable

from api_calls import Api

_TRAINING = """
import argparse, json
from clearml import OutputModel, Task

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1)
task = Task.init("PLACE", "train", auto_connect_frameworks=False, auto_resource_monitoring=False)
parser.parse_args()
task.connect({"depth": 3}, name="General")
task.set_user_properties(owner="me")
logger = task.get_logger()
for step in range(5):
    logger.report_scalar("loss", "train", 1 / (step + 1), step)
logger.report_single_value("final", 0.5)
logger.report_table("a table", "rows", 0, table_plot=[["a", "b"], [1, 2]])
task.upload_artifact("numbers", {"k": 1})
print("said on the console")
task.flush(wait_for_uploads=True)
task.close()
seen = Task.get_task(task_id=task.id)
clone = Task.clone(seen, name="a clone")
clone.set_parameters({"Args/lr": 0.5})
Task.enqueue(clone, queue_name="PLACE")
queued = clone.get_status()
Task.dequeue(clone)
print("ANSWER" + json.dumps({
    "id": task.id,
    "status": seen.get_status(),
    "parameters": seen.get_parameters(),
    "artifact": seen.artifacts["numbers"].get(),
    "last": seen.get_last_scalar_metrics(),
    "curve": seen.get_reported_scalars()["loss"]["train"]["x"],
    "plots": len(seen.get_reported_plots()),
    "queued": queued,
    "listed": sorted(found.name for found in Task.get_tasks(project_name="PLACE")),
}))
"""


def test_a_training_script_is_recorded_and_read_back(api: Api, run_script: Callable[[str], str]) -> None:
    place = api.name("SDK contract")
    api("queues.create", name=place)
    said = run_script(_TRAINING.replace("PLACE", place))
    answer = json.loads(said.split("ANSWER")[1].splitlines()[0])
    assert answer["status"] == "completed"
    assert answer["parameters"] == {"Args/lr": "0.1", "General/depth": "3", "properties/owner": "me"}
    assert answer["artifact"] == {"k": 1}
    assert answer["last"]["loss"]["train"] == {"last": 0.2, "min": 0.2, "max": 1.0}
    assert (answer["curve"], answer["plots"], answer["queued"]) == ([0, 1, 2, 3, 4], 1, "queued")
    assert answer["listed"] == ["a clone", "train"]
    log = api("events.get_task_log", task=answer["id"], batch_size=100)["events"]
    assert any("said on the console" in event["msg"] for event in log)
