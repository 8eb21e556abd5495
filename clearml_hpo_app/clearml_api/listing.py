"""What a page lists: optimisations with owner, best value and run time; tasks, projects, queues to choose from."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clearml_hpo_app.clearml_api.client import Client
from clearml_hpo_app.clearml_api.instances import PAGE_TYPE, TAG, TEMPLATE, TYPE
from clearml_hpo_app.clearml_api.rows import TaskRow, poll_fields, read_row
from clearml_hpo_app.objective import Objective

TRIAL_TAG = "optimization"
"""Tag of every trial, ours and the SDK's."""

_SERVICES = {
    "task": ("tasks", ["id", "name", "status", "project.name"]),
    "project": ("projects", ["id", "name"]),
    "queue": ("queues", ["id", "name"]),
    "model": ("models", ["id", "name", "project.name"]),
    "dataset_version": ("tasks", ["id", "name", "status", "project.name"]),
}
_ID = re.compile(r"[0-9a-f]{32}")
_EXTENDED = frozenset({"tasks", "models"})


@dataclass(frozen=True)
class Listed:
    """An optimisation in the list.

    Attributes:
        row: The controller task; its metrics are those that were asked for.
        owner: Name of the user whose task it is, with the id.
        comment: What its description says.
    """

    row: TaskRow
    owner: str
    owner_id: str
    comment: str


@dataclass(frozen=True)
class Found:
    """Something to choose: its fields as the server has them, and a line that tells it from its like."""

    fields: Mapping[str, Any]
    detail: str


def list_optimizations(client: Client, metrics: Sequence[Objective], limit: int = 200) -> list[Listed]:
    """Return the newest optimisations, the newest first; archived ones and the template are left out."""
    return _listed(client, metrics, type=[TYPE, PAGE_TYPE], tags=[TAG], system_tags=["-archived"], page_size=limit)


def find_optimizations(client: Client, ids: Sequence[str], metrics: Sequence[Objective]) -> list[Listed]:
    """Return the optimisations with these ids, wherever they are; other tasks are left out. No ids, no call."""
    if not ids:
        return []
    return _listed(client, metrics, id=list(ids), tags=[TAG], page_size=len(ids), search_hidden=True)


def current_user(client: Client) -> str:
    """Return the id of the user whose credentials the connection has."""
    return str(client.call("users.get_current_user")["user"]["id"])


def find_choices(client: Client, kind: str, text: str, filters: Mapping[str, Any], limit: int = 20) -> list[Found]:
    """Return what fits `text` as a part of its name or id, the newest first; `filters` as the API has them.

    Args:
        client: Connection.
        kind: `task`, `project`, `queue`, `model` or `dataset_version`.
        text: What was typed; nothing gives the newest. Trials and optimisations are found only by their whole id.
        filters: Further filters by field.
        limit: Rows at most.
    """
    service, fields = _SERVICES[kind]
    body: dict[str, Any] = {name: filters[name] for name in filters if name.isidentifier()}
    if text.strip():
        body["_any_"] = {"pattern": re.escape(text.strip()), "fields": ["name", "id"]}
    if kind == "task" and "tags" not in body and not _ID.fullmatch(text.strip()):
        body["tags"] = [f"-{TRIAL_TAG}", f"-{TAG}"]
    if kind == "dataset_version":
        body["type"] = ["data_processing"]
    order = "name" if kind == "queue" else "-last_update"
    operation = f"{service}.get_all_ex" if service in _EXTENDED else f"{service}.get_all"
    answer = client.call(operation, **body, only_fields=fields, order_by=[order], page=0, page_size=limit)
    return [Found(raw, _detail(raw)) for raw in answer[service]]


def _listed(client: Client, metrics: Sequence[Objective], **query: Any) -> list[Listed]:
    answer = client.call(
        "tasks.get_all_ex",
        **query,
        only_fields=[*poll_fields(metrics), "comment", "user.name"],
        order_by=["-created"],
        page=0,
    )
    found = (_optimization(raw, metrics) for raw in answer["tasks"])
    return [listed for listed in found if TEMPLATE not in listed.row.runtime]


def _optimization(raw: Mapping[str, Any], metrics: Sequence[Objective]) -> Listed:
    plain = {
        name: value["id"] if name in _JOINED and isinstance(value, Mapping) else value
        for name, value in raw.items()
    }
    user = raw.get("user")
    name, key = (user.get("name"), user.get("id")) if isinstance(user, Mapping) else ("", user)
    return Listed(read_row(plain, metrics), str(name or ""), str(key or ""), str(raw.get("comment") or ""))


_JOINED = frozenset({"project", "parent", "user"})


def _detail(raw: Mapping[str, Any]) -> str:
    project = raw.get("project")
    where = str(project.get("name") or "") if isinstance(project, Mapping) else ""
    status = str(raw.get("status") or "").replace("in_progress", "running")
    return " · ".join(part for part in (where, status) if part)
