"""A server for tests of the command line: calls of its API, a base task, and a worker that makes up results."""

import json
import math
import threading
import time
from collections.abc import Callable
from typing import Any

import requests

from clearml_hpo_app.local.server import ServerAddress

Answer = dict[str, Any]


class Api:
    """Calls operations of a server: `api("tasks.create", name=…)` answers the data."""

    def __init__(self, address: ServerAddress) -> None:
        self._host = address.api_host
        self._session = requests.Session()
        self._session.auth = (address.access_key, address.secret_key)

    def __call__(self, operation: str, **body: Any) -> Answer:
        return self._sent(operation, json.dumps(body))

    def report(self, task: str, title: str, series: str, value: float, iteration: int = 0) -> None:
        event = {
            "task": task,
            "type": "training_stats_scalar",
            "metric": title,
            "variant": series,
            "iter": iteration,
            "value": value,
        }
        self._sent("events.add_batch", json.dumps(event))

    def count_tasks(self) -> int:
        return len(self("tasks.get_all", search_hidden=True, only_fields=["id"])["tasks"])

    def close(self) -> None:
        self._session.close()

    def _sent(self, operation: str, text: str) -> Answer:
        headers = {"Content-Type": "application/json"}
        answer = self._session.post(f"{self._host}/{operation}", data=text.encode(), headers=headers).json()
        assert answer["meta"]["result_code"] == 200, answer["meta"]
        return dict(answer["data"])


def stand_by(api: Api) -> None:
    """Register a worker that serves the queue of the trials and takes none."""
    queue = api("queues.get_all", name="^trials$")["queues"][0]["id"]
    api("workers.register", worker="first:0", queues=[queue], timeout=600)


def create_base_task(api: Api, name: str = "digits") -> str:
    """Create a completed task with parameters Args/lr, Args/epochs, General/mode and the metric val/accuracy."""
    project = api("projects.create", name="CLI tests")["id"]
    task = api(
        "tasks.create",
        name=name,
        type="training",
        project=project,
        hyperparams={
            "Args": {
                "lr": {"section": "Args", "name": "lr", "value": "0.1", "type": "float"},
                "epochs": {"section": "Args", "name": "epochs", "value": "3", "type": "int"},
            },
            "General": {"mode": {"section": "General", "name": "mode", "value": "plain", "type": "str"}},
        },
        script={"diff": "print('hello')", "entry_point": "train.py", "requirements": {"pip": ""}},
    )["id"]
    api("tasks.started", task=task)
    api.report(task, "val", "accuracy", 0.5)
    api.report(task, "val", "loss", 1.5)
    api("tasks.completed", task=task)
    return str(task)


class QuickWorker(threading.Thread):
    """Serves a queue as an agent would, but makes the results up: each trial takes `seconds`."""

    def __init__(self, api: Api, queue: str, name: str = "quick", seconds: float = 0.2) -> None:
        super().__init__(daemon=True, name=name)
        self._api, self._seconds = api, seconds
        self._queue = api("queues.get_all", name=f"^{queue}$")["queues"][0]["id"]
        self._over = threading.Event()
        self.register()

    def register(self) -> None:
        self._api("workers.register", worker=self.name, queues=[self._queue], timeout=600)

    def __enter__(self) -> "QuickWorker":
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self.join()
        self._api("workers.unregister", worker=self.name)
        self._api.close()

    def run(self) -> None:
        while not self._over.wait(0.05):
            entry = self._api("queues.get_next_task", queue=self._queue).get("entry")
            if entry:
                self._try_out(entry["task"])

    def _try_out(self, task: str) -> None:
        items = self._api("tasks.get_by_id", task=task)["task"]["hyperparams"]["Args"]
        lr = float(items["lr"]["value"])
        self._api("tasks.started", task=task, force=True)
        for iteration in range(5):
            if self._over.wait(self._seconds / 5) or self._is_ended(task):
                self._api("tasks.stopped", task=task, force=True)
                return
            value = math.exp(-((math.log10(lr) + 2) ** 2)) * (1 - 0.5 ** (iteration + 1))
            self._api.report(task, "val", "accuracy", value, iteration)
            self._api.report(task, "val", "loss", 1 - value, iteration)
        self._api("tasks.completed", task=task, force=True)

    def _is_ended(self, task: str) -> bool:
        found = self._api("tasks.get_by_id", task=task)["task"]
        return found["status"] != "in_progress" or found.get("status_message") == "stopping"


def wait_until(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not what():
        assert time.monotonic() < deadline, "it did not happen within 30 s"
        time.sleep(0.1)


def newest(api: Api) -> dict[str, Any]:
    found = api("tasks.get_all", type=["optimizer"], order_by=["-created"], page=0, page_size=1)["tasks"]
    return dict(found[0]) if found else {"id": "", "status": ""}


def statuses(api: Api, instance: str) -> list[str]:
    found = api("tasks.get_all", parent=[instance], search_hidden=True, only_fields=["status"])
    return sorted(task["status"] for task in found["tasks"])
