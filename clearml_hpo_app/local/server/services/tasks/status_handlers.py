"""Requests that change a task's status.

https://clear.ml/docs/latest/docs/references/api/tasks
"""

from collections.abc import Callable

from clearml_hpo_app.local.server.catalog import MODELS
from clearml_hpo_app.local.server.documents import Document
from clearml_hpo_app.local.server.faults import Fault
from clearml_hpo_app.local.server.registry import IDS, Call, operation, required
from clearml_hpo_app.local.server.services.tasks import record, removal, status
from clearml_hpo_app.local.server.services.workers import roster

_TASK = required("task")


def _one(call: Call, act: Callable[[Call, str], Document], **more: object) -> Document:
    fields = act(call, call.body["task"])
    return {"fields": fields, "updated": int(bool(fields)), **more}


def _many(call: Call, act: Callable[[Call, str], Document], **more: object) -> Document:
    def one(key: str) -> Document:
        fields = act(call, key)
        return {"fields": fields, "updated": int(bool(fields)), **more}

    return call.each(one, call.body["ids"])


@operation("tasks.enqueue", writes=True)
def enqueue(call: Call) -> Document:
    """Put a task into a queue."""
    answer = _one(call, status.enqueue, queued=1)
    if call.body.get("verify_watched_queue"):
        queue = answer["fields"]["execution.queue"]
        workers = roster.alive(call.db, call.now)
        answer["queue_watched"] = any(queue in worker["queues"] for worker in workers)
    return answer


@operation("tasks.enqueue_many", writes=True, schema=IDS)
def enqueue_many(call: Call) -> Document:
    """Put tasks into a queue."""
    return _many(call, status.enqueue, queued=True)


@operation("tasks.dequeue", writes=True, schema=_TASK)
def dequeue(call: Call) -> Document:
    """Take a task out of its queue."""
    return _one(call, status.dequeue, dequeued=1)


@operation("tasks.dequeue_many", writes=True, schema=IDS)
def dequeue_many(call: Call) -> Document:
    """Take tasks out of their queues."""
    return _many(call, status.dequeue, dequeued=True)


@operation("tasks.started", writes=True, schema=_TASK)
def started(call: Call) -> Document:
    """Note that a task runs."""
    try:
        return _one(call, status.started, started=1)
    except Fault as fault:
        if fault.subcode == 101:
            raise Fault(400, 10, "Invalid object id", task=None) from fault
        raise


@operation("tasks.stop", writes=True, schema=_TASK)
def stop(call: Call) -> Document:
    """Stop a task."""
    return _one(call, status.stop)


@operation("tasks.stop_many", writes=True, schema=IDS)
def stop_many(call: Call) -> Document:
    """Stop tasks."""
    return _many(call, status.stop)


@operation("tasks.stopped", writes=True, schema=_TASK)
def stopped(call: Call) -> Document:
    """Note that a task was stopped."""
    return _one(call, lambda c, key: status.finished(c, key, "stopped"))


@operation("tasks.failed", writes=True, schema=_TASK)
def failed(call: Call) -> Document:
    """Note that a task failed."""
    return _one(call, lambda c, key: status.finished(c, key, "failed"))


@operation("tasks.completed", writes=True, since="2.2", schema=_TASK)
def completed(call: Call) -> Document:
    """Note that a task is complete; `publish` publishes it in the same step."""
    answer = _one(call, lambda c, key: status.finished(c, key, "completed"))
    answer["published"] = int(bool(call.body.get("publish")))
    if call.body.get("publish"):
        published = status.publish(call, call.body["task"])
        published.pop("output"), published.pop("published")
        answer["fields"] |= published
    return answer


@operation("tasks.close", writes=True, schema=_TASK)
def close(call: Call) -> Document:
    """Close a stopped task."""
    return _one(call, status.close)


@operation("tasks.publish", writes=True, schema=_TASK)
def publish(call: Call) -> Document:
    """Publish a task, and its output models unless `publish_model` is false."""
    answer = _one(call, status.publish)
    _publish_models(call, call.body["task"])
    return answer


@operation("tasks.publish_many", writes=True, schema=IDS)
def publish_many(call: Call) -> Document:
    """Publish tasks."""
    return _many(call, status.publish)


@operation("tasks.ping", writes=True, schema=_TASK)
def ping(call: Call) -> Document:
    """Note that a task is alive."""
    status.ping(call, call.body["task"])
    return {}


@operation("tasks.archive", writes=True)
def archive(call: Call) -> Document:
    """Archive tasks, all or none."""
    for key in call.body["tasks"]:
        status.archive(call, key)
    return {"archived": len(call.body["tasks"])}


@operation("tasks.archive_many", writes=True, schema=IDS)
def archive_many(call: Call) -> Document:
    """Archive tasks."""
    return call.each(lambda key: status.archive(call, key), call.body["ids"])


@operation("tasks.unarchive_many", writes=True, schema=IDS)
def unarchive_many(call: Call) -> Document:
    """Bring tasks back from the archive."""
    return call.each(lambda key: status.unarchive(call, key), call.body["ids"])


@operation("tasks.reset", writes=True, schema=_TASK)
def reset(call: Call) -> Document:
    """Make a task as if it had never run."""
    answer = removal.reset(call, call.body["task"])
    dequeued = {"removed": 1} if answer.pop("dequeued") else {}
    return {**answer, "dequeued": dequeued, "events": {}}


@operation("tasks.reset_many", writes=True, schema=IDS)
def reset_many(call: Call) -> Document:
    """Make tasks as if they had never run."""
    return call.each(lambda key: removal.reset(call, key), call.body["ids"])


@operation("tasks.delete", writes=True, schema=_TASK)
def delete(call: Call) -> Document:
    """Remove a task with its events."""
    return removal.delete(call, call.body["task"])


@operation("tasks.delete_many", writes=True, schema=IDS)
def delete_many(call: Call) -> Document:
    """Remove tasks with their events."""
    return call.each(lambda key: removal.delete(call, key), call.body["ids"])


def _publish_models(call: Call, key: str) -> None:
    if call.body.get("publish_model") is False:
        return
    task = record.fetch(call, key, ["models"])
    for item in task["models"]["output"]:
        if MODELS.fetch(call.db, item["model"]):
            MODELS.update(call.db, item["model"], {"ready": True})
