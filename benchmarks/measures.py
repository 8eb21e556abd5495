"""The measurements themselves: each takes a running server and returns figures."""

import json
import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from benchmarks.client import Client
from clearml_hpo_app.local.server import ServerAddress

POLLERS = 64
_BATCH = 1000
_CURVES = 4


def milliseconds(call: Callable[[], object], times: int) -> list[float]:
    """Return how long each of `times` calls took, in milliseconds."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        found.append((time.perf_counter() - start) * 1000)
    return found


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """Return the median and the 99th percentile (nearest rank), in the unit of `values`."""
    ordered = sorted(values)
    return {
        name: round(ordered[int((len(ordered) - 1) * part)], 2) for name, part in (("p50", 0.5), ("p99", 0.99))
    }


def single_calls(client: Client, tasks: Sequence[str], times: int = 60) -> dict[str, list[float]]:
    """Return the milliseconds of `times` calls of each kind that SDK and agent make most, by operation."""
    chance = random.Random(1)  # noqa: S311
    queue = client.call("queues.create", name="empty queue")["id"]
    found = {}
    for operation in _bodies("", queue):

        def one(operation: str = operation) -> None:
            client.call(operation, **_bodies(chance.choice(tasks), queue)[operation])

        found[operation] = milliseconds(one, times)
    return found


def _bodies(task: str, queue: str) -> dict[str, dict[str, Any]]:
    """Return a request for each operation, about `task` where it is about one."""
    verdict = {"section": "properties", "name": "verdict", "value": "completed"}
    scalar = {"type": "training_stats_scalar", "metric": "train", "variant": "loss", "iter": 10, "value": 0.5}
    return {
        "tasks.get_by_id": {"task": task},
        "tasks.get_all": {"id": [task], "only_fields": ["status", "status_message"]},
        "tasks.ping": {"task": task},
        "tasks.edit_hyper_params": {"task": task, "hyperparams": [verdict]},
        "tasks.create": {"name": "one more", "type": "testing"},
        "tasks.clone": {"task": task, "new_task_name": "a clone"},
        "queues.get_all": {"name": "empty", "only_fields": ["name", "id"]},
        "queues.get_next_task": {"queue": queue},
        "workers.status_report": {"worker": "host:0", "queues": [queue], "timestamp": 1},
        "workers.get_all": {"last_seen": 3600},
        "events.add_batch": {"task": task, **scalar},
        "events.scalar_metrics_iter_histogram": {"task": task},
    }


def children(client: Client, tasks: Sequence[str], times: int = 40) -> list[float]:
    """Return the milliseconds of reading all 500 trials of a search with what a controller reads of them."""
    parent = client.call("tasks.get_by_id", task=tasks[0])["task"]["parent"]
    fields = [
        "id",
        "name",
        "status",
        "started",
        "completed",
        "last_iteration",
        "last_metrics",
        "hyperparams.General",
    ]

    def read() -> None:
        found = client.call("tasks.get_all", parent=[parent], only_fields=fields, page=0, page_size=500)["tasks"]
        if len(found) < min(500, len(tasks)):
            raise RuntimeError(f"A search must have all its trials, but {len(found)} were found.")

    return milliseconds(read, times)


def pollers(address: ServerAddress, client: Client, entries: int) -> dict[str, float]:
    """Let 64 clients empty a queue of `entries`; return pops per second, and how many came twice or never."""
    queue = client.call("queues.create", name="contended queue")["id"]
    tasks = [client.call("tasks.create", name="queued", type="testing")["id"] for _ in range(entries)]
    client.call("tasks.enqueue_many", ids=tasks, queue=queue)
    clients = [Client(address) for _ in range(POLLERS)]

    def poll(own: Client) -> list[str]:
        popped = []
        while entry := own.call("queues.get_next_task", queue=queue):
            popped.append(entry["entry"]["task"])
        return popped

    start = time.perf_counter()
    with ThreadPoolExecutor(POLLERS) as pool:
        popped = [task for tasks in pool.map(poll, clients) for task in tasks]
    seconds = time.perf_counter() - start
    for own in clients:
        own.close()
    lost = len(set(tasks) - set(popped))
    return {
        "pops_per_second": round(len(popped) / seconds),
        "duplicates": len(popped) - len(set(popped)),
        "lost": lost,
    }


def scalars(client: Client, points: int = 100_000) -> int:
    """Return how many points per second a new task's reports bring in, 1000 a batch."""
    task = client.call("tasks.create", name="reporting", type="training")["id"]
    batches = [_batch(task, first) for first in range(0, points, _BATCH)]
    start = time.perf_counter()
    for batch in batches:
        client.send_lines("events.add_batch", batch)
    return round(points / (time.perf_counter() - start))


def _batch(task: str, first: int) -> bytes:
    """Return a batch as the SDK writes it: one event a line."""
    head = {"task": task, "worker": "host", "type": "training_stats_scalar", "metric": "train", "method": "get"}
    lines = [
        {
            **head,
            "variant": f"v{n % _CURVES}",
            "iter": n // _CURVES,
            "value": 1 / (n + 1),
            "timestamp": 1764000000000 + n,
        }
        for n in range(first, first + _BATCH)
    ]
    return "\n".join(json.dumps(line) for line in lines).encode()


def reads(client: Client, tasks: Sequence[str], operation: str, times: int = 60) -> list[float]:
    """Return the milliseconds of `times` calls of an operation that reads the scalars of one task or another."""
    chance = random.Random(2)  # noqa: S311
    return milliseconds(lambda: client.call(operation, task=chance.choice(tasks)), times)
