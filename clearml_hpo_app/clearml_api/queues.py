"""Queues, and the workers that serve them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from clearml_hpo_app.clearml_api.client import Client
from clearml_hpo_app.clearml_api.rows import read_time
from clearml_hpo_app.errors import PreflightFailed, RequestRefused

UNKNOWN_QUEUE, NOT_IN_QUEUE = 701, 703

SEEN_WITHIN_SECONDS = 600
"""A worker that has not reported for longer than this counts as gone."""


@dataclass(frozen=True)
class Queue:
    """A queue: `waiting` is the number of its entries."""

    id: str
    name: str
    waiting: int


def find_queue(client: Client, name: str) -> Queue | None:
    """Return the queue of exactly this name, or of this id; `None` when there is none."""
    answer = client.call("queues.get_all", name=f"^{re.escape(name)}$", search_hidden=True)
    found = [queue for queue in answer["queues"] if queue["name"] == name]
    if not found and re.fullmatch(r"[0-9a-f]{32}", name):
        found = client.call("queues.get_all", id=[name], search_hidden=True)["queues"]
    if not found:
        return None
    return Queue(found[0]["id"], found[0]["name"], len(found[0].get("entries") or []))


def require_queue(client: Client, name: str, what: str = "queue") -> Queue:
    """Return the queue of this name or id; `what` says in the sentence which one it is.

    Raises:
        PreflightFailed: There is none.
    """
    found = find_queue(client, name)
    if found is None:
        raise PreflightFailed([f"The {what} {name!r} must exist, but there is none."])
    return found


def delete(client: Client, name: str) -> None:
    """Delete the queue of this name or id; what waits in it becomes drafts. Nothing happens when there is none."""
    found = find_queue(client, name)
    if found is not None:
        client.call("queues.delete", queue=found.id, force=True)


def remove(client: Client, queue: str, task_id: str) -> bool:
    """Take a task off a queue, which makes a draft of it again, and tell whether it was there.

    When it was, no worker can have it. `tasks.dequeue` does not say so, and makes a draft of a running task.
    """
    try:
        client.call("queues.remove_task", queue=queue, task=task_id, update_task_status=True)
    except RequestRefused as error:
        if error.subcode not in {UNKNOWN_QUEUE, NOT_IN_QUEUE}:
            raise
        return False
    return True


def queue_names(client: Client) -> list[str]:
    """Return the names of all queues, sorted."""
    answer = client.call("queues.get_all", only_fields=["name"])
    return sorted(queue["name"] for queue in answer["queues"])


@dataclass(frozen=True)
class Worker:
    """A worker: the ids of the queues that it serves, and of the task that it runs (empty for none)."""

    name: str
    queues: frozenset[str]
    task: str
    heard: datetime | None


def live_workers(client: Client) -> list[Worker]:
    """Return the workers that were heard of lately, by name."""
    answer = client.call("workers.get_all", last_seen=SEEN_WITHIN_SECONDS)
    found = [
        Worker(
            name=str(raw["id"]),
            queues=frozenset(str(queue["id"]) for queue in raw.get("queues") or []),
            task=str((raw.get("task") or {}).get("id") or ""),
            heard=read_time(raw.get("last_report_time") or raw.get("last_activity_time")),
        )
        for raw in answer["workers"]
    ]
    return sorted(found, key=lambda worker: worker.name)


def workers_of(client: Client, queue_id: str) -> Sequence[str]:
    """Return the names of the workers that serve a queue and were heard of lately, sorted."""
    return [worker.name for worker in live_workers(client) if queue_id in worker.queues]
