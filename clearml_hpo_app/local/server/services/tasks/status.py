"""The life of a task: queued, started, stopped, failed, completed, published, archived."""

from typing import Any

from clearml_hpo_app.local.server.catalog import PROJECTS, TASKS
from clearml_hpo_app.local.server.documents import Document
from clearml_hpo_app.local.server.identity import USER_NAME
from clearml_hpo_app.local.server.moments import echoed, seconds_since, stored
from clearml_hpo_app.local.server.registry import Call
from clearml_hpo_app.local.server.services.queues import entries
from clearml_hpo_app.local.server.services.queues import model as queues
from clearml_hpo_app.local.server.services.tasks import record, states
from clearml_hpo_app.local.server.services.workers import roster


def change(
    call: Call, task: Document, status: str, *, reason: str = "", message: str = "", **more: Any
) -> Document:
    """Set a task's status with its reason and message (always both) and return the fields that changed."""
    fields = {
        "status": status,
        "status_reason": reason,
        "status_message": message,
        "status_changed": echoed(call.now),
        **record.touched(call),
        **more,
    }
    record.save(call.db, task["id"], fields)
    if task.get("project"):
        PROJECTS.update(call.db, task["project"], {"last_update": stored(call.now)})
    return fields


def _texts(call: Call) -> dict[str, str]:
    body = call.body
    return {"reason": body.get("status_reason") or "", "message": body.get("status_message") or ""}


def enqueue(call: Call, key: str) -> Document:
    """Put a task into the queue that the request names (by id, by name: made if need be, or the default)."""
    task = record.fetch(call, key, ["execution"])
    queue = _target_queue(call)
    before = task["status"]
    if before == states.QUEUED:
        entries.remove_elsewhere(call.db, key, queue)
        before = task.get("enqueue_status") or states.CREATED
    else:
        states.step("enqueue", before, force=False)
    entries.add(call.db, queue, key, call.now)
    TASKS.update(call.db, key, {"execution": {**task["execution"], "queue": queue}})
    more = {"enqueue_status": before, "execution.queue": queue}
    return change(call, task, states.QUEUED, **_texts(call), **more)


def _target_queue(call: Call) -> str:
    if call.body.get("queue"):
        return str(queues.fetch(call.db, call.caller.company, call.body["queue"])["id"])
    name = call.body.get("queue_name")
    if name:
        found = queues.by_name(call.db, name)
        return found or queues.create(call.db, call.caller.company, call.now, name=name)
    return queues.default(call.db, call.caller.company, call.now)


def dequeue(call: Call, key: str) -> Document:
    """Take a task out of its queue, back to the status before it; nothing happens to one that is final."""
    task = TASKS.fetch(call.db, key, [])
    entries.remove_everywhere(call.db, key)
    new = call.body.get("new_status")
    if task is None or (not new and task["status"] not in (states.QUEUED, states.RUNNING)):
        return {}
    status = new or (task["status"] == states.QUEUED and task.get("enqueue_status")) or states.CREATED
    return change(call, task, status, **_texts(call), enqueue_status=None)


def send_back(call: Call, key: str, reason: str) -> None:
    """Return a task that lost its queue to the status before it; nothing happens when it was not queued."""
    task = TASKS.fetch(call.db, key, ["execution"])
    if task is None or task["status"] != states.QUEUED:
        return
    execution = {name: value for name, value in task["execution"].items() if name != "queue"}
    TASKS.update(call.db, key, {"execution": execution})
    change(call, task, task.get("enqueue_status") or states.CREATED, reason=reason, enqueue_status=None)


def started(call: Call, key: str) -> Document:
    """Note that a task runs; one that did not run before starts anew and keeps its metrics."""
    task = record.fetch(call, key)
    status = states.step("started", task["status"], force=bool(call.body.get("force")))
    more: Document = {}
    if task["status"] != states.RUNNING:
        TASKS.update(call.db, key, {"completed": None, "active_duration": None})
        more["started"] = echoed(call.now)
    return change(call, task, status, **_texts(call), **more)


def finished(call: Call, key: str, verb: str) -> Document:
    """Note that a task ended (`stopped`, `failed`, `completed`)."""
    task = record.fetch(call, key)
    status = states.step(verb, task["status"], force=bool(call.body.get("force")))
    return change(call, task, status, **_texts(call), completed=echoed(call.now))


def stop(call: Call, key: str) -> Document:
    """Stop a task: at once, or by asking the worker that runs it, which then ends it and says so."""
    task = record.fetch(call, key)
    status = states.step("stop", task["status"], force=bool(call.body.get("force")))
    reason = _texts(call)["reason"]
    if task["status"] == states.RUNNING and roster.runs(call.db, call.now, key):
        return change(call, task, states.RUNNING, reason=reason, message="stopping")
    entries.remove_everywhere(call.db, key)
    return change(call, task, status, reason=reason, message=f"Stopped by {USER_NAME}")


def close(call: Call, key: str) -> Document:
    """Close a stopped task (of old clients)."""
    task = record.fetch(call, key)
    status = states.step("close", task["status"], force=bool(call.body.get("force")))
    return change(call, task, status, **_texts(call))


def publish(call: Call, key: str) -> Document:
    """Publish a task: from then on only `force` changes it."""
    task = record.fetch(call, key)
    status = states.step("publish", task["status"], force=bool(call.body.get("force")))
    more = {"published": echoed(call.now), "output": task.get("output", {})}
    return change(call, task, status, **_texts(call), **more)


def archive(call: Call, key: str) -> Document:
    """Tag a task as archived; it leaves its queue, and its status texts become the request's (or empty)."""
    task = record.fetch(call, key)
    if entries.remove_everywhere(call.db, key) and task["status"] == states.QUEUED:
        change(call, task, task.get("enqueue_status") or states.CREATED, enqueue_status=None)
    _tag(call, key, sorted({*task["system_tags"], "archived"}))
    return {"archived": True}


def unarchive(call: Call, key: str) -> Document:
    """Take the archived tag away, and the status texts with it."""
    task = record.fetch(call, key)
    _tag(call, key, [tag for tag in task["system_tags"] if tag != "archived"])
    return {"unarchived": True}


def _tag(call: Call, key: str, system_tags: list[str]) -> None:
    texts = _texts(call)
    changes = {"status_reason": texts["reason"], "status_message": texts["message"]}
    changes |= record.touched(call, content=False)
    record.save(call.db, key, {"system_tags": system_tags, **changes})


def ping(call: Call, key: str) -> None:
    """Note that a task is alive. An unknown one is no fault."""
    task = TASKS.fetch(call.db, key, [])
    if task is not None:
        TASKS.update(call.db, key, alive(call, task))


def alive(call: Call, task: Document) -> Document:
    """Return the fields that a sign of life of `task` sets."""
    times: Document = {"last_update": stored(call.now), "last_change": stored(call.now)}
    if task["status"] == states.RUNNING:
        times["active_duration"] = seconds_since(task.get("started"), call.now)
    return times
