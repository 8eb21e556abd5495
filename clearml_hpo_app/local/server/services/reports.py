"""Reports: pages of Markdown, kept as tasks of their own type.

https://clear.ml/docs/latest/docs/references/api/reports
"""

from clearml_hpo_app.local.server.catalog import PROJECTS, TASKS
from clearml_hpo_app.local.server.documents import Document
from clearml_hpo_app.local.server.faults import Fault
from clearml_hpo_app.local.server.lists import listed
from clearml_hpo_app.local.server.moments import stored
from clearml_hpo_app.local.server.query_schema import query_schema
from clearml_hpo_app.local.server.registry import TEXTS, Call, operation, required
from clearml_hpo_app.local.server.schema import Schema
from clearml_hpo_app.local.server.services.projects import tree
from clearml_hpo_app.local.server.services.tasks import record, removal, states, status

_FOLDER = ".reports"
_HIDDEN = ["hidden", "reports"]
_TASK = required("task")
_CONTENT: Schema = {
    "tags": TEXTS,
    "report_assets": TEXTS,
    **{name: {"type": "string"} for name in ("comment", "report", "project", "project_name")},
}
_NEW: Schema = {"required": ["name"], "properties": {**_CONTENT, "name": {"type": "string", "minLength": 3}}}
_CHANGED: Schema = required("task", **_CONTENT, name={"type": "string"})
_EDITABLE = ("name", "comment", "report", "tags", "report_assets")


@operation("reports.create", writes=True, schema=_NEW)
def create(call: Call) -> Document:
    """Make a report in the hidden folder of a project (or of the top)."""
    project = _folder(call, call.body.get("project"))
    report = record.blank(call.caller, call.now, call.body["name"], "report")
    report |= {name: call.body[name] for name in _EDITABLE if call.body.get(name) is not None}
    report |= {"project": project, "system_tags": list(_HIDDEN), "tags": sorted(report["tags"])}
    TASKS.insert(call.db, report)
    return {"id": report["id"], "project_id": project}


@operation("reports.update", writes=True, schema=_CHANGED)
def update(call: Call) -> Document:
    """Change a report that is not published."""
    report = _report(call)
    states.must_be(report["status"], states.EDITABLE)
    fields = {name: call.body[name] for name in _EDITABLE if call.body.get(name) is not None}
    if fields:
        moment = stored(call.now)
        TASKS.update(call.db, report["id"], {**fields, "last_update": moment, "last_change": moment})
    echo = {name: " ".join(value.split()) if isinstance(value, str) else value for name, value in fields.items()}
    return {"fields": echo, "updated": int(bool(fields))}


@operation("reports.get_all_ex", schema=query_schema(TASKS))
def get_all_ex(call: Call) -> Document:
    """List reports; a project stands for its hidden folder too."""
    projects = call.body.get("project") or []
    roots = [projects] if isinstance(projects, str) else projects
    members = [key for root in roots for key in tree.family(call.db, root)]
    narrowed = call.with_body(project=members or None, search_hidden=True)
    rows, scroll = listed(narrowed, TASKS, extended=True, extra=("type = 'report'", []))
    return {"tasks": rows, **({"scroll_id": scroll} if scroll else {})}


@operation("reports.publish", writes=True, schema=_TASK)
def publish(call: Call) -> Document:
    """Publish a report."""
    report = _report(call)
    fields = status.publish(call.with_body(force=True), report["id"])
    fields.pop("output")
    return {"fields": fields, "updated": 1}


@operation("reports.archive", writes=True, schema=_TASK)
def archive(call: Call) -> Document:
    """Archive a report."""
    status.archive(call, _report(call)["id"])
    return {"archived": 1}


@operation("reports.unarchive", writes=True, schema=_TASK)
def unarchive(call: Call) -> Document:
    """Bring a report back from the archive."""
    status.unarchive(call, _report(call)["id"])
    return {"unarchived": 1}


@operation("reports.move", writes=True, schema=required("task", **_CONTENT))
def move(call: Call) -> Document:
    """Move a report to the hidden folder of another project."""
    report = _report(call)
    folder = _folder(call, tree.target(call))
    TASKS.update(call.db, report["id"], {"project": folder})
    return {"project_id": folder}


@operation("reports.delete", writes=True, schema=_TASK)
def delete(call: Call) -> Document:
    """Remove a report."""
    removal.delete(call.with_body(force=True), _report(call)["id"])
    return {"deleted": 1}


def _report(call: Call) -> Document:
    report = record.fetch(call, call.body["task"])
    if report["type"] != "report":
        raise Fault(400, 150, "Passed task is not report", id=report["id"])
    return report


def _folder(call: Call, project: str | None) -> str:
    above = tree.fetch(call, project)["name"] if project else ""
    name = "/".join(filter(None, [above, _FOLDER]))
    known = tree.by_name(call.db, name)
    if known is None:
        known = tree.create(call, name, system_tags=list(_HIDDEN))
        PROJECTS.update(call.db, known, {"last_update": stored(call.now)})
    return known
