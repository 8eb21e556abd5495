"""A small world to run controllers in: a server, its clock, a base task, workers; and what became of a run."""

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from simulated_worker import Answer, Api, Behaviour, Script, SimulatedClock, SimulatedWorker

from clearml_hpo_app.clearml_api import Client, connect_to, instances
from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.controller.loop import Controller, Turn
from clearml_hpo_app.controller.reporting.sending import Journal
from clearml_hpo_app.controller.run import open_controller
from clearml_hpo_app.instances.launching import create_draft
from clearml_hpo_app.local.server import ServerAddress

LOSS = {"title": "val", "series": "loss", "trend": "min"}
SIZE = {"title": "val", "series": "size", "trend": "max"}
RATE = {"type": "uniform", "name": "Args/rate", "min": 0.0, "max": 1.0}
UNITS = {"type": "uniform", "name": "Args/units", "min": 1, "max": 8}
MOST_TURNS = 3000
_COUNTER = itertools.count(1)


def loss_of(number: int, texts: Any) -> Behaviour:
    """A trial of two seconds whose loss follows from its parameters."""
    loss = abs(float(texts["rate"]) - 0.3) + int(texts["units"]) / 100
    return Behaviour(value=lambda iteration: loss + 1 / iteration)


@dataclass
class World:
    """A server with a base task and a queue of its own for each test."""

    address: ServerAddress
    clock: SimulatedClock
    api: Api
    queue: str = ""
    queue_id: str = ""
    base_task: str = ""
    workers: list[SimulatedWorker] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.queue = f"trials-{next(_COUNTER)}"
        self.queue_id = self.api("queues.create", name=self.queue)["id"]
        self.base_task = create_base_task(self.api)

    def hire(self, count: int = 1, script: Script = loss_of, name: str = "") -> None:
        """Let workers serve the queue, each under a name of its own, or all under one."""
        for _ in range(count):
            called = name or f"{self.queue}:{len(self.workers)}"
            worker = SimulatedWorker(self.api, self.clock, self.queue_id, script, called)
            self.workers.append(worker)
            self.clock.live(worker.life())

    def config(self, **more: Any) -> HpoConfig:
        settings = {
            "base_task_id": self.base_task,
            "objectives": [LOSS],
            "parameters": [RATE, UNITS],
            "execution_queue": self.queue,
            "method": "random",
            "seed": 7,
            "max_concurrent_tasks": 2,
            "queue_ahead": "off",
            **more,
        }
        return HpoConfig(**settings)

    def connect(self, address: ServerAddress) -> Client:
        return connect_to(
            address.api_host,
            address.access_key,
            address.secret_key,
            web_host=address.web_host,
            files_host=address.files_host,
            clock=self.clock,
        )

    @cached_property
    def client(self) -> Client:
        """A connection of this world's own."""
        return self.connect(self.address)

    def instance(self, client: Client | None = None, **more: Any) -> str:
        """Create a controller task and set it running."""
        client = client or self.client
        task_id = create_draft(client, self.config(**more))
        instances.start(client, task_id, "started by a test")
        return task_id

    def open(self, task_id: str, client: Client | None = None, journal: Journal | None = None) -> Controller:
        return open_controller(client or self.client, task_id, version="1", clock=self.clock, journal=journal)

    def begin(self, **more: Any) -> Controller:
        """Create an instance and open its controller."""
        return self.open(self.instance(**more))

    def finish(self, controller: Controller) -> list[Turn]:
        """Take turns until the run has ended."""
        turns = list(itertools.islice(controller.run(), MOST_TURNS))
        assert controller.ended is not None, "the run must come to its end"
        return turns

    def advance(self, controller: Controller, until: Callable[[], bool]) -> Iterator[Turn]:
        """Take turns until `until` is true; return the controller's iterator, to be carried on."""
        turns = controller.run()
        for _ in itertools.islice(turns, MOST_TURNS):
            if until():
                return turns
        raise AssertionError("what is waited for must happen before the run ends")

    def run(self, **more: Any) -> Controller:
        controller = self.begin(**more)
        self.finish(controller)
        return controller

    def trials(self, task_id: str) -> list[Answer]:
        """Return the tasks of the trials, by number, as the server has them."""
        found = self.api("tasks.get_all", parent=[task_id], search_hidden=True)["tasks"]
        return sorted(found, key=number_of)

    def numbers(self, task_id: str) -> list[int]:
        return [number_of(task) for task in self.trials(task_id)]

    def statuses(self, task_id: str) -> list[str]:
        return [task["status"] for task in self.trials(task_id)]

    def log_of(self, task_id: str) -> str:
        events = self.api("events.get_task_log", task=task_id, batch_size=1000)["events"]
        return "\n".join(event["msg"] for event in events)

    def plots_of(self, task_id: str) -> dict[str, list[Answer]]:
        """Return the plots of a task by title, as figures."""
        found: dict[str, list[Answer]] = {}
        for plot in self.api("events.get_task_plots", task=task_id)["plots"]:
            found.setdefault(plot["metric"], []).append(json.loads(plot["plot_str"]))
        return found


def create_base_task(api: Api) -> str:
    """Create a completed task with Args/rate, Args/units and the metrics val/loss and val/size."""
    texts = {"rate": ("0.5", "float"), "units": ("4", "int"), "name": ("plain", "str")}
    items = {name: {"section": "Args", "name": name, "value": v, "type": t} for name, (v, t) in texts.items()}
    found = api("projects.get_all", name="^Simulated$")["projects"]
    project = found[0]["id"] if found else api("projects.create", name="Simulated")["id"]
    mine = {"owner": {"section": "properties", "name": "owner", "value": "ann", "type": "str"}}
    sections = {"Args": items, "properties": mine}
    task = api("tasks.create", name="base", type="training", project=project, hyperparams=sections)["id"]
    api("tasks.started", task=task)
    for series in ("loss", "size"):
        api.report(task, "val", series, 0.5, 1)
    api("tasks.completed", task=task)
    return str(task)


def number_of(task: Answer) -> int:
    return int(properties(task)["hpo_trial"])


def properties(task: Answer) -> dict[str, str]:
    return {name: item["value"] for name, item in task["hyperparams"].get("properties", {}).items()}


def arguments(task: Answer) -> dict[str, str]:
    return {name: item["value"] for name, item in task["hyperparams"]["Args"].items()}
