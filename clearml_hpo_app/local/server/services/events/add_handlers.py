"""Requests that add and remove events.

https://clear.ml/docs/latest/docs/references/api/events
"""

from clearml_hpo_app.local.server.documents import Document
from clearml_hpo_app.local.server.faults import Fault
from clearml_hpo_app.local.server.registry import ANYTHING, Call, operation, required
from clearml_hpo_app.local.server.services.events import intake, store
from clearml_hpo_app.local.server.services.tasks import record


@operation("events.add", writes=True, schema=ANYTHING)
def add(call: Call) -> Document:
    """Take in one event."""
    return intake.add(call, [call.body])


@operation("events.add_batch", writes=True, batch=True)
def add_batch(call: Call) -> Document:
    """Take in events, one a line."""
    if not call.lines:
        raise Fault(400, 17, "Batch request contains no items")
    return intake.add(call, call.lines)


@operation("events.delete_for_task", writes=True)
def delete_for_task(call: Call) -> Document:
    """Remove all events of a task."""
    task = record.fetch(call, call.body["task"])
    if task["status"] == "published" and not call.body.get("allow_locked"):
        text = "Cannot update events for a published task"
        raise Fault(400, 101, text, company=call.caller.company, id=task["id"])
    return {"deleted": store.delete(call.db, task["id"])}


@operation("events.clear_scroll", since="2.18", schema=required())
def clear_scroll(call: Call) -> Document:
    """Forget a scroll."""
    call.scrolls.drop(str(call.body.get("scroll_id")))
    return {}
