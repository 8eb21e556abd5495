"""A task that keeps artifacts of several types; another look at the task gets them back from the server."""

import json
from pathlib import Path

import numpy as np
from clearml import Task
from PIL import Image

task = Task.init("sessions/artifacts", "keeps artifacts", auto_resource_monitoring=False)
Path("notes.txt").write_text("from a file", encoding="utf-8")
folder = Path("folder")
folder.mkdir()
for name in ("a", "b"):
    (folder / f"{name}.txt").write_text(name, encoding="utf-8")
task.upload_artifact("dictionary", {"k": [1, 2]}, metadata={"made": "here"})
task.upload_artifact("array", np.arange(6).reshape(2, 3))
task.upload_artifact("text", "a text")
task.upload_artifact("file", Path("notes.txt"))
task.upload_artifact("folder", folder)
task.upload_artifact("image", Image.new("RGB", (4, 3), "red"))
task.upload_artifact("object", {1, 2, 3}, auto_pickle=True)
task.upload_artifact("removed", "a mistake", wait_on_upload=True)
task.flush(wait_for_uploads=True)
removed = task.delete_artifacts(["removed"])
task.close()

seen = Task.get_task(task_id=task.id).artifacts
unpacked = Path(seen["folder"].get_local_copy(extract_archive=True))
print(
    "ANSWER"
    + json.dumps(
        {
            "id": task.id,
            "removed": removed,
            "names": sorted(seen),
            "dictionary": seen["dictionary"].get(force_download=True),
            "metadata": dict(seen["dictionary"].metadata),
            "array": seen["array"].get(force_download=True).tolist(),
            "text": seen["text"].get(force_download=True),
            "file": Path(seen["file"].get_local_copy(force_download=True)).read_text(encoding="utf-8"),
            "folder": {path.name: path.read_text(encoding="utf-8") for path in unpacked.iterdir()},
            "image": seen["image"].get(force_download=True).size,
            "object": sorted(seen["object"].get(force_download=True)),
            "types": {name: artifact.type for name, artifact in seen.items()},
            "hashes": sorted({len(artifact.hash) for artifact in seen.values() if artifact.hash}),
        }
    )
)
