"""The server is killed under load at random moments: what it acknowledged is there, and nothing is half."""

import json
import os
import random
import signal
import sqlite3
import threading
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
from server_calls import call

from clearml_hpo_app.local.server import ServerAddress
from clearml_hpo_app.local.server.catalog import TASKS
from clearml_hpo_app.local.server.database import Database
from clearml_hpo_app.local.server_process import ServerProcess

_WRITERS = 4
_POINTS = 20


@dataclass
class _Acknowledged:
    """What the server said that it has done; `condition` tells who waits for a number of answers."""

    tasks: dict[str, str] = field(default_factory=dict)
    verdicts: dict[str, str] = field(default_factory=dict)
    reported: set[str] = field(default_factory=set)
    queued: set[str] = field(default_factory=set)
    popped: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    kills: int = 0
    answers: int = 0
    condition: threading.Condition = field(default_factory=threading.Condition)

    def one_more(self) -> None:
        with self.condition:
            self.answers += 1
            self.condition.notify_all()

    def wait_for(self, answers: int) -> None:
        with self.condition:
            assert self.condition.wait_for(lambda: self.answers >= answers, timeout=60)


class _Writer(threading.Thread):
    """Makes, changes, reports, enqueues, pops and uploads until the server is gone."""

    def __init__(self, address: ServerAddress, queue: str, name: str, known: _Acknowledged) -> None:
        super().__init__()
        self._address, self._queue, self._name, self._known = address, queue, name, known
        self._session = requests.Session()
        self._session.auth = (address.access_key, address.secret_key)

    def run(self) -> None:
        with self._session, suppress(requests.RequestException):
            for number in range(10_000):
                self._one_task(f"{self._name} {number}")

    def _one_task(self, name: str) -> None:
        known = self._known
        task = self._call("tasks.create", name=name, type="training")["id"]
        known.tasks[task] = name
        item = {"section": "properties", "name": "verdict", "value": name}
        self._call("tasks.edit_hyper_params", task=task, hyperparams=[item])
        known.verdicts[task] = name
        self._report(task)
        known.reported.add(task)
        self._call("tasks.enqueue", task=task, queue=self._queue)
        known.queued.add(task)
        entry = self._call("queues.get_next_task", queue=self._queue)
        if entry:
            known.popped.append(entry["entry"]["task"])
        content = name.encode() * 100
        self._session.post(self._address.files_host, files={name: (name, content)}, timeout=30).raise_for_status()
        known.files[name] = content

    def _report(self, task: str) -> None:
        head = {"task": task, "type": "training_stats_scalar", "metric": "m", "variant": "v", "value": 0.5}
        lines = "\n".join(json.dumps({**head, "iter": number}) for number in range(_POINTS))
        self._post("events.add_batch", lines, "application/json-lines")

    def _call(self, operation: str, **body: object) -> dict[str, Any]:
        return self._post(operation, json.dumps(body), "application/json")

    def _post(self, operation: str, body: str, kind: str) -> dict[str, Any]:
        url = f"{self._address.api_host}/v2.31/{operation}"
        answer = self._session.post(url, data=body, headers={"Content-Type": kind}, timeout=30)
        assert answer.status_code == 200, answer.text
        self._known.one_more()
        return dict(answer.json()["data"])


def _load_and_kill(folder: Path, known: _Acknowledged, chance: random.Random) -> None:
    server = ServerProcess(folder, folder.with_name("server.log"))
    address = server.start()
    queue = call(address, "queues.get_default")["id"]
    writers = [_Writer(address, queue, f"task {known.kills} {number}", known) for number in range(_WRITERS)]
    for writer in writers:
        writer.start()
    known.wait_for(known.answers + chance.randrange(1, 120))
    threading.Event().wait(chance.random() * 0.02)  # between two answers, not right after one
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    known.kills += 1
    server.stop()
    for writer in writers:
        writer.join()


def _check(folder: Path, known: _Acknowledged) -> None:
    with closing(sqlite3.connect(folder / "server.sqlite")) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    database = Database(folder / "server.sqlite")
    with database.read() as db:
        tasks = {task["id"]: task for task in TASKS.select(db, fields=["hyperparams"])}
        points = dict(db.execute("SELECT task, count(*) FROM scalars GROUP BY task").fetchall())
        waiting = {row[0] for row in db.execute("SELECT task FROM queue_entries")}
    database.close()
    assert {key: tasks[key]["name"] for key in known.tasks} == known.tasks
    found = {key: tasks[key]["hyperparams"]["properties"]["verdict"]["value"] for key in known.verdicts}
    assert found == known.verdicts
    assert known.reported <= set(points)
    assert set(points.values()) <= {_POINTS}, "a batch is stored whole or not at all"
    assert [task for task, count in Counter(known.popped).items() if count > 1] == []
    assert not waiting & set(known.popped)
    assert all(tasks[key]["status"] == "queued" for key in waiting | known.queued)
    # A pop whose answer the kill cut off has taken its entry: at most one for each writer and kill.
    assert len(known.queued - set(known.popped) - waiting) <= _WRITERS * known.kills
    assert {name: (folder / "files" / name).read_bytes() for name in known.files} == known.files


def _crash(folder: Path, times: int, seed: int) -> None:
    chance, known = random.Random(seed), _Acknowledged()
    for _ in range(times):
        _load_and_kill(folder, known, chance)
        _check(folder, known)
    assert len(known.tasks) >= times


def test_what_was_acknowledged_survives_three_kills_under_load(tmp_path: Path) -> None:
    _crash(tmp_path / "data", times=3, seed=1)


@pytest.mark.long
def test_what_was_acknowledged_survives_fifty_kills_under_load(tmp_path: Path) -> None:
    _crash(tmp_path / "data", times=50, seed=2)
