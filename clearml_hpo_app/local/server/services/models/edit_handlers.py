"""Requests that change models.

https://clear.ml/docs/latest/docs/references/api/models
"""

from typing import Any

from clearml_hpo_app.local.server.catalog import MODELS, TASKS
from clearml_hpo_app.local.server.documents import Document, by_key
from clearml_hpo_app.local.server.faults import Fault
from clearml_hpo_app.local.server.registry import IDS, IDS_AND_TAGS, METADATA, Call, operation, required
from clearml_hpo_app.local.server.schema import Schema
from clearml_hpo_app.local.server.services.events import store
from clearml_hpo_app.local.server.services.models import record
from clearml_hpo_app.local.server.services.projects import tree

_MODEL = required("model")
_CONTENT = required("model", metadata=METADATA)
_ENTRY: Schema = {**METADATA["items"], "required": ["key", "type"]}
_METADATA = required("model", metadata={"type": "array", "items": _ENTRY})


@operation("models.edit", writes=True, schema=_CONTENT)
def edit(call: Call) -> Document:
    """Change a model."""
    return _changed(call, content=True)


@operation("models.update", writes=True, schema=_CONTENT)
def update(call: Call) -> Document:
    """Change a model."""
    return _changed(call, content=False)


@operation("models.update_tags", writes=True, schema=IDS_AND_TAGS)
def update_tags(call: Call) -> Document:
    """Add and remove tags of models."""
    add, remove = call.body.get("add_tags") or [], call.body.get("remove_tags") or []
    for key in call.body["ids"]:
        tags = sorted((set(record.fetch(call, key)["tags"]) | set(add)) - set(remove))
        record.save(call, key, {"tags": tags}, content=False)
    return {"updated": len(call.body["ids"]) * (bool(add) + bool(remove))}


@operation("models.add_or_update_metadata", writes=True, since="2.13", schema=_METADATA)
def add_metadata(call: Call) -> Document:
    """Add entries to a model's metadata."""
    model = record.fetch(call, call.body["model"])
    old = {} if call.body.get("replace_metadata") else model["metadata"]
    record.save(call, model["id"], {"metadata": {**old, **by_key(call.body.get("metadata"))}})
    return {"updated": 1}


@operation("models.delete_metadata", writes=True, since="2.13", schema=_MODEL)
def delete_metadata(call: Call) -> Document:
    """Remove entries of a model's metadata."""
    model = record.fetch(call, call.body["model"])
    left = {key: value for key, value in model["metadata"].items() if key not in call.body["keys"]}
    record.save(call, model["id"], {"metadata": left})
    return {"updated": 1}


@operation("models.set_ready", writes=True, schema=_MODEL)
def set_ready(call: Call) -> Document:
    """Publish a model."""
    _publish(call, call.body["model"])
    return {"fields": {}, "updated": 1}


@operation("models.publish_many", writes=True, schema=IDS)
def publish_many(call: Call) -> Document:
    """Publish models."""
    return call.each(lambda key: _publish(call, key), call.body["ids"])


@operation("models.archive_many", writes=True, schema=IDS)
def archive_many(call: Call) -> Document:
    """Archive models."""
    return call.each(lambda key: _tagged(call, key, archived=True), call.body["ids"])


@operation("models.unarchive_many", writes=True, schema=IDS)
def unarchive_many(call: Call) -> Document:
    """Bring models back from the archive."""
    return call.each(lambda key: _tagged(call, key, archived=False), call.body["ids"])


@operation("models.move", writes=True, schema=IDS)
def move(call: Call) -> Document:
    """Move models to a project."""
    project = tree.target(call)
    for key in call.body["ids"]:
        record.save(call, record.fetch(call, key)["id"], {"project": project}, content=False)
    return {"project_id": project}


@operation("models.delete", writes=True, schema=_MODEL)
def delete(call: Call) -> Document:
    """Remove a model; one that tasks use only with `force`."""
    return _deleted(call, call.body["model"])


@operation("models.delete_many", writes=True, schema=IDS)
def delete_many(call: Call) -> Document:
    """Remove models."""
    return call.each(lambda key: _deleted(call, key), call.body["ids"])


def _changed(call: Call, *, content: bool) -> Document:
    model = record.fetch(call, call.body["model"])
    fields: dict[str, Any] = record.given(call if content else call.with_body(labels=None))
    if not fields:
        return {"fields": {}, "updated": 0}
    content = content and not set(fields) <= {"name"}
    return {"fields": record.save(call, model["id"], fields, content=content), "updated": 1}


def _publish(call: Call, key: str) -> Document:
    model = record.fetch(call, key)
    if model["ready"]:
        raise Fault(400, 203, "Model is ready", company=call.caller.company, model=key)
    record.save(call, key, {"ready": True}, content=False)
    return {"published_task": {}}


def _tagged(call: Call, key: str, *, archived: bool) -> Document:
    tags = set(record.fetch(call, key)["system_tags"])
    tags = tags | {"archived"} if archived else tags - {"archived"}
    record.save(call, key, {"system_tags": sorted(tags)}, content=False)
    return {"archived" if archived else "unarchived": True}


def _deleted(call: Call, key: str) -> Document:
    model = record.fetch(call, key)
    query = """SELECT DISTINCT tasks.id FROM tasks, json_each(tasks.models, '$.input') AS used
        WHERE json_extract(used.value, '$.model') = ?"""
    users = [row[0] for row in call.db.execute(query, [key])]
    if users and not call.body.get("force"):
        text = "Model is used by tasks (as execution model, use force=True to delete)"
        raise Fault(400, 205, text, num_tasks=len(users))
    for user in users:
        models = (TASKS.fetch(call.db, user, ["models"]) or {})["models"]
        for item in models["input"]:
            if item["model"] == key:
                item["model"] = f"__DELETED__{key}"
        TASKS.update(call.db, user, {"models": models})
    store.delete(call.db, key)
    MODELS.delete(call.db, key)
    return {"deleted": True, "url": model.get("uri")}
