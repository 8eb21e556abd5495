"""Requests that edit parts of a task.

https://clear.ml/docs/latest/docs/references/api/tasks
"""

from clearml_hpo_app.local.server.documents import Document
from clearml_hpo_app.local.server.registry import TEXT, Call, operation
from clearml_hpo_app.local.server.schema import Schema
from clearml_hpo_app.local.server.services.tasks import content, record, states, status

PROPERTIES = "properties"


def _rows(field: str, needed: list[str], kinds: dict[str, Schema], **more: Schema) -> Schema:
    item = {"type": "object", "required": needed, "properties": kinds}
    rows = {"type": "array", "items": item, "minItems": 1}
    return {"required": ["task", field], "properties": {"task": TEXT, field: rows, **more}}


_REPLACE: Schema = {"type": "string", "enum": ["none", "section", "all"]}
_PARAMETERS = _rows(
    "hyperparams",
    ["section", "name", "value"],
    {"section": TEXT, "name": TEXT, "value": TEXT, "type": TEXT, "description": TEXT},
    replace_hyperparams=_REPLACE,
)
_KEYS = _rows("hyperparams", ["section"], {"section": TEXT, "name": TEXT})
_CONFIGURATION = _rows("configuration", ["name"], {"name": TEXT, "value": TEXT, "type": TEXT, "description": TEXT})


@operation("tasks.edit_hyper_params", writes=True, schema=_PARAMETERS)
def edit_hyper_params(call: Call) -> Document:
    """Add or change hyperparameters; user properties at any status."""
    items = call.body["hyperparams"]
    task = _editable(call, "hyperparams", all(item["section"] == PROPERTIES for item in items))
    replace = call.body.get("replace_hyperparams") or "none"
    sections = {} if replace == "all" else task["hyperparams"]
    if replace == "section":
        sections = {k: v for k, v in sections.items() if k not in {item["section"] for item in items}}
    for item in items:
        known = {key: value for key, value in item.items() if value is not None}
        sections.setdefault(item["section"], {})[item["name"]] = known
    light = all(item["section"] == PROPERTIES for item in items)
    _save(call, task, {"hyperparams": sections}, content=not light)
    return {"updated": 1}


@operation("tasks.delete_hyper_params", writes=True, schema=_KEYS)
def delete_hyper_params(call: Call) -> Document:
    """Remove hyperparameters, or whole sections where no name is given."""
    items = call.body["hyperparams"]
    light = all(item["section"] == PROPERTIES for item in items)
    task = _editable(call, "hyperparams", light)
    sections = task["hyperparams"]
    for item in items:
        if not item.get("name"):
            sections.pop(item["section"], None)
        elif item["section"] in sections:
            sections[item["section"]].pop(item["name"], None)
            if not sections[item["section"]]:
                del sections[item["section"]]
    _save(call, task, {"hyperparams": sections}, content=not light)
    return {"deleted": 1}


@operation("tasks.edit_configuration", writes=True, schema=_CONFIGURATION)
def edit_configuration(call: Call) -> Document:
    """Add or change configuration objects."""
    task = _editable(call, "configuration")
    old = {} if call.body.get("replace_configuration") else task["configuration"]
    new = {item["name"]: {k: v for k, v in item.items() if v is not None} for item in call.body["configuration"]}
    _save(call, task, {"configuration": {**old, **new}})
    return {"updated": 1}


@operation("tasks.delete_configuration", writes=True)
def delete_configuration(call: Call) -> Document:
    """Remove configuration objects."""
    task = _editable(call, "configuration")
    left = {name: item for name, item in task["configuration"].items() if name not in call.body["configuration"]}
    _save(call, task, {"configuration": left})
    return {"deleted": 1}


@operation("tasks.add_or_update_artifacts", writes=True, since="2.10")
def add_artifacts(call: Call) -> Document:
    """Add artifacts, or replace those with the same key and mode."""
    task = _writable(call, "execution")
    kept = {(item["key"], item.get("mode", "output")): item for item in task["execution"]["artifacts"]}
    for item in map(content.artifact, call.body["artifacts"]):
        kept[item["key"], item["mode"]] = item
    execution = {**task["execution"], "artifacts": sorted(kept.values(), key=lambda a: str(a["key"]))}
    _save(call, task, {"execution": execution})
    return {"updated": 1}


@operation("tasks.delete_artifacts", writes=True, since="2.10")
def delete_artifacts(call: Call) -> Document:
    """Remove artifacts by key and mode."""
    task = _writable(call, "execution")
    gone = {(item["key"], item.get("mode") or "output") for item in call.body["artifacts"]}
    kept = [a for a in task["execution"]["artifacts"] if (a["key"], a.get("mode", "output")) not in gone]
    _save(call, task, {"execution": {**task["execution"], "artifacts": kept}})
    return {"deleted": 1}


@operation("tasks.add_or_update_model", writes=True, since="2.13")
def add_model(call: Call) -> Document:
    """Add a model to a task's input or output, or replace the one with that name."""
    task = _writable(call, "models")
    models, kind = task["models"], call.body["type"]
    others = [item for item in models[kind] if item["name"] != call.body["name"]]
    models[kind] = [*others, content.model_entry(call, call.body)]
    changes: Document = {"models": models, **status.alive(call, task)}
    iteration = call.body.get("iteration")
    if iteration is not None and iteration > task.get("last_iteration", 0):
        changes["last_iteration"] = iteration
    _save(call, task, changes)
    return {"updated": 1}


@operation("tasks.delete_models", writes=True, since="2.13")
def delete_models(call: Call) -> Document:
    """Remove models from a task's input or output, by name."""
    task = _writable(call, "models")
    gone = {(item["type"], item["name"]) for item in call.body["models"]}
    models = {
        kind: [item for item in items if (kind, item["name"]) not in gone]
        for kind, items in task["models"].items()
    }
    _save(call, task, {"models": models})
    return {"updated": 1}


def _editable(call: Call, section: str, always: bool = False) -> Document:
    task = record.fetch(call, call.body["task"], [section])
    if not always:
        states.must_be(task["status"], states.EDITABLE, force=bool(call.body.get("force")))
    return task


def _writable(call: Call, section: str) -> Document:
    task = record.fetch(call, call.body["task"], [section])
    force = bool(call.body.get("force"))
    states.must_be(task["status"], states.WRITABLE_WHILE_RUNNING, force=force)
    return task


def _save(call: Call, task: Document, changes: Document, *, content: bool = True) -> None:
    record.save(call.db, task["id"], {**changes, **record.touched(call, content=content)})
