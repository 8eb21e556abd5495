"""The template task: a controller task that never starts, for people to clone."""

from collections.abc import Mapping

from clearml_hpo_app.clearml_api import instances, tasks
from clearml_hpo_app.clearml_api.client import Client
from clearml_hpo_app.clearml_api.instances import TAG, TEMPLATE, TYPE, Draft
from clearml_hpo_app.clearml_api.rows import TaskRow, read_row


def find_templates(client: Client) -> list[TaskRow]:
    """Return the drafts that are templates, also archived ones, the oldest first."""
    answer = client.call(
        "tasks.get_all",
        type=[TYPE],
        tags=[TAG],
        status=["created"],
        only_fields=["id", "name", "project", "status", "runtime", "created", "system_tags"],
        order_by=["created", "id"],
        page=0,
        page_size=tasks.PAGE,
    )
    return [row for row in (read_row(raw, ()) for raw in answer["tasks"]) if TEMPLATE in row.runtime]


def holds_texts_of(client: Client, task_id: str, draft: Draft) -> bool:
    """Return whether the settings and configuration objects of a template are those of `draft`."""
    there = tasks.get_task(client, task_id)
    sections = there.get("hyperparams") or {}
    settings = {name: _texts(sections.get(name) or {}) for name in draft.hyperparameters}
    wanted = {name: _texts(items) for name, items in draft.hyperparameters.items()}
    return settings == wanted and _texts(there.get("configuration") or {}) == dict(draft.objects)


def _texts(items: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    return {name: item.get("value", "") for name, item in items.items()}


def rewrite(client: Client, task_id: str, draft: Draft) -> None:
    """Make a template what `draft` says; its input artifacts stay."""
    client.call("tasks.edit", task=task_id, **draft.body())


def mark(client: Client, task_id: str, text: str) -> None:
    """Write on a draft that it is a template; `text` says what of."""
    row = read_row(tasks.get_task(client, task_id), ())
    instances.write_runtime(client, row, {TEMPLATE: text})


def drop_artifact(client: Client, task_id: str, key: str) -> None:
    """Take an input artifact off a template; the file stays, since clones may use it."""
    client.call("tasks.delete_artifacts", task=task_id, artifacts=[{"key": key, "mode": "input"}])
