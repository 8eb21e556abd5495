"""Taking a task, or what it produced, away: delete and reset."""

from typing import Any

from clearml_hpo_app.local.server.catalog import MODELS, TASKS
from clearml_hpo_app.local.server.documents import Document
from clearml_hpo_app.local.server.faults import Fault
from clearml_hpo_app.local.server.registry import Call
from clearml_hpo_app.local.server.services.events import store as events
from clearml_hpo_app.local.server.services.queues import entries
from clearml_hpo_app.local.server.services.tasks import record, states, status

_BLANK = ("started", "completed", "published", "active_duration", "last_worker", "last_worker_report")
_SCRIPT = {"binary": "python", "repository": "", "entry_point": "", "requirements": {}}


def delete(call: Call, key: str) -> Document:
    """Remove a task, its events and its draft models; its children stay and remember that it is gone."""
    force = bool(call.body.get("force"))
    task = record.fetch(call, key, ["models", "execution"])
    if task["status"] != states.CREATED and not force:
        text = "Task cannot be deleted (due to status, use force=True)"
        raise Fault(400, 123, text, task=key, expected=states.CREATED, current=task["status"])
    urls = _urls(call, task)
    deleted, updated = _drop_models(call, task, force=force)
    entries.remove_everywhere(call.db, key)
    events.delete(call.db, key)
    children = call.db.execute("SELECT id FROM tasks WHERE parent = ?", [key]).fetchall()
    for (child,) in children:
        TASKS.update(call.db, child, {"parent": f"__DELETED__{key}"})
    TASKS.delete(call.db, key)
    counts = {"updated_children": len(children), "updated_models": updated, "deleted_models": deleted}
    return {"deleted": True, **counts, "urls": urls}


def reset(call: Call, key: str) -> Document:
    """Take away what a task produced; keep what describes it."""
    force = bool(call.body.get("force"))
    task = record.fetch(call, key, ["models", "execution"])
    if task["status"] == states.PUBLISHED and not force:
        raise Fault(400, 110, "Invalid task status", task_id=key, status=task["status"])
    urls = _urls(call, task) or {}
    deleted, _ = _drop_models(call, task, force=force)
    dequeued = entries.remove_everywhere(call.db, key)
    events.delete(call.db, key)
    TASKS.update(call.db, key, _emptied(task, everything=bool(call.body.get("clear_all"))))
    fields = status.change(call, task, states.CREATED, reason="reset", message="reset", enqueue_status=None)
    fields.pop("enqueue_status")
    return {"deleted_models": deleted, "dequeued": dequeued, "fields": fields, "updated": 1, "urls": urls}


def _emptied(task: Document, *, everything: bool) -> Document:
    execution = {name: value for name, value in task["execution"].items() if name != "queue"}
    kept = [] if everything else [a for a in execution["artifacts"] if a.get("mode") == "input"]
    changes: Document = {
        **dict.fromkeys(_BLANK),
        "execution": {**execution, "artifacts": kept},
        "models": {"input": task["models"]["input"], "output": []},
        "last_metrics": {},
        "unique_metrics": [],
        "metric_stats": {},
        "last_iteration": 0,
        "runtime": {},
    }
    return {**changes, "script": dict(_SCRIPT)} if everything else changes


def _drop_models(call: Call, task: Document, *, force: bool) -> tuple[int, int]:
    """Delete the task's draft output models, part with its ready ones; a Fault 400/123 for the latter."""
    listed = {item["model"] for item in task["models"]["output"]}
    own = {row[0] for row in call.db.execute("SELECT id FROM models WHERE task = ?", [task["id"]])}
    models = [model for key in sorted(listed | own) if (model := MODELS.fetch(call.db, key))]
    ready = [model for model in models if model.get("ready")]
    if ready and not force:
        text = "Task cannot be deleted (has output model, use force=True)"
        raise Fault(400, 123, text, task=task["id"], model=ready[0]["id"])
    drafts = [model for model in models if not model.get("ready")]
    if call.body.get("delete_output_models", True):
        for model in drafts:
            MODELS.delete(call.db, model["id"])
    parted = [model for model in ready if model["id"] in own]
    for model in parted:
        MODELS.update(call.db, model["id"], {"task": f"__DELETED__{task['id']}"})
    return len(drafts), len(parted)


def _urls(call: Call, task: Document) -> Any:
    if not call.body.get("return_file_urls"):
        return None
    artifacts = [a["uri"] for a in task["execution"]["artifacts"] if a.get("mode") != "input" and a.get("uri")]
    return {"model_urls": [], "artifact_urls": artifacts, "event_urls": []}
