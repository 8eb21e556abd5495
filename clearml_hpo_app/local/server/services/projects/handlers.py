"""Requests that read projects.

https://clear.ml/docs/latest/docs/references/api/projects
"""

from typing import Any

from clearml_hpo_app.local.server.catalog import PROJECTS
from clearml_hpo_app.local.server.documents import Document
from clearml_hpo_app.local.server.lists import get_all, listed
from clearml_hpo_app.local.server.registry import ANYTHING, Call, operation
from clearml_hpo_app.local.server.services.projects import tree

_STATUSES = (
    "closed",
    "completed",
    "created",
    "failed",
    "in_progress",
    "published",
    "publishing",
    "queued",
    "stopped",
    "unknown",
)


@operation("projects.get_by_id")
def get_by_id(call: Call) -> Document:
    """Answer one project."""
    return {"project": tree.fetch(call, call.body["project"])}


@operation("projects.get_all", schema=ANYTHING)
def get_projects(call: Call) -> Document:
    """List projects."""
    return get_all(call, PROJECTS, "projects")


@operation("projects.get_all_ex", schema=ANYTHING)
def get_projects_ex(call: Call) -> Document:
    """List projects, with references as objects and, on request, counts of their tasks."""
    body = call.body
    extra: tuple[str, list[Any]] = ("1", [])
    if body.get("shallow_search"):
        extra = ("parent IS NULL", [])
    rows, scroll = listed(call, PROJECTS, extended=True, extra=extra)
    for row in rows:
        hidden = call.db.execute(
            "SELECT 1 FROM projects WHERE id = ? AND system_tags LIKE '%\"hidden\"%'", [row["id"]]
        ).fetchone()
        if hidden:
            row["hidden"] = True
        if body.get("include_stats"):
            row |= _stats(call, row["id"])
    return {"projects": rows, **({"scroll_id": scroll} if scroll else {})}


@operation("projects.get_task_tags", since="2.8", schema=ANYTHING)
def get_task_tags(call: Call) -> Document:
    """Answer the tags of a project's tasks."""
    return _tags(call, "tasks")


@operation("projects.get_model_tags", since="2.8", schema=ANYTHING)
def get_model_tags(call: Call) -> Document:
    """Answer the tags of a project's models."""
    return _tags(call, "models")


@operation("projects.get_project_tags", schema=ANYTHING)
def get_project_tags(call: Call) -> Document:
    """Answer the tags of all projects."""
    query = "SELECT DISTINCT value FROM projects, json_each(projects.tags) ORDER BY value"
    return {"tags": [row[0] for row in call.db.execute(query)], "system_tags": []}


@operation("projects.get_unique_metric_variants", schema=ANYTHING)
def get_unique_metric_variants(call: Call) -> Document:
    """Answer which metrics the tasks of a project reported, with the hashes that `last_metrics` uses."""
    project, ids = call.body.get("project"), call.body.get("ids") or []
    where, values = "1", []
    if project:
        keys = tree.family(call.db, project)
        where, values = f"tasks.project IN ({', '.join('?' for _ in keys)})", keys
    elif ids:
        where, values = f"tasks.id IN ({', '.join('?' for _ in ids)})", list(ids)
    query = f"""SELECT DISTINCT m.key, v.key, json_extract(v.value, '$.metric'), json_extract(v.value, '$.variant')
        FROM tasks, json_each(tasks.last_metrics) AS m, json_each(m.value) AS v WHERE {where}
        ORDER BY 3, 4"""  # noqa: S608
    rows = [] if call.body.get("model_metrics") else call.db.execute(query, values)
    names = ("metric_hash", "variant_hash", "metric", "variant")
    return {"metrics": [dict(zip(names, row, strict=True)) for row in rows]}


@operation("projects.get_task_parents", since="2.12", schema=ANYTHING)
def get_task_parents(call: Call) -> Document:
    """Answer the tasks that have children in some projects."""
    projects = call.body.get("projects") or []
    where = f"child.project IN ({', '.join('?' for _ in projects)})" if projects else "1"
    query = f"""SELECT DISTINCT parent.id, parent.name, p.id, p.name FROM tasks child
        JOIN tasks parent ON child.parent = parent.id LEFT JOIN projects p ON p.id = parent.project
        WHERE {where} ORDER BY parent.name"""  # noqa: S608
    rows = call.db.execute(query, projects).fetchall()
    parents = []
    for key, name, project, project_name in rows:
        of = {"project": {"id": project, "name": project_name}} if project else {}
        parents.append({"id": key, "name": name, **of})
    return {"parents": parents}


def _tags(call: Call, table: str) -> Document:
    projects = [key for root in call.body.get("projects") or [] for key in tree.family(call.db, root)]
    where = f"project IN ({', '.join('?' for _ in projects)})" if projects else "1"
    query = f"SELECT DISTINCT value FROM {table}, json_each({table}.tags) WHERE {where} ORDER BY value"  # noqa: S608
    tags = [row[0] for row in call.db.execute(query, projects)]
    return {"tags": tags, **({"system_tags": []} if call.body.get("include_system") else {})}


def _stats(call: Call, key: str) -> Document:
    members = tree.family(call.db, key)
    marks = ", ".join("?" for _ in members)
    query = f"SELECT status, count(*) FROM tasks WHERE project IN ({marks}) GROUP BY status"  # noqa: S608
    counts = dict(call.db.execute(query, members).fetchall())
    active = {
        "status_count": {status: counts.get(status, 0) for status in _STATUSES},
        "total_tasks": sum(counts.values()),
        "total_runtime": 0.0,
        "completed_tasks_24h": counts.get("completed", 0),
    }
    below = [{"id": k, "name": tree.fetch(call, k)["name"]} for k in members[1:]]
    return {"stats": {"active": active}, "sub_projects": below}
