"""The best trial of a run that has ended: its tag, and the models that it made."""

from collections.abc import Container
from typing import Any

from clearml_hpo_app.clearml_api.client import Client
from clearml_hpo_app.clearml_api.tasks import get_task

TAG = "best"


def crown(client: Client, task_id: str) -> list[dict[str, str]]:
    """Give the best trial its tag and return its models: each with `id`, `name` and `address`."""
    best = get_task(client, task_id)
    tags = list(best.get("tags") or [])
    if TAG not in tags:
        _write_tags(client, task_id, [*tags, TAG])
    return _models(client, best)


def uncrown(client: Client, controller: str, trials: Container[str]) -> None:
    """Take the tag off those of `trials` that were the best when their run had ended before."""
    answer = client.call(
        "tasks.get_all",
        parent=[controller],
        tags=[TAG],
        only_fields=["id", "tags"],
        order_by=["created"],
        page=0,
        page_size=100,
        search_hidden=True,
    )
    for former in answer["tasks"]:
        if former["id"] in trials:
            _write_tags(client, former["id"], [tag for tag in former.get("tags") or [] if tag != TAG])


def _write_tags(client: Client, task_id: str, tags: list[str]) -> None:
    client.call("tasks.update", task=task_id, tags=tags)


def _models(client: Client, task: dict[str, Any]) -> list[dict[str, str]]:
    ids = [str(entry["model"]) for entry in (task.get("models") or {}).get("output") or [] if entry.get("model")]
    if not ids:
        return []
    answer = client.call("models.get_all", id=ids, only_fields=["id", "name", "uri"], page=0, page_size=500)
    return [
        {"id": str(raw["id"]), "name": str(raw.get("name") or ""), "address": str(raw.get("uri") or "")}
        for raw in answer["models"]
    ]
