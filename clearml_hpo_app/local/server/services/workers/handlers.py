"""Requests of and about workers.

https://clear.ml/docs/latest/docs/references/api/workers
"""

from clearml_hpo_app.local.server.catalog import TASKS
from clearml_hpo_app.local.server.documents import Document
from clearml_hpo_app.local.server.faults import Fault, unknown_task
from clearml_hpo_app.local.server.moments import echoed, stored
from clearml_hpo_app.local.server.patterns import fits
from clearml_hpo_app.local.server.registry import ANYTHING, TEXTS, Call, operation, required
from clearml_hpo_app.local.server.schema import Schema
from clearml_hpo_app.local.server.services.workers import roster

_REPORT: Schema = {
    "required": ["timestamp", "worker"],
    "properties": {
        **{name: {"type": "string"} for name in ("worker", "task", "queue")},
        "timestamp": {"type": "integer"},
        "machine_stats": {"type": "object"},
    },
}


@operation("workers.register", writes=True, since="2.4")
def register(call: Call) -> Document:
    """Add a worker that serves some queues."""
    queues = call.body.get("queues") or []
    known = {row[0] for row in call.db.execute("SELECT id FROM queues")}
    if strangers := [queue for queue in queues if queue not in known]:
        raise Fault(400, 701, "Invalid queue id", ids=strangers)
    timeout = int(call.body.get("timeout") or roster.TIMEOUT)
    tags = call.body.get("tags") or []
    roster.note(
        call.db,
        call.now,
        call.body["worker"],
        ip=call.address,
        queues=queues,
        tags=tags,
        register_time=echoed(call.now),
        register_timeout=timeout,
    )
    return {}


@operation("workers.unregister", writes=True, since="2.4")
def unregister(call: Call) -> Document:
    """Remove a worker; one that is not there is no fault."""
    roster.forget(call.db, call.body["worker"])
    return {}


# Agents send any numbers in `machine_stats`; the SDK's schema is stricter than the server.
@operation("workers.status_report", writes=True, since="2.4", schema=_REPORT)
def status_report(call: Call) -> Document:
    """Note that a worker is alive and what it runs (nothing, when the report names no task)."""
    worker, task = call.body["worker"], call.body.get("task")
    changes = {"ip": call.address, "last_report_time": echoed(call.now), "task": task or None}
    changes |= {"queue": call.body.get("queue"), "tags": call.body.get("tags") or []}
    if call.body.get("queues") is not None:
        changes["queues"] = call.body["queues"]
    if task:
        _note_on_task(call, worker, task)
    roster.note(call.db, call.now, worker, **changes)
    return {}


@operation("workers.get_all", since="2.4", schema=required(tags=TEXTS))
def get_all(call: Call) -> Document:
    """List the workers that are alive."""
    wanted = set(call.body.get("tags") or ())
    pattern = str(call.body.get("worker_pattern") or "*")
    rows = []
    for worker in roster.alive(call.db, call.now, call.body.get("last_seen") or None):
        if fits(pattern, worker["id"]) and (not wanted or wanted & set(worker["tags"])):
            rows.append(roster.shown(call.db, worker, call.caller.company, call.caller.user))
    return {"workers": rows}


@operation("workers.get_count", schema=ANYTHING)
def get_count(call: Call) -> Document:
    """Answer how many workers are alive."""
    return {"count": len(roster.alive(call.db, call.now, call.body.get("last_seen") or None))}


def _note_on_task(call: Call, worker: str, task: str) -> None:
    if TASKS.fetch(call.db, task, []) is None:
        raise unknown_task(call.caller.company, task)
    moment = stored(call.now)
    times = {"last_worker_report": moment, "last_update": moment, "last_change": moment}
    TASKS.update(call.db, task, {"last_worker": worker, **times})
