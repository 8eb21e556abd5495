"""A person who looks for tasks, by whatever the SDK can look by."""

import json

from clearml import Task

PROJECT = "sessions/finding"
KINDS = {"red": ["warm"], "orange": ["warm", "mixed"], "green": ["cold", "mixed"], "blue": ["cold"]}
made = {}
for name, tags in KINDS.items():
    made[name] = Task.create(project_name=PROJECT, task_name=name)
    made[name].set_tags(tags)
    made[name].set_parameters({"Args/length": len(name)})
inside = Task.create(project_name=f"{PROJECT}/inside", task_name="reddish")
inside.set_parent(made["red"])
made["red"].mark_started()
made["green"].mark_started()
made["green"].mark_failed()
made["blue"].set_archived(True)


def found(**asked):
    return [task.name for task in Task.get_tasks(**asked)]


def in_project(**asked):
    return found(project_name=PROJECT, task_filter={"order_by": ["name"], **asked})


rows = Task.query_tasks(
    project_name=PROJECT,
    additional_return_fields=["name", "hyperparams"],
    task_filter={"order_by": ["-hyperparams.Args.length.value", "name"]},
)
answer = {
    "project": in_project(),
    "below": in_project(search_hidden=True, _allow_extra_fields_=True, include_subprojects=True),
    "by_name": found(project_name=PROJECT, task_name="^re"),
    "by_exact_name": Task.get_task(project_name=PROJECT, task_name="red").id == made["red"].id,
    "by_tag": sorted(found(project_name=PROJECT, tags=["warm"])),
    "by_any_tag": sorted(found(project_name=PROJECT, tags=["__$any", "warm", "mixed"])),
    "by_all_tags": found(project_name=PROJECT, tags=["__$all", "warm", "mixed"]),
    "without_tag": found(project_name=PROJECT, tags=["warm", "__$not", "mixed"]),
    "by_status": in_project(status=["in_progress", "failed"]),
    "by_parent": found(task_filter={"parent": made["red"].id}),
    "by_ids": sorted(found(task_ids=[made["red"].id, inside.id])),
    "unarchived": sorted(found(project_name=PROJECT, allow_archived=False)),
    "pattern": in_project(_any_={"fields": ["name"], "pattern": "RE"}),
    "queried": Task.query_tasks(project_name=PROJECT, task_name="^blue$") == [made["blue"].id],
    "rows": [[row["name"], row["hyperparams"]["Args"]["length"].value] for row in rows],
    "projects": sorted(p.name for p in Task.get_projects() if p.name.startswith(PROJECT)),
    "project_id": Task.get_project_id(PROJECT) == made["red"].data.project,
}
print("ANSWER" + json.dumps(answer))
