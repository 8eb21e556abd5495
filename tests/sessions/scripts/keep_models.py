"""A task that makes a model with a file, and a second one that starts from it."""

import json
from pathlib import Path

from clearml import InputModel, Model, OutputModel, Task

Path("weights.bin").write_bytes(b"weights")
maker = Task.init("sessions/models", "makes a model", output_uri=True, auto_resource_monitoring=False)
made = OutputModel(task=maker, name="the model", framework="PyTorch", tags=["fresh"], label_enumeration={"cat": 1})
made.update_weights("weights.bin", iteration=3, async_enable=False)
made.update_design(config_dict={"layers": 2})
made.set_metadata("quality", "0.5", "float")
made.wait_for_uploads()
draft = OutputModel(task=maker, name="the draft")
draft.update_weights(register_uri="file:///draft.bin")
draft.report_scalar("accuracy", "test", 0.75, 3)  # sent when this script ends
maker.close()
made.publish()

user = Task.init("sessions/models", "uses a model", auto_resource_monitoring=False)
start = InputModel(model_id=made.id)
user.connect(start)
outside = InputModel.import_model("file:///elsewhere.bin", name="from elsewhere", project="sessions/models")
user.connect(outside)
user.close()

seen_maker, seen_user = Task.get_task(task_id=maker.id), Task.get_task(task_id=user.id)
found = Model.query_models(project_name="sessions/models", tags=["fresh"], only_published=True)
elsewhere = Model.query_models(model_name="from elsewhere")
print(
    "ANSWER"
    + json.dumps(
        {
            "maker": maker.id,
            "model": made.id,
            "draft": draft.id,
            "outputs": [model.id for model in seen_maker.models["output"]],
            "inputs": sorted(model.name for model in seen_user.models["input"]),
            "weights": Path(found[0].get_local_copy()).read_text(encoding="utf-8"),
            "found": [[model.id, model.name, model.tags, model.framework, model.published] for model in found],
            "labels": found[0].labels,
            "design": found[0].config_dict,
            "metadata": found[0].get_all_metadata(),
            "task": found[0].task,
            "elsewhere": [model.url for model in elsewhere],
            "refused": not Model.remove(elsewhere[0], delete_weights_file=False),  # a task uses it
            "deleted": Model.remove(elsewhere[0], delete_weights_file=False, force=True),
            "left": len(Model.query_models(model_name="from elsewhere")),
        }
    )
)
