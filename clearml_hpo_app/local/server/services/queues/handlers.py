"""Requests about queues.

https://clear.ml/docs/latest/docs/references/api/queues
"""

from clearml_hpo_app.local.server.catalog import QUEUES
from clearml_hpo_app.local.server.documents import Document, by_key
from clearml_hpo_app.local.server.faults import Fault
from clearml_hpo_app.local.server.lists import get_all
from clearml_hpo_app.local.server.query_schema import query_schema
from clearml_hpo_app.local.server.registry import METADATA, TEXT, Call, operation, required
from clearml_hpo_app.local.server.services.queues import entries, model
from clearml_hpo_app.local.server.services.tasks import status
from clearml_hpo_app.local.server.services.workers import roster

_LISTED = query_schema(QUEUES)
_CREATED = required("name", metadata=METADATA, display_name=TEXT)
_METADATA_BY_KEY = (2, 13)  # older clients get a list


@operation(
    "queues.create", writes=True, since="2.4", schema=required("name", metadata=METADATA, display_name=TEXT)
)
def create(call: Call) -> Document:
    """Make a queue."""
    more = {key: call.body.get(key) for key in ("tags", "system_tags", "metadata", "display_name")}
    return {"id": model.create(call.db, call.caller.company, call.now, name=call.body["name"], **more)}


@operation("queues.get_by_id", since="2.4")
def get_by_id(call: Call) -> Document:
    """Answer one queue with its entries."""
    queue = model.fetch(call.db, call.caller.company, call.body["queue"])
    most = call.body.get("max_task_entries")
    return {"queue": {**queue, "entries": entries.waiting(call.db, queue["id"], -1 if most is None else most)}}


@operation("queues.get_all", since="2.4", schema=_LISTED)
def get_queues(call: Call) -> Document:
    """List queues."""
    answer = get_all(call, QUEUES, "queues")
    only = call.body.get("only_fields")
    if not only or "entries" in only:
        answer["queues"] = [_with_entries(call, queue) for queue in answer["queues"]]
    return answer


@operation("queues.get_all_ex", since="2.4", schema=_LISTED)
def get_queues_ex(call: Call) -> Document:
    """List queues with the names of the tasks that wait and the workers that serve them."""
    answer = get_all(call.with_body(only_fields=None), QUEUES, "queues", extended=True)
    workers = roster.alive(call.db, call.now)
    for queue in answer["queues"]:
        queue["entries"] = _named(call, queue["id"])
        serving = [worker for worker in workers if queue["id"] in worker.get("queues", ())]
        caller = call.caller
        queue["workers"] = [roster.brief(call.db, worker, caller.company, caller.user) for worker in serving]
    return answer


@operation("queues.get_default", writes=True, since="2.4")
def get_default(call: Call) -> Document:
    """Answer the default queue; made at first use."""
    key = model.default(call.db, call.caller.company, call.now)
    return {"id": key, "name": model.fetch(call.db, call.caller.company, key)["name"]}


@operation("queues.update", writes=True, since="2.4", schema=required("queue", display_name=TEXT))
def update(call: Call) -> Document:
    """Change a queue's name, tags or metadata."""
    queue = model.fetch(call.db, call.caller.company, call.body["queue"])
    names = ("name", "tags", "system_tags", "display_name")
    changes = {key: call.body[key] for key in names if call.body.get(key) is not None}
    if "name" in changes and changes["name"] != queue["name"]:
        changes["name"] = model.new_name(call.db, call.caller.company, changes["name"])
    if changes:
        QUEUES.update(call.db, queue["id"], changes)
    return {"fields": changes, "updated": int(bool(changes))}


@operation("queues.add_or_update_metadata", writes=True, since="2.13", schema=required("queue", metadata=METADATA))
def add_metadata(call: Call) -> Document:
    """Add entries to a queue's metadata."""
    queue = model.fetch(call.db, call.caller.company, call.body["queue"])
    old = {} if call.body.get("replace_metadata") else queue["metadata"]
    QUEUES.update(call.db, queue["id"], {"metadata": {**old, **by_key(call.body.get("metadata"))}})
    return {"updated": 1}


@operation("queues.delete_metadata", writes=True, since="2.13")
def delete_metadata(call: Call) -> Document:
    """Remove entries of a queue's metadata."""
    queue = model.fetch(call.db, call.caller.company, call.body["queue"])
    left = {key: value for key, value in queue["metadata"].items() if key not in call.body["keys"]}
    QUEUES.update(call.db, queue["id"], {"metadata": left})
    return {"updated": 1}


@operation("queues.delete", writes=True, since="2.4")
def delete(call: Call) -> Document:
    """Remove a queue; with `force` also one that tasks wait in: they go back."""
    queue = model.fetch(call.db, call.caller.company, call.body["queue"])
    if entries.count(call.db, queue["id"]) and not call.body.get("force"):
        raise Fault(400, 702, "Queue is not empty (use force=true to delete)", id=queue["id"])
    for task in entries.clear(call.db, queue["id"]):
        status.send_back(call, task, f"Queue {queue['id']} was deleted")
    QUEUES.delete(call.db, queue["id"])
    return {"deleted": 1}


@operation("queues.clear_queue", writes=True, schema=required("queue"))
def clear_queue(call: Call) -> Document:
    """Take everything out of a queue: its tasks go back."""
    queue = model.fetch(call.db, call.caller.company, call.body["queue"])
    tasks = entries.clear(call.db, queue["id"])
    for task in tasks:
        status.send_back(call, task, f"Queue {queue['id']} was cleared")
    return {"removed_tasks": tasks}


def _with_entries(call: Call, queue: Document) -> Document:
    key = queue.get("id") or model.by_name(call.db, queue.get("name", ""))
    shown = {**queue, "entries": entries.waiting(call.db, key) if key else []}
    if call.version < _METADATA_BY_KEY and "metadata" in shown:
        shown["metadata"] = list(shown["metadata"].values())
    return shown


def _named(call: Call, queue: str) -> list[Document]:
    most = call.body.get("max_task_entries")
    rows = []
    for entry in entries.waiting(call.db, queue, -1 if most is None else most):
        found = call.db.execute("SELECT name FROM tasks WHERE id = ?", [entry["task"]]).fetchone()
        task = {"id": entry["task"], **({"name": found[0]} if found else {})}
        rows.append({"task": task, "added": entry["added"]})
    return rows
