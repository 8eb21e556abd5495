"""Requests that read tasks.

https://clear.ml/docs/latest/docs/references/api/tasks
"""

from clearml_hpo_app.local.server.catalog import TASKS
from clearml_hpo_app.local.server.documents import Document
from clearml_hpo_app.local.server.faults import Fault, missing
from clearml_hpo_app.local.server.lists import get_all, only_fields, shaped
from clearml_hpo_app.local.server.query_schema import query_schema
from clearml_hpo_app.local.server.registry import TEXTS, Call, operation
from clearml_hpo_app.local.server.services.projects import tree
from clearml_hpo_app.local.server.services.tasks import record

_LISTED = query_schema(TASKS)


@operation("tasks.get_by_id")
def get_by_id(call: Call) -> Document:
    """Answer one task."""
    task = TASKS.fetch(call.db, call.body["task"])
    if task is None:
        raise Fault(400, 101, "Invalid task id", ids=[call.body["task"]])
    task.pop("enqueue_status", None)
    return {"task": {**task, "unique_metrics": []}}


@operation("tasks.get_by_id_ex", schema={"properties": {"id": TEXTS, "only_fields": TEXTS}})
def get_by_id_ex(call: Call) -> Document:
    """Answer tasks by id, with references as objects."""
    if not call.body.get("id"):
        raise missing("id")
    tasks = record.known(call, call.body["id"], None)
    only = only_fields(TASKS, call.body.get("only_fields"), joined=True)
    return {"tasks": shaped(call.db, TASKS, tasks, only, extended=True)}


@operation("tasks.get_all", schema=_LISTED)
def get_tasks(call: Call) -> Document:
    """List tasks."""
    return _without_internals(get_all(_with_subprojects(call), TASKS, "tasks"))


@operation("tasks.get_all_ex", schema=_LISTED)
def get_tasks_ex(call: Call) -> Document:
    """List tasks, with references as objects."""
    return _without_internals(get_all(_with_subprojects(call), TASKS, "tasks", extended=True))


@operation("tasks.get_hyper_params")
def get_hyper_params(call: Call) -> Document:
    """Answer the hyperparameters of tasks as flat lists."""
    tasks = record.known(call, call.body["tasks"], ["hyperparams"])
    rows = []
    for task in tasks:
        sections = task["hyperparams"]
        flat = [sections[section][name] for section in sorted(sections) for name in sorted(sections[section])]
        rows.append({"task": task["id"], "hyperparams": flat})
    return {"params": rows}


@operation("tasks.get_configurations")
def get_configurations(call: Call) -> Document:
    """Answer the configuration objects of tasks."""
    tasks = record.known(call, call.body["tasks"], ["configuration"])
    names = call.body.get("names")
    rows = []
    for task in tasks:
        found = [item for name, item in task["configuration"].items() if not names or name in names]
        rows.append({"task": task["id"], "configuration": found})
    return {"configurations": rows}


@operation("tasks.get_configuration_names")
def get_configuration_names(call: Call) -> Document:
    """Answer the names of the configuration objects of those tasks that have some."""
    tasks = record.known(call, call.body["tasks"], ["configuration"])
    rows = [{"task": task["id"], "names": sorted(task["configuration"])} for task in tasks]
    return {"configurations": [row for row in rows if row["names"]]}


def _with_subprojects(call: Call) -> Call:
    projects = call.body.get("project")
    if not projects or not call.body.get("include_subprojects"):
        return call
    roots = [projects] if isinstance(projects, str) else projects
    return call.with_body(project=[key for root in roots for key in tree.family(call.db, root)])


def _without_internals(answer: Document) -> Document:
    for task in answer["tasks"]:
        task.pop("enqueue_status", None)
    return answer
