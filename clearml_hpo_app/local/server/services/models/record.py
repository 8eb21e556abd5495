"""A model as a document, and what every change of one records."""

import uuid
from typing import Any

from clearml_hpo_app.local.server.catalog import MODELS, PROJECTS, TASKS
from clearml_hpo_app.local.server.documents import Document, by_key
from clearml_hpo_app.local.server.faults import Fault, too_short, unknown_task
from clearml_hpo_app.local.server.moments import echoed, stored
from clearml_hpo_app.local.server.registry import Call

EDITABLE = (
    "name",
    "comment",
    "tags",
    "system_tags",
    "framework",
    "uri",
    "design",
    "labels",
    "project",
    "task",
    "ready",
    "metadata",
)


def create(call: Call) -> str:
    """Make a model of what the request says and return its id."""
    fields = given(call)
    moment = stored(call.now)
    model = {
        "id": uuid.uuid4().hex,
        "company": call.caller.company,
        "user": call.caller.user,
        "created": moment,
        "tags": [],
        "system_tags": [],
        "design": {},
        "labels": {},
        "ready": True,
        "last_update": moment,
        "last_change": moment,
        "last_changed_by": call.caller.user,
        "metadata": {},
        "last_iteration": 0,
        "last_metrics": {},
        **fields,
    }
    MODELS.insert(call.db, model)
    return str(model["id"])


def given(call: Call) -> Document:
    """Return the fields that the request sets, checked."""
    fields: dict[str, Any] = {name: call.body[name] for name in EDITABLE if call.body.get(name) is not None}
    if "name" in fields:
        fields["name"] = fields["name"].strip()
        if len(fields["name"]) < 3:
            raise too_short()
    if "metadata" in fields:
        fields["metadata"] = by_key(fields["metadata"])
    project, task = fields.get("project"), fields.get("task")
    if project and PROJECTS.fetch(call.db, project) is None:
        raise Fault(400, 16, "Invalid value for fields (expecting Project id)", id=project, field="project")
    if task and TASKS.fetch(call.db, task, []) is None:
        raise unknown_task(call.caller.company, task)
    return fields


def fetch(call: Call, key: str) -> Document:
    """Return the model `key`; a Fault 400/201 when there is none."""
    model = MODELS.fetch(call.db, key)
    if model is None:
        raise Fault(400, 201, "Invalid model id", company=call.caller.company, id=key)
    return model


def save(call: Call, key: str, fields: Document, *, content: bool = True) -> Document:
    """Store changed fields and return them with those that every change sets."""
    told = ("last_change", "last_update") if content else ("last_change",)
    # A new address is news of the model even where the answer does not say so.
    times = dict.fromkeys((*told, *(["last_update"] if "uri" in fields else [])), stored(call.now))
    MODELS.update(call.db, key, {**fields, **times, "last_changed_by": call.caller.user})
    more: Document = {"ui_cache": {}} if "uri" in fields else {}
    echo = dict.fromkeys(told, echoed(call.now))
    return {**fields, **more, "last_changed_by": call.caller.user, **echo}
