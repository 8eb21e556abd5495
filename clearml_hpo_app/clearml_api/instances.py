"""The controller task: creating it, starting and ending it, and what it keeps of itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from clearml_hpo_app.clearml_api.client import Client
from clearml_hpo_app.clearml_api.rows import PROPERTIES, TaskRow, read_row, read_time
from clearml_hpo_app.errors import RequestRefused

TAG = "clearml-hpo-app"
TYPE = "optimizer"
PAGE_TYPE = "application"
"""Type of the tasks that ClearML's applications page makes."""

TEMPLATE = "hpotemplate"
"""Key of a task's runtime that makes it the template, with what was installed; a clone does not have it."""

EDIT_RUNTIME_SINCE = (2, 34)


@dataclass(frozen=True)
class Draft:
    """A controller task to create.

    Attributes:
        hyperparameters: Sections of items, as ClearML stores them.
        objects: Text of the configuration objects, by name.
        notation: What they are written in, as the UI shows it.
        script: Entry point and requirements for an agent; empty for one that runs in this process.
    """

    name: str
    project: str
    comment: str
    hyperparameters: Mapping[str, Mapping[str, Mapping[str, str]]]
    objects: Mapping[str, str]
    script: Mapping[str, Any] = field(default_factory=dict)
    tags: Sequence[str] = ()
    notation: str = "json"

    def body(self) -> dict[str, Any]:
        """Return the fields of the task."""
        items = {name: configuration_item(name, text) for name, text in self.objects.items()}
        fields: dict[str, Any] = {
            "name": self.name,
            "type": TYPE,
            "project": self.project,
            "comment": self.comment,
            "tags": [TAG, *self.tags],
            "hyperparams": self.hyperparameters,
            "configuration": {name: {**item, "type": self.notation} for name, item in items.items()},
        }
        return {**fields, "script": dict(self.script)} if self.script else fields


def create(client: Client, draft: Draft) -> str:
    """Create the controller task and return its id."""
    return str(client.call("tasks.create", **draft.body())["id"])


def mark_as_instance(client: Client, task_id: str) -> None:
    """Give a task the tag by which instances are found."""
    client.call("tasks.update_tags", ids=[task_id], add_tags=[TAG])


def clone(client: Client, task_id: str, name: str) -> str:
    """Copy a controller task as a draft, and return its id."""
    return str(client.call("tasks.clone", task=task_id, new_task_name=name, new_task_comment="")["id"])


def configuration_item(name: str, text: str, description: str = "") -> dict[str, str]:
    """Return one configuration object as ClearML stores it."""
    return {"name": name, "value": text, "type": "json", "description": description}


def write_configuration(client: Client, task_id: str, name: str, text: str, description: str = "") -> None:
    """Write one configuration object of a task, in whatever status it is."""
    write_configurations(client, task_id, {name: text}, description)


def write_configurations(client: Client, task_id: str, texts: Mapping[str, str], description: str = "") -> None:
    """Write configuration objects of a task by name, in one call; its other ones stay."""
    client.call(
        "tasks.edit_configuration",
        task=task_id,
        configuration=[configuration_item(name, text, description) for name, text in texts.items()],
        replace_configuration=False,
        force=True,
    )


def adopt(
    client: Client,
    task_id: str,
    items: Sequence[Mapping[str, str]],
    objects: Mapping[str, str],
    tags: Sequence[str],
) -> None:
    """Make a running task of somebody an instance: its settings, its configuration objects, the tags."""
    client.call(
        "tasks.edit_hyper_params",
        task=task_id,
        hyperparams=[dict(item) for item in items],
        replace_hyperparams="none",
        force=True,
    )
    write_configurations(client, task_id, objects)
    client.call("tasks.update_tags", ids=[task_id], add_tags=[TAG, *tags])


def start(client: Client, task_id: str, reason: str) -> None:
    """Set the task running, and learn the server's clock from the answer."""
    answer = client.call("tasks.started", task=task_id, status_reason=reason, force=True)
    moment = read_time((answer.get("fields") or {}).get("status_changed"))
    if moment is not None:
        client.observe_server_time(moment)


