"""A person who manages tasks: makes, edits, clones, queues, marks, moves and deletes them."""

import json

from clearml import Task
from clearml.backend_api.session.client import APIClient

PROJECT = "sessions/managing"
answer = {}


def statuses():
    return [str(Task.get_task(clone.id).get_status()) for clone in clones]


base = Task.create(
    project_name=PROJECT,
    task_name="base",
    script="/none/train.py",
    add_task_init_call=False,
    packages=["numpy"],
    argparse_args=[("lr", "0.1")],
)
base.update_parameters({"General/mode": "plain"})
base.set_base_docker("an/image", docker_arguments="-e A=1")
base.set_script(entry_point="other.py", diff="print(1)")
base.set_packages(["scipy"])
seen = Task.get_task(base.id)
script = seen.data.script
answer["script"] = [script.entry_point, script.diff, script.requirements["pip"].strip()]
answer["docker"] = seen.get_base_docker()

clones = [Task.clone(base, name=f"clone {number}") for number in range(4)]
clones[0].set_parameter("Args/lr", 0.5)
clones[0].update_parameters({"Args/new": "x"})
clones[0].delete_parameter("General/mode")
answer["parameters"] = Task.get_task(clones[0].id).get_parameters()
answer["parents"] = sorted({Task.get_task(clone.id).parent for clone in clones}) == [base.id]

APIClient().queues.create(name="managed")
Task.enqueue(clones[0], queue_name="managed")
answer["enqueued"] = statuses()
Task.dequeue(clones[0])
answer["dequeued"] = statuses()
for clone in clones:
    clone.mark_started()
answer["started"] = statuses()
clones[0].mark_completed(status_message="done")
clones[1].mark_failed(status_reason="a reason", status_message="a message")
clones[2].mark_stopped(status_message="enough")
answer["marked"] = statuses()
failed = Task.get_task(clones[1].id).data
answer["texts"] = [failed.status_reason, failed.status_message]
clones[0].publish()
clones[2].reset(set_started_on_success=False, force=True)
clones[3].set_name("renamed")
clones[3].set_archived(True)
answer["after"] = statuses()
answer["archived"] = [Task.get_task(clones[3].id).name, Task.get_task(clones[3].id).get_archived()]

clones[1].move_to_project(new_project_name=f"{PROJECT}/elsewhere")
answer["moved"] = [task.name for task in Task.get_tasks(project_name=f"{PROJECT}/elsewhere")]
answer["deleted"] = bool(clones[2].delete())
answer["left"] = sorted(task.name for task in Task.get_tasks(task_filter={"parent": base.id}))
imported = Task.import_task({**seen.export_task(), "id": None, "name": "imported"})
answer["imported"] = [imported.name, imported.id != base.id, imported.get_parameters()["Args/lr"]]
print("ANSWER" + json.dumps(answer))
