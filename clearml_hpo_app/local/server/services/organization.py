"""Questions over everything.

https://clear.ml/docs/latest/docs/references/api/organization
"""

from clearml_hpo_app.local.server.catalog import MODELS, PROJECTS, TASKS
from clearml_hpo_app.local.server.documents import Document
from clearml_hpo_app.local.server.filters import conditions
from clearml_hpo_app.local.server.registry import ANYTHING, Call, operation

_COUNTED = {"tasks": TASKS, "projects": PROJECTS, "models": MODELS}


@operation("organization.get_tags", schema=ANYTHING)
def get_tags(call: Call) -> Document:
    """Answer the tags of all tasks."""
    where, values = conditions(TASKS, {"search_hidden": True, **(call.body.get("filter") or {})})
    names = ("tags", "system_tags") if call.body.get("include_system") else ("tags",)
    answer = {}
    for name in names:
        matching = f"SELECT {name} AS listed FROM tasks WHERE {where}"  # noqa: S608
        query = f"SELECT DISTINCT value FROM ({matching}), json_each(listed) ORDER BY value"  # noqa: S608
        answer[name] = [row[0] for row in call.db.execute(query, values)]
    return answer


@operation("organization.get_entities_count", schema=ANYTHING)
def get_entities_count(call: Call) -> Document:
    """Answer how many tasks, projects and models fulfil a condition each."""
    answer = {}
    for name, collection in _COUNTED.items():
        if isinstance(call.body.get(name), dict):
            where, values = conditions(collection, call.body[name])
            query = f"SELECT count(*) FROM {collection.table} WHERE {where}"  # noqa: S608
            answer[name] = call.db.execute(query, values).fetchone()[0]
    return answer