def end(client: Client, task_id: str, status: str, reason: str) -> None:
    """End the task: `status` is completed, stopped or failed."""
    client.call(
        f"tasks.{status}", task=task_id, status_reason=_first_line(reason), status_message=reason, force=True
    )


def ping(client: Client, task_id: str) -> None:
    """Tell the server that the task is alive, so that its watchdog leaves it."""
    client.call("tasks.ping", task=task_id)


def write_runtime(client: Client, row: TaskRow, changes: Mapping[str, str]) -> None:
    """Merge `changes` into the task's runtime map (letters and digits as keys).

    Servers before API 2.34 can only replace the whole map: there the rest is taken from `row`, as polled.
    """
    if client.api_version >= EDIT_RUNTIME_SINCE:
        client.call("tasks.edit_runtime", task=row.id, add_or_update=dict(changes), force=True)
    else:
        client.call("tasks.edit", task=row.id, runtime={**row.runtime, **changes}, force=True)


def trials_of(client: Client, task_id: str) -> list[str]:
    """Return the ids of the trials of a controller task that wait or run, also when that task was deleted."""
    answer = client.call(
        "tasks.get_all",
        tags=[f"opt: {task_id}"],
        status=["queued", "in_progress"],
        only_fields=["id"],
        order_by=["created"],
        page=0,
        page_size=500,
        search_hidden=True,
    )
    return [str(raw["id"]) for raw in answer["tasks"]]


def mark_abort_handled(client: Client, task_id: str) -> None:
    """Tell the task's agent that it need not wait for the abort callback before it ends the process.

    The key is the SDK's own (`DevWorker.property_abort_callback_completed`); only `tasks.edit` may write it on a
    task that has ended, and it replaces the whole map.
    """
    runtime = client.call("tasks.get_by_id", task=task_id)["task"].get("runtime") or {}
    client.call("tasks.edit", task=task_id, runtime={**runtime, "_abort_callback_completed": "1"}, force=True)


def list_instances(client: Client, limit: int = 100) -> list[TaskRow]:
    """Return the newest controller tasks, the newest first; archived ones and the template are left out.

    At most `limit` (≤ 500).
    """
    answer = client.call(
        "tasks.get_all",
        type=[TYPE, PAGE_TYPE],
        tags=[TAG],
        system_tags=["-archived"],
        only_fields=[
            "id",
            "name",
            "project",
            "status",
            "status_message",
            "started",
            "completed",
            "runtime",
            "created",
            f"hyperparams.{PROPERTIES}",
        ],
        order_by=["-created"],
        page=0,
        page_size=limit,
    )
    return [row for row in (read_row(raw, ()) for raw in answer["tasks"]) if TEMPLATE not in row.runtime]


def find_project(client: Client, name: str) -> str | None:
    """Return the id of the project of exactly this name (a path with `/`), `None` when there is none."""
    import re

    answer = client.call(
        "projects.get_all", name=f"^{re.escape(name)}$", only_fields=["id", "name"], search_hidden=True
    )
    return next((str(project["id"]) for project in answer["projects"] if project["name"] == name), None)


def ensure_project(client: Client, name: str) -> str:
    """Return the id of the project of this name, creating it (and its parents) when there is none."""
    path = project_path(name)
    found = find_project(client, path)
    if found is not None:
        return found
    return str(client.call("projects.create", name=path, description="")["id"])


def project_path(name: str) -> str:
    """Return a project's name as servers keep it: without blanks around its parts and needless slashes."""
    return "/".join(part for part in map(str.strip, name.split("/")) if part)


def project_name(client: Client, project_id: str) -> str:
    """Return a project's whole name; empty when it is unknown."""
    if not project_id:
        return ""
    try:
        return str(client.call("projects.get_by_id", project=project_id)["project"]["name"])
    except RequestRefused:
        return ""


def _first_line(text: str) -> str:
    return text.splitlines()[0] if text else ""
