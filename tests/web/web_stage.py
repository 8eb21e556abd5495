"""A page over the embedded server, and somebody who visits it without a browser."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import requests
from cli_server import Api, wait_until

from clearml_hpo_app.clearml_api import Client
from clearml_hpo_app.clearml_api.connecting import connect_to
from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.instances.launching import create_instance
from clearml_hpo_app.local.server import ServerAddress
from clearml_hpo_app.web.server import PageServer


class Visitor:
    """A browser as far as requests go: it follows the address with the key and keeps the cookie."""

    def __init__(self, page: PageServer) -> None:
        self.address = page.address
        self.session = requests.Session()
        self.session.get(page.url, timeout=10).raise_for_status()

    def get(self, path: str, **headers: str) -> requests.Response:
        return self.session.get(self.address + path, headers=headers, timeout=20)

    def post(self, path: str, body: object = None, **headers: str) -> requests.Response:
        sent = {"Origin": self.address, **{name.replace("_", "-"): text for name, text in headers.items()}}
        return self.session.post(self.address + path, json=body or {}, headers=sent, timeout=60)

    def parts(self, instance: str = "") -> Iterator[tuple[str, Any]]:
        """Yield the parts that are pushed to an open page, for as long as they are asked for."""
        with self.session.get(f"{self.address}/api/stream?of={instance}", stream=True, timeout=20) as answer:
            for line in answer.iter_lines(chunk_size=1, decode_unicode=True):
                if line.startswith("data: "):
                    name, value = json.loads(line.removeprefix("data: "))
                    yield name, value

    def part(self, wanted: str, instance: str = "") -> Any:
        return next(value for name, value in self.parts(instance) if name == wanted)


@dataclass(frozen=True)
class Stage:
    """A ClearML server with queues and a base task, and the page on it."""

    address: ServerAddress
    api: Api
    base_task: str
    page: PageServer

    def client(self) -> Client:
        return connect(self.address)

    def config(self, **more: Any) -> HpoConfig:
        return HpoConfig.model_validate({**self.data(), **more})

    def data(self) -> dict[str, Any]:
        return {
            "base_task_id": self.base_task,
            "title": "Digits",
            "objectives": [{"title": "val", "series": "accuracy"}],
            "execution_queue": "trials",
            "method": "random",
            "parameters": [
                {"type": "uniform", "name": "Args/lr", "min": 0.001, "max": 0.1, "scale": "log"},
                {"type": "discrete", "name": "General/mode", "values": ["plain", "<b>bold</b>"]},
            ],
            "limits": {"total_tasks": 3},
            "max_concurrent_tasks": 2,
            "seed": 1,
        }

    def draft(self, **more: Any) -> str:
        return create_instance(self.client(), self.config(**more))

    def running(self, **more: Any) -> str:
        task = self.draft(**more)
        self.api("tasks.started", task=task)
        return task

    def report_table(self, task: str, cell: str) -> None:
        """Report the summary table of an instance with one row."""
        trace = {"type": "table", "header": {"values": ["rank", "task"]}, "cells": {"values": [[1], [cell]]}}
        event = {
            "task": task,
            "type": "plot",
            "metric": "Summary",
            "variant": "trials, best first",
            "iter": 0,
            "plot_str": json.dumps({"data": [trace], "layout": {}}),
        }
        self.api("events.add_batch", **event)

    def form_values(self, **more: Any) -> dict[str, Any]:
        """What is filled in for `data`, as the page sends it."""
        visitor = Visitor(self.page)
        answer = visitor.post("/api/import", {"text": json.dumps(self.data()), "name": "config.json"})
        return {**answer.json()["values"], **more}

    def wait_for_status(self, task: str, status: str) -> None:
        wait_until(lambda: self.api("tasks.get_by_id", task=task)["task"]["status"] == status)


def connect(address: ServerAddress) -> Client:
    return connect_to(
        address.api_host,
        address.access_key,
        address.secret_key,
        web_host=address.web_host,
        files_host=address.files_host,
    )
