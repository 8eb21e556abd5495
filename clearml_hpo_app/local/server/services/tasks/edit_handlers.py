"""Requests that edit a task as a whole.

https://clear.ml/docs/latest/docs/references/api/tasks
"""

from typing import Any

from clearml_hpo_app.local.server.catalog import TASKS
from clearml_hpo_app.local.server.documents import Document
from clearml_hpo_app.local.server.faults import Fault, unknown_task
from clearml_hpo_app.local.server.registry import IDS_AND_TAGS, TEXTS, Call, operation, required
from clearml_hpo_app.local.server.schema import Schema
from clearml_hpo_app.local.server.services.tasks import content, record, states

_ALWAYS_EDITABLE = ("name", "comment", "tags", "system_tags", "project")
_RUNTIME = required("task", add_or_update={"type": "object"}, remove=TEXTS)
_LINE: Schema = {
    "properties": {
        **{name: {"type": "string"} for name in ("task", "name", "comment", "project")},
        **dict.fromkeys(("tags", "system_tags"), TEXTS),
    }
}
# Changing these alone is no news of the task's run: `last_update` stays.
_LIGHT = frozenset({"name", "comment", "tags", "system_tags", "project"})


@operation("tasks.update", writes=True)
def update(call: Call) -> Document:
    """Change name, comment, tags or project, at any status; other fields are ignored."""
    fields = _update(call, call.body)
    return {"fields": fields, "updated": int(bool(fields))}


@operation("tasks.update_batch", writes=True, batch=True, schema=_LINE)
def update_batch(call: Call) -> Document:
    """Do `update` for every line, all or none."""
    if not call.lines:
        raise Fault(400, 17, "Batch request contains no items")
    return {"updated": sum(bool(_update(call, line)) for line in call.lines)}


@operation("tasks.edit", writes=True)
def edit(call: Call) -> Document:
    """Change any field of a task that did not run yet (of any other with `force`)."""
    task = record.fetch(call, call.body["task"], None)
    if task["status"] not in states.EDITABLE and not call.body.get("force"):
        text = "Invalid task status"
        raise Fault(400, 110, text, expected=states.CREATED, status=task["status"])
    fields = content.given(call, task)
    if not fields:
        return {"fields": {}, "updated": 0}
    record.check_references(call.db, fields)
    fields |= record.touched(call, content=not set(fields) <= _LIGHT)
    record.save(call.db, task["id"], fields)
    return {"fields": fields, "updated": 1}


@operation("tasks.update_tags", writes=True, schema=IDS_AND_TAGS)
def update_tags(call: Call) -> Document:
    """Add and remove tags of many tasks; counts one for each task and direction that was asked for."""
    tasks = record.known(call, call.body["ids"])
    add, remove = call.body.get("add_tags") or [], call.body.get("remove_tags") or []
    for task in tasks:
        tags = sorted((set(task["tags"]) | set(add)) - set(remove))
        record.save(call.db, task["id"], {"tags": tags, **record.touched(call, content=False)})
    return {"updated": len(tasks) * (bool(add) + bool(remove))}


@operation("tasks.set_requirements", writes=True)
def set_requirements(call: Call) -> Document:
    """Set the packages that a task needs, at any status."""
    task = record.fetch(call, call.body["task"], ["script"])
    changes = {"script": {**task["script"], "requirements": call.body["requirements"]}, **record.touched(call)}
    record.save(call.db, task["id"], changes)
    return {"fields": {}, "updated": 1}


@operation("tasks.edit_runtime", writes=True, schema=_RUNTIME)
def edit_runtime(call: Call) -> Document:
    """Add, change and remove entries of a task's runtime map."""
    task = record.fetch(call, call.body["task"], ["runtime"])
    states.must_be(task["status"], states.WRITABLE_WHILE_RUNNING, force=bool(call.body.get("force")))
    add, remove = call.body.get("add_or_update") or {}, call.body.get("remove") or []
    if not add and not remove:
        return {"updated": 0}
    runtime = {**task["runtime"], **{_escaped(key): value for key, value in add.items()}}
    for key in remove:
        runtime.pop(_escaped(key), None)
    record.save(call.db, task["id"], {"runtime": runtime, **record.touched(call)})
    return {"updated": 1}


def _update(call: Call, body: Document) -> Document:
    task = TASKS.fetch(call.db, _id(body), [])
    if task is None:
        raise unknown_task(call.caller.company, _id(body))
    wanted = {name: body[name] for name in _ALWAYS_EDITABLE if body.get(name) is not None}
    narrow = Call(**{**vars(call), "body": wanted})
    fields = content.given(narrow, task)
    if fields:
        record.check_references(call.db, fields)
        fields |= record.touched(call, content=False)
        record.save(call.db, task["id"], fields)
    return fields


def _id(body: Document) -> Any:
    if "task" not in body:
        raise Fault(500, 0, "'task'")
    return body["task"]


def _escaped(key: str) -> str:
    """The real server answers these keys as it stores them."""
    safe = key.replace("%", "%25").replace(".", "%2E").replace("$", "%24")
    return f"%{safe}" if safe.startswith("_") else safe
