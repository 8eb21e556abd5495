"""What a task is given by a request: fields of `create`, `edit` and `clone`, brought into the stored form."""

import copy

from clearml_hpo_app.local.server.documents import Document
from clearml_hpo_app.local.server.moments import echoed
from clearml_hpo_app.local.server.registry import Call
from clearml_hpo_app.local.server.services.tasks.record import as_lists, checked_name

PLAIN = ("comment", "type", "parent", "project", "hyperparams", "configuration", "container", "runtime")
_MERGED = ("script", "execution")


def given(call: Call, task: Document) -> Document:
    """Return the fields that the request's body sets on `task`, in the stored form."""
    body = {key: value for key, value in call.body.items() if value is not None}
    fields: Document = {}
    if "name" in body:
        fields["name"] = checked_name(body["name"])
    for name in PLAIN:
        if name in body:
            fields[name] = body[name] or None if name in ("parent", "project") else body[name]
    for name in ("tags", "system_tags"):
        if name in body:
            fields[name] = as_lists(body[name], name)
    for name in _MERGED:
        if name in body:
            fields[name] = {**task[name], **body[name]}
    if "output_dest" in body:
        fields["output"] = {**task["output"], "destination": body["output_dest"]}
    if "models" in body:
        fields["models"] = {
            kind: [model_entry(call, m) for m in body["models"].get(kind) or []] for kind in ("input", "output")
        }
    return _modernised(fields, task)


def model_entry(call: Call, item: Document) -> Document:
    """Return a model of a task's list, with the time of its coming."""
    return {"name": item["name"], "model": item["model"], "updated": echoed(call.now)}


def artifact(item: Document) -> Document:
    """Return an artifact as it is stored."""
    given = {k: v for k, v in item.items() if v is not None}
    return {"mode": "output", **given, "display_data": sorted(given.get("display_data", []))}


def _modernised(fields: Document, task: Document) -> Document:
    """Move what old clients put into `execution` to where it is today."""
    execution = fields.get("execution")
    if not execution:
        return fields
    execution = fields["execution"] = copy.deepcopy(execution)
    execution["artifacts"] = [artifact(item) for item in execution.get("artifacts") or []]
    parameters, design = execution["parameters"] or {}, execution["model_desc"] or {}
    execution["parameters"], execution["model_desc"] = {}, {}
    if parameters:
        sections = fields.setdefault("hyperparams", copy.deepcopy(task["hyperparams"]))
        for name, value in parameters.items():
            item = {"section": "Args", "name": name, "value": str(value), "type": "legacy"}
            sections.setdefault("Args", {})[name] = item
    for name, value in design.items():
        item = {"name": name, "value": str(value), "type": "legacy"}
        fields.setdefault("configuration", copy.deepcopy(task["configuration"]))[name] = item
    return fields
