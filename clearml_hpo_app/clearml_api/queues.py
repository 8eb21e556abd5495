"""Queues, and the workers that serve them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from clearml_hpo_app.clearml_api.client import Client

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


def queue_names(client: Client) -> list[str]:
    """Return the names of all queues, sorted."""
    answer = client.call("queues.get_all", only_fields=["name"])
    return sorted(queue["name"] for queue in answer["queues"])


def workers_of(client: Client, queue_id: str) -> Sequence[str]:
    """Return the names of the workers that serve a queue and were heard of lately, sorted."""
    answer = client.call("workers.get_all", last_seen=SEEN_WITHIN_SECONDS)
    return sorted(
        worker["id"]
        for worker in answer["workers"]
        if any(queue["id"] == queue_id for queue in worker.get("queues") or [])
    )
