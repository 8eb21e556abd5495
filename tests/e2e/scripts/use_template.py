"""What a person does with the template task, through the SDK: clone it, edit the clone, enqueue it."""

import json
import sys

from clearml import Task

order = json.loads(sys.argv[1])
clone = Task.clone(source_task=order["template"], name="cloned from the template")
for name, value in order["settings"].items():
    clone.set_parameter(f"HPO/{name}", value)
for name, text in order["objects"].items():
    clone.set_configuration_object(name, config_text=text)
Task.enqueue(clone, queue_name=order["queue"])
print("CLONE", clone.id)
