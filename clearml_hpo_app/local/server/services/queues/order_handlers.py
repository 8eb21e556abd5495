"""Requests about what waits in a queue.

https://clear.ml/docs/latest/docs/references/api/queues
"""

from collections.abc import Callable

from clearml_hpo_app.local.server.catalog import TASKS
from clearml_hpo_app.local.server.documents import Document
from clearml_hpo_app.local.server.registry import Call, operation, required
from clearml_hpo_app.local.server.services.queues import entries, model
from clearml_hpo_app.local.server.services.tasks import status


def _queue(call: Call) -> str:
    return str(model.fetch(call.db, call.caller.company, call.body["queue"])["id"])


@operation("queues.get_next_task", writes=True)
def get_next_task(call: Call) -> Document:
    """Take the first entry out of a queue and answer it; empty when none waits."""
    entry = entries.pop(call.db, _queue(call), call.now)
    if entry is None:
        return {}
    answer: Document = {"entry": entry}
    task = TASKS.fetch(call.db, entry["task"], []) if call.body.get("get_task_info") else None
    if task is not None:
        answer["task_info"] = {key: task[key] for key in ("company", "user") if key in task}
    return answer


@operation("queues.peek_task", since="2.15")
def peek_task(call: Call) -> Document:
    """Answer the first task of a queue and leave it there."""
    found = entries.waiting(call.db, _queue(call), 1)
    return {"task": found[0]["task"] if found else None}


@operation("queues.get_num_entries", since="2.15")
def get_num_entries(call: Call) -> Document:
    """Answer how many tasks wait."""
    return {"num": entries.count(call.db, _queue(call))}


@operation("queues.add_task", writes=True, since="2.4")
def add_task(call: Call) -> Document:
    """Put a task into a queue without touching its status."""
    queue, key = _queue(call), call.body["task"]
    entries.add(call.db, queue, key, call.now)
    task = TASKS.fetch(call.db, key, ["execution"])
    if task is not None:
        TASKS.update(call.db, key, {"execution": {**task["execution"], "queue": queue}})
    return {"added": 1}


@operation("queues.remove_task", writes=True, since="2.4")
def remove_task(call: Call) -> Document:
    """Take a task out of a queue; its status changes only on request."""
    queue, task = call.body["queue"], call.body["task"]
    if not entries.remove(call.db, queue, task):
        raise entries.not_in_queue(task, queue, company=call.caller.company)
    entries.touch(call.db, queue, call.now)
    if call.body.get("update_task_status"):
        status.send_back(call, task, f"Task was removed from the queue {queue}")
    return {"removed": 1}


def _move(call: Call, place: Callable[[int, int], int]) -> Document:
    return {"position": entries.move(call.db, _queue(call), call.body["task"], place)}


@operation("queues.move_task_forward", writes=True, since="2.4", schema=required("queue", "task"))
def move_forward(call: Call) -> Document:
    """Move a task towards the front."""
    steps = call.body.get("count") or 1
    return _move(call, lambda old, _: old - steps)


@operation("queues.move_task_backward", writes=True, since="2.4", schema=required("queue", "task"))
def move_backward(call: Call) -> Document:
    """Move a task towards the end."""
    steps = call.body.get("count") or 1
    return _move(call, lambda old, _: old + steps)


@operation("queues.move_task_to_front", writes=True, since="2.4", schema=required("queue", "task"))
def move_to_front(call: Call) -> Document:
    """Move a task to the front."""
    return _move(call, lambda *_: 0)


@operation("queues.move_task_to_back", writes=True, since="2.4", schema=required("queue", "task"))
def move_to_back(call: Call) -> Document:
    """Move a task to the end."""
    return _move(call, lambda _, last: last)
