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

Act = Callable[[Call, str], Document]
_TASK = required("task")


def _one(call: Call, act: Act, **more: object) -> Document:
    fields = act(call, call.body["task"])
    return {"fields": fields, "updated": int(bool(fields)), **more}


def _for_one(action: str, act: Act, **more: object) -> None:
    """Register `tasks.<action>`, which changes the status of one task."""
    operation(f"tasks.{action}", writes=True, schema=_TASK)(lambda call: _one(call, act, **more))


def _for_many(action: str, act: Act, **more: object) -> None:
    """Register `tasks.<action>`, which changes the status of many tasks, each all or nothing."""

    def handler(call: Call) -> Document:
        def one(key: str) -> Document:
            fields = act(call, key)
            return {"fields": fields, "updated": int(bool(fields)), **more}

        return call.each(one, call.body["ids"])

    operation(f"tasks.{action}", writes=True, schema=IDS)(handler)


def _each(action: str, act: Act) -> None:
    """Register `tasks.<action>`, which answers for each of many tasks what `act` returns."""

    def handler(call: Call) -> Document:
        return call.each(lambda key: act(call, key), call.body["ids"])

    operation(f"tasks.{action}", writes=True, schema=IDS)(handler)


_for_many("enqueue_many", status.enqueue, queued=True)
_for_one("dequeue", status.dequeue, dequeued=1)
_for_many("dequeue_many", status.dequeue, dequeued=True)
_for_one("stop", status.stop)
_for_many("stop_many", status.stop)
_for_one("stopped", lambda call, key: status.finished(call, key, "stopped"))
_for_one("failed", lambda call, key: status.finished(call, key, "failed"))
_for_one("close", status.close)
_for_many("publish_many", status.publish)
_each("archive_many", status.archive)
_each("unarchive_many", status.unarchive)
_each("reset_many", removal.reset)
_each("delete_many", removal.delete)


@operation("tasks.enqueue", writes=True)
def enqueue(call: Call) -> Document:
    """Put a task into a queue."""
    answer = _one(call, status.enqueue, queued=1)
    if call.body.get("verify_watched_queue"):
        queue = answer["fields"]["execution.queue"]
        workers = roster.alive(call.db, call.now)
        answer["queue_watched"] = any(queue in worker["queues"] for worker in workers)
    return answer


@operation("tasks.started", writes=True, schema=_TASK)
def started(call: Call) -> Document:
    """Note that a task runs."""
    try:
        return _one(call, status.started, started=1)
    except Fault as fault:
        if fault.subcode == 101:
            raise Fault(400, 10, "Invalid object id", task=None) from fault
        raise


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


@operation("tasks.publish", writes=True, schema=_TASK)
def publish(call: Call) -> Document:
    """Publish a task, and its output models unless `publish_model` is false."""
    answer = _one(call, status.publish)
    _publish_models(call, call.body["task"])
    return answer


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


@operation("tasks.reset", writes=True, schema=_TASK)
def reset(call: Call) -> Document:
    """Make a task as if it had never run."""
    answer = removal.reset(call, call.body["task"])
    dequeued = {"removed": 1} if answer.pop("dequeued") else {}
    return {**answer, "dequeued": dequeued, "events": {}}


@operation("tasks.delete", writes=True, schema=_TASK)
def delete(call: Call) -> Document:
    """Remove a task with its events."""
    return removal.delete(call, call.body["task"])


def _publish_models(call: Call, key: str) -> None:
    if call.body.get("publish_model") is False:
        return
    task = record.fetch(call, key, ["models"])
    for item in task["models"]["output"]:
        if MODELS.fetch(call.db, item["model"]):
            MODELS.update(call.db, item["model"], {"ready": True})
