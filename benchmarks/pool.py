"""`python -m benchmarks.pool`: workers that play agents through the public API, for trials without scripts.

Their settings come as one line of JSON on stdin; they end when stdin does. Each start of a trial, and each
deletion, is a line of JSON in the pool's own log.
"""

import http.client
import json
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.client import Client
from clearml_hpo_app.local.server import ServerAddress

IDLE_SECONDS = 0.5
REPORT_SECONDS = 20.0
ENDLESS = 1000
_OUTCOMES = ("endless", "failing", "stalling", "deleted")


@dataclass(frozen=True)
class Habits:
    """What the pool does.

    Attributes:
        queue: Id of the queue that it serves.
        log: File of its starts and deletions.
        seconds, iterations: Of a trial that ends by itself.
        endless, failing, stalling, deleted: Shares of the attempts that go on until they are stopped, that fail,
            that stop living, that a person deletes.
    """

    queue: str
    log: str
    workers: int = 4
    seconds: float = 1.0
    iterations: int = 3
    endless: float = 0.0
    failing: float = 0.0
    stalling: float = 0.0
    deleted: float = 0.0
    seed: int = 0

    def outcome(self, run: str, number: str, attempt: str) -> str:
        """Return what becomes of an attempt, by itself always the same."""
        place = Random(f"{self.seed} {run} {number} {attempt}").random()  # noqa: S311
        for name in _OUTCOMES:
            place -= getattr(self, name)
            if place < 0:
                return name
        return "completed"


class PoolLog:
    """The file of starts and deletions, written by all workers."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8")
        self._lock = threading.Lock()

    def write(self, **entry: str) -> None:
        """Add a line; it is in the file when this returns."""
        with self._lock:
            self._file.write(json.dumps(entry) + "\n")
            self._file.flush()


class Worker(threading.Thread):
    """One worker; serves its queue until `ended` is set."""

    def __init__(
        self, address: ServerAddress, habits: Habits, log: PoolLog, index: int, ended: threading.Event
    ) -> None:
        super().__init__(daemon=True)
        self._address, self._habits, self._log, self._ended = address, habits, log, ended
        self._name = f"pool-{habits.queue[:6]}:{index}"
        self._client: Client | None = None
        self._unreported = REPORT_SECONDS

    def run(self) -> None:
        """Take one task after the other."""
        while not self._ended.is_set():
            entry = self._call("queues.get_next_task", queue=self._habits.queue).get("entry")
            if entry:
                self._play(entry["task"])
            else:
                self._live(IDLE_SECONDS)

    def _play(self, task: str) -> None:
        found = self._call("tasks.get_by_id", task=task)
        if not found:
            return
        texts = found["task"]["hyperparams"]["properties"]
        run, number, attempt = (texts[f"hpo_{name}"]["value"] for name in ("run", "trial", "attempt"))
        self._log.write(kind="start", run=run, number=number, attempt=attempt, task=task)
        self._call("tasks.started", task=task, status_reason="pulled by agent")
        self._call("tasks.edit", task=task, last_worker=self._name, force=True)
        self._report(task)
        outcome = self._habits.outcome(run, number, attempt)
        if self._train(task, outcome, found["task"]["hyperparams"]["Args"]):
            self._end(task, outcome)
        self._report(None)

    def _train(self, task: str, outcome: str, arguments: Mapping[str, Any]) -> bool:
        """Report iterations; return whether the trial came to its own end."""
        worth = abs(float(arguments["rate"]["value"]) - 0.3) + int(arguments["units"]["value"]) / 100
        pause = self._habits.seconds / self._habits.iterations
        for iteration in range(1, (ENDLESS if outcome == "endless" else self._habits.iterations) + 1):
            self._live(pause, task)
            if self._is_ended(task):
                return False
            event = {"type": "training_stats_scalar", "metric": "val", "variant": "loss", "iter": iteration}
            self._call("events.add_batch", **event, task=task, value=worth + 1 / iteration)
            if outcome == "stalling":
                self._stall(task)
                return False
        return True

    def _end(self, task: str, outcome: str) -> None:
        if outcome == "deleted":
            self._log.write(kind="deletion", task=task)
            self._call("tasks.delete", task=task, force=True)
        elif outcome == "failing":
            self._call("tasks.failed", task=task, status_reason="worker execution exit code 1")
        else:
            self._call("tasks.completed", task=task, status_reason="ended by its script")

    def _stall(self, task: str) -> None:
        while not self._ended.is_set() and not self._is_ended(task):
            self._live(IDLE_SECONDS, task)

    def _is_ended(self, task: str) -> bool:
        rows = self._call("tasks.get_all", id=[task], only_fields=["status", "status_message"]).get("tasks")
        if not rows or rows[0]["status"] != "in_progress":
            return True
        if rows[0].get("status_message") != "stopping":
            return False
        self._call("tasks.stopped", task=task, status_reason="task was stopped by tasks.stop")
        return True

    def _live(self, seconds: float, task: str | None = None) -> None:
        self._unreported += seconds
        if self._unreported >= REPORT_SECONDS:
            self._report(task)
        self._ended.wait(seconds)

    def _report(self, task: str | None) -> None:
        self._unreported = 0.0
        what = {"task": task} if task else {}
        queues = [self._habits.queue]
        self._call("workers.status_report", worker=self._name, queues=queues, timestamp=0, **what)

    def _call(self, operation: str, **body: Any) -> dict[str, Any]:
        """Call as long as no server answers; what it refuses is nothing to a worker."""
        while not self._ended.is_set():
            try:
                self._client = self._client or Client(self._address)
                return self._client.call(operation, **body)
            except RuntimeError:
                return {}
            except (OSError, http.client.HTTPException):
                self._client = None
                self._ended.wait(IDLE_SECONDS)
        return {}


def main() -> None:
    """Let the pool work until stdin ends."""
    settings = json.loads(sys.stdin.readline())
    habits = Habits(**settings["habits"])
    log, ended = PoolLog(Path(habits.log)), threading.Event()
    address = ServerAddress(**settings["address"])
    workers = [Worker(address, habits, log, index, ended) for index in range(habits.workers)]
    for worker in workers:
        worker.start()
    sys.stdin.read()
    ended.set()
    for worker in workers:
        worker.join()


if __name__ == "__main__":
    main()
