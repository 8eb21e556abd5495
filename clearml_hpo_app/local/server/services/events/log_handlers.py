"""Requests about the console log.

https://clear.ml/docs/latest/docs/references/api/events
"""

import json

from clearml_hpo_app.local.server.documents import Document
from clearml_hpo_app.local.server.faults import Fault
from clearml_hpo_app.local.server.moments import millis
from clearml_hpo_app.local.server.registry import Call, operation
from clearml_hpo_app.local.server.services.tasks import record

_LONGEST = 10_000
_PIECE = 500


@operation("events.get_task_log", since="2.9")
def get_task_log(call: Call) -> Document:
    """Answer lines of a task's log: from the newest back, or on from a time, in either order."""
    task = record.known(call, [call.body["task"]])[0]["id"]
    wanted = call.body.get("batch_size")
    size = _PIECE if wanted is None else int(wanted)
    if size > _LONGEST:
        text = f"Result window is too large, from + size must be less than or equal to: [{_LONGEST}]"
        raise Fault(500, 100, f"General data error ({text})")
    total = call.db.execute("SELECT count(*) FROM logs WHERE task = ?", [task]).fetchone()[0]
    events = _lines(call, task, size)
    return {"events": events, "returned": len(events), "total": total}


@operation("events.clear_task_log", writes=True)
def clear_task_log(call: Call) -> Document:
    """Remove a task's log, or what is older than `threshold_sec`."""
    task = record.fetch(call, call.body["task"])["id"]
    threshold = call.body.get("threshold_sec")
    before = millis(call.now) - threshold * 1000 if threshold else 2**62
    query = "DELETE FROM logs WHERE task = ? AND timestamp < ?"
    return {"deleted": call.db.execute(query, [task, before]).rowcount}


def _lines(call: Call, task: str, size: int) -> list[Document]:
    earlier = call.body.get("navigate_earlier", True)
    start = call.body.get("from_timestamp")
    sign, direction = ("<", "DESC") if earlier else (">", "ASC")
    where, values = ("1", []) if start is None else (f"timestamp {sign} ?", [start])
    query = f"""SELECT doc FROM logs WHERE task = ? AND {where}
        ORDER BY timestamp {direction}, id {direction} LIMIT ?"""  # noqa: S608
    events = [json.loads(row[0]) for row in call.db.execute(query, [task, *values, size])]
    newest_first = call.body.get("order", "desc" if earlier else "asc") == "desc"
    return events if newest_first == (direction == "DESC") else events[::-1]
