"""Requests that change projects.

https://clear.ml/docs/latest/docs/references/api/projects
"""

from clearml_hpo_app.local.server.catalog import MODELS, PROJECTS, TASKS
from clearml_hpo_app.local.server.documents import Document
from clearml_hpo_app.local.server.faults import Fault, missing, taken
from clearml_hpo_app.local.server.registry import Call, operation, required
from clearml_hpo_app.local.server.services.projects import tree
from clearml_hpo_app.local.server.services.tasks import removal

_EDITABLE = ("name", "description", "tags", "system_tags", "default_output_destination")


@operation("projects.create", writes=True, schema=required())
def create(call: Call) -> Document:
    """Make a project, and those above it."""
    if call.body.get("name") is None:
        raise missing("name")
    name = tree.normal(call.body["name"])
    if tree.by_name(call.db, name):
        text = "Project with the same name already exists"
        raise Fault(400, 801, text, name=name, company=call.caller.company)
    more = {key: call.body.get(key) for key in _EDITABLE if key != "name"}
    return {"id": tree.create(call, name, **more)}


@operation("projects.update", writes=True)
def update(call: Call) -> Document:
    """Change a project; a new name may not move it."""
    project = tree.fetch(call, call.body["project"])
    fields = {key: call.body[key] for key in _EDITABLE if call.body.get(key) is not None}
    fields |= {key: sorted(fields[key]) for key in ("tags", "system_tags") if key in fields}
    if "name" in fields:
        fields["name"] = tree.normal(fields["name"])
        _rename(call, project, fields["name"])
    if fields:
        PROJECTS.update(call.db, project["id"], fields)
    return {"fields": fields, "updated": 1}


def _rename(call: Call, project: Document, name: str) -> None:
    if name.rpartition("/")[0] != project["name"].rpartition("/")[0]:
        raise Fault(400, 408, "Cannot update project location. use projects.move instead", name=name)
    if name != project["name"]:
        if tree.by_name(call.db, name):
            raise taken(name=name, company=call.caller.company)
        tree.rename(call, project["id"], name)


@operation("projects.move", writes=True, schema=required("project", "new_location"))
def move(call: Call) -> Document:
    """Put a project, with all under it, under another one (or at the top)."""
    project = tree.fetch(call, call.body["project"])
    location = call.body["new_location"].strip("/")
    parent = tree.ensure(call, location) if location else None
    if parent in tree.family(call.db, project["id"]):
        text = "Project can not be moved under itself in the projects hierarchy"
        raise Fault(400, 411, text, project=project["id"], parent=parent)
    name = "/".join(filter(None, [location, project["basename"]]))
    if tree.by_name(call.db, name) not in (None, project["id"]):
        raise taken(name=name, company=call.caller.company)
    tree.rename(call, project["id"], name)
    return {"moved": 1}


@operation("projects.delete", writes=True)
def delete(call: Call) -> Document:
    """Remove a project and those under it; its tasks stay without a project, or go with `delete_contents`."""
    project = tree.fetch(call, call.body["project"])
    members = tree.family(call.db, project["id"])
    inside = _inside(call, members)
    if not call.body.get("force") and any("archived" not in task["system_tags"] for task in inside):
        raise Fault(400, 402, "Project has associated tasks (use force=true)", id=project["id"])
    contents = bool(call.body.get("delete_contents"))
    for task in inside:
        if contents:
            removal.delete(call.with_body(force=True), task["id"])
        else:
            TASKS.update(call.db, task["id"], {"project": None})
    for member in members:
        for model in MODELS.select(call.db, "project = ?", [member]):
            MODELS.update(call.db, model["id"], {"project": None})
        PROJECTS.delete(call.db, member)
    return {
        "deleted": len(members),
        "disassociated_tasks": 0 if contents else len(inside),
        "deleted_models": 0,
        "deleted_tasks": len(inside) if contents else 0,
        "urls": {"model_urls": [], "artifact_urls": [], "event_urls": []} if contents else None,
    }


def _inside(call: Call, projects: list[str]) -> list[Document]:
    marks = ", ".join("?" for _ in projects)
    return TASKS.select(call.db, f"project IN ({marks})", projects, fields=[])
