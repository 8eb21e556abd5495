"""Requests that read projects.

https://clear.ml/docs/latest/docs/references/api/projects
"""

from clearml_hpo_app.local.server.catalog import PROJECTS
from clearml_hpo_app.local.server.documents import Document
from clearml_hpo_app.local.server.lists import get_all
from clearml_hpo_app.local.server.query_schema import query_schema
from clearml_hpo_app.local.server.registry import Call, operation
from clearml_hpo_app.local.server.services.projects import tree


@operation("projects.get_by_id")
def get_by_id(call: Call) -> Document:
    """Answer one project."""
    return {"project": tree.fetch(call, call.body["project"])}


@operation("projects.get_all", schema=query_schema(PROJECTS))
def get_projects(call: Call) -> Document:
    """List projects."""
    return get_all(call, PROJECTS, "projects")
