"""Requests that make tasks or move them.

https://clear.ml/docs/latest/docs/references/api/tasks
"""

import copy

from clearml_hpo_app.local.server.catalog import PROJECTS, TASKS
from clearml_hpo_app.local.server.documents import Document
from clearml_hpo_app.local.server.faults import Fault
from clearml_hpo_app.local.server.moments import stored
from clearml_hpo_app.local.server.registry import IDS, Call, operation
from clearml_hpo_app.local.server.schema import Schema
from clearml_hpo_app.local.server.services.projects import tree
from clearml_hpo_app.local.server.services.tasks import content, record

_NEW: Schema = {"required": ["name", "type"], "properties": {"runtime": {"type": "object"}}}
_CLEARED = (
    "status_reason",
    "status_message",
    "status_changed",
    "started",
    "completed",
    "published",
    "active_duration",
    "last_worker",
    "last_worker_report",
    "enqueue_status",
    "report",
)


@operation("tasks.create", writes=True, schema=_NEW)
def create(call: Call) -> Document:
    """Make a task."""
    task = record.blank(call.caller, call.now, call.body["name"], call.body["type"])
    task |= {name: value for name, value in content.given(call, task).items() if value is not None}
    record.check_references(call.db, task)
    return {"id": _insert(call, task)}


@operation("tasks.clone", writes=True)
def clone(call: Call) -> Document:
    """Copy what describes a task into a new one, with the request's changes."""
    source = TASKS.fetch(call.db, call.body["task"])
    if source is None:
        raise Fault(400, 101, "Invalid task id", id=call.body["task"])
    parent = call.body.get("new_task_parent")
    if parent and TASKS.fetch(call.db, parent, []) is None:
        raise Fault(400, 101, "Invalid task id (invalid parent)", parent=parent)
    project, made = _project(call, source)
    blank = record.blank(call.caller, call.now, call.body.get("new_task_name") or source["name"], source["type"])
    task = {
        **{name: value for name, value in source.items() if name not in _CLEARED},
        **{
            name: blank[name] for name in ("id", "name", "user", "status", "created", "last_update", "last_change")
        },
        **{
            name: blank[name]
            for name in ("last_iteration", "last_metrics", "unique_metrics", "metric_stats", "runtime")
        },
        "last_changed_by": call.caller.user,
        "parent": parent or source.get("parent") or source["id"],
        "project": project,
        "system_tags": [tag for tag in source["system_tags"] if tag != "development"],
        "execution": _execution(call, source),
        "models": {"input": source["models"]["input"], "output": []},
        **_changes(call),
    }
    task = {name: value for name, value in task.items() if value is not None}
    return {"id": _insert(call, task), **({"new_project": made} if made else {})}


@operation("tasks.move", writes=True, schema=IDS)
def move(call: Call) -> Document:
    """Move tasks to a project, by id or by name (made if need be)."""
    project = tree.target(call)
    moved = record.known(call, call.body["ids"])
    for task in moved:
        TASKS.update(call.db, task["id"], {"project": project, "last_change": stored(call.now)})
    for touched in {project, *(task["project"] for task in moved if task.get("project"))}:
        PROJECTS.update(call.db, touched, {"last_update": stored(call.now)})
    return {"project_id": project}


def _insert(call: Call, task: Document) -> str:
    TASKS.insert(call.db, task)
    if task.get("project"):
        PROJECTS.update(call.db, task["project"], {"last_update": stored(call.now)})
    return str(task["id"])


def _project(call: Call, source: Document) -> tuple[str | None, Document | None]:
    name, project = call.body.get("new_project_name"), call.body.get("new_task_project")
    if name and not project:
        before = tree.by_name(call.db, name)
        key = before or tree.ensure(call, name)
        return key, None if before else {"id": key, "name": name}
    if project and PROJECTS.fetch(call.db, project) is None:
        raise Fault(400, 401, "Invalid project id", id=project)
    return project or source.get("project"), None


def _execution(call: Call, source: Document) -> Document:
    execution = copy.deepcopy(source["execution"])
    execution.pop("queue", None)
    execution["artifacts"] = [item for item in execution["artifacts"] if item.get("mode") == "input"]
    overrides = call.body.get("execution_overrides") or {}
    return {**execution, **{k: v for k, v in overrides.items() if k in ("docker_cmd", "model_labels")}}


def _changes(call: Call) -> Document:
    """Return what the request puts in place of the source's; an empty map means "as the source"."""
    body = call.body
    changes: Document = {}
    if body.get("new_task_comment") is not None:
        changes["comment"] = body["new_task_comment"]
    for name in ("tags", "system_tags"):
        if body.get(f"new_task_{name}") is not None:
            changes[name] = record.as_lists(body[f"new_task_{name}"], name)
    for name in ("hyperparams", "configuration", "container"):
        if body.get(f"new_task_{name}"):
            changes[name] = body[f"new_task_{name}"]
    models = body.get("new_task_input_models")
    if models is not None:
        changes["models"] = {"input": [content.model_entry(call, item) for item in models], "output": []}
    return changes
