"""`python -m benchmarks.simulated_agents`: workers that play agents through the public API, all trials alike.

An agent is a generator of pauses, so that threads of real time and a clock that skips waiting can both drive it.
As a process it takes its settings as one line of JSON on stdin, and ends when stdin does.
"""

import json
import math
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.client import Client
from clearml_hpo_app.local.server import ServerAddress

HEARTBEAT_SECONDS = 30.0
REPORT, LOOK, END = "report", "look", "end"

Call = Callable[..., dict[str, Any]]


@dataclass(frozen=True)
class Shift:
    """What agents do.

    Attributes:
        queue: Id of the queue that they serve.
        seconds: Of a trial that nobody stops.
        report_seconds: Between two values of the objective; one more comes at the end.
        poll_seconds: Between two looks at an empty queue, and at whether the running trial is to stop. After a
            trial the queue is asked at once.
    """

    queue: str
    workers: int = 8
    seconds: float = 9.0
    report_seconds: float = 2.0
    poll_seconds: float = 5.0

    def timetable(self) -> list[tuple[float, str]]:
        """Return what an agent does when during a trial, in seconds from its start, in order."""
        moments = [(self.seconds, END)]
        for period, what in ((self.report_seconds, REPORT), (self.poll_seconds, LOOK)):
            if period < self.seconds:
                moments += [(period * n, what) for n in range(1, math.ceil(self.seconds / period))]
        return sorted(moments)


class SimulatedAgent:
    """Serves one queue for ever; `life` yields the seconds until it acts again.

    Args:
        call: Carries out an operation; what the server refuses comes back empty.
        now: Tells the seconds of some clock.
    """

    def __init__(self, call: Call, now: Callable[[], float], shift: Shift, name: str) -> None:
        self._call, self._now, self._shift, self._name = call, now, shift, name
        self._timetable = shift.timetable()
        self._told: tuple[str | None, float] = None, -math.inf

    def life(self) -> Iterator[float]:
        """Take one trial after the other."""
        self._call("workers.register", worker=self._name, queues=[self._shift.queue], timeout=600)
        while True:
            entry = self._call("queues.get_next_task", queue=self._shift.queue).get("entry")
            if entry:
                yield from self._run(entry["task"])
            else:
                self._tell(None)
                yield self._shift.poll_seconds

    def _run(self, task: str) -> Iterator[float]:
        found = self._call("tasks.get_by_id", task=task).get("task")
        if not found:
            return
        begun = self._now()
        self._call("tasks.started", task=task, status_reason="pulled by agent")
        self._call("tasks.edit", task=task, last_worker=self._name, force=True)
        self._tell(task)
        worth, iteration = _worth(found["hyperparams"].get("Args", {})), 0
        for moment, what in self._timetable:
            yield max(begun + moment - self._now(), 0.0)
            if what == LOOK:
                self._tell(task)
                if self._is_ended(task):
                    return
                continue
            iteration += 1
            event = {"type": "training_stats_scalar", "metric": "val", "variant": "loss", "iter": iteration}
            self._call("events.add_batch", **event, task=task, value=worth + 1 / iteration)
        self._call("tasks.completed", task=task, status_reason="ended by its script")

    def _is_ended(self, task: str) -> bool:
        rows = self._call("tasks.get_all", id=[task], only_fields=["status", "status_message"]).get("tasks")
        if not rows or rows[0]["status"] != "in_progress":
            return True
        if rows[0].get("status_message") != "stopping":
            return False
        self._call("tasks.stopped", task=task, status_reason="task was stopped by tasks.stop")
        return True

    def _tell(self, task: str | None) -> None:
        """Tell the server what runs, when that has changed, and every half a minute."""
        moment = self._now()
        if self._told[0] != task or moment >= self._told[1] + HEARTBEAT_SECONDS:
            self._told = task, moment
            what = {"task": task} if task else {}
            queues = [self._shift.queue]
            self._call("workers.status_report", worker=self._name, queues=queues, timestamp=0, **what)


def _worth(arguments: Mapping[str, Any]) -> float:
    return abs(float(arguments["rate"]["value"]) - 0.3) + int(arguments["units"]["value"]) / 100


def caller(client: Client) -> Call:
    """Return how an agent calls: what is refused is nothing to it, and no connection waits for its next call."""

    def call(operation: str, **body: Any) -> dict[str, Any]:
        try:
            return client.call(operation, **body)
        except RuntimeError:
            return {}
        finally:
            client.close()

    return call


def work(address: ServerAddress, shift: Shift, ended: threading.Event) -> list[threading.Thread]:
    """Start the agents of a shift, each in a thread; they stop when `ended` is set."""

    def live(index: int) -> None:
        name = f"simulated-{shift.queue[:6]}:{index}"
        agent = SimulatedAgent(caller(Client(address)), time.monotonic, shift, name)
        ended.wait(shift.poll_seconds * index / shift.workers)  # agents do not look at the queue in step
        for pause in agent.life():
            if ended.wait(pause):
                return

    threads = [threading.Thread(target=live, args=(index,), daemon=True) for index in range(shift.workers)]
    for thread in threads:
        thread.start()
    return threads


def main() -> None:
    """Work until stdin ends."""
    settings = json.loads(sys.stdin.readline())
    ended = threading.Event()
    threads = work(ServerAddress(**settings["address"]), Shift(**settings["shift"]), ended)
    sys.stdin.read()
    ended.set()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
