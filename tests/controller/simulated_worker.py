"""Workers without processes: they speak the public API as agents do, on a clock that only a test moves.

A worker is a generator that yields the seconds that it waits. `SimulatedClock.wait` runs what falls due in the
meantime, so a run of hours takes as long as its API calls, and always goes the same way.
"""

import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

import requests

from clearml_hpo_app.local.server import ServerAddress

Answer = dict[str, Any]
Waits = Generator[float, None, Any]

POLL_SECONDS = 5.0
"""How often an agent asks an empty queue, and whether its task is to end."""

REPORT_PERIOD = timedelta(seconds=30)
TICK = timedelta(milliseconds=1)


class SimulatedClock:
    """A clock for controller and server; a look at it takes a millisecond, so no two moments are the same."""

    def __init__(self) -> None:
        # ten days ago: tokens of the server are valid for 30 days, by the time of this machine
        self._now = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(days=10)
        self._lives: list[tuple[datetime, Waits]] = []
        self._lock = threading.Lock()

    def now(self) -> datetime:
        with self._lock:
            self._now += TICK
            return self._now

    def wait(self, seconds: float) -> None:
        target = self.now() + timedelta(seconds=seconds)
        while self._lives:
            due, life = min(self._lives, key=lambda entry: entry[0])
            if due > target:
                break
            self._reach(due)
            self._lives.remove((due, life))
            self.live(life)
        self._reach(target)

    def live(self, life: Waits) -> None:
        """Run `life` up to its next wait."""
        try:
            pause = next(life)
        except (StopIteration, WorkerDied):
            return
        self._lives.append((self.now() + timedelta(seconds=pause), life))

    def end_all_lives(self) -> None:
        for _, life in self._lives:
            life.close()
        self._lives.clear()

    def _reach(self, moment: datetime) -> None:
        with self._lock:
            self._now = max(self._now, moment)


class WorkerDied(Exception):
    """The machine of a worker is gone."""


class Refused(Exception):
    """The server refused a call."""


class Api:
    """Calls operations of a server: `api("tasks.create", name=…)` answers the data."""

    def __init__(self, address: ServerAddress) -> None:
        self.address = address
        self._session = requests.Session()
        self._session.auth = (address.access_key, address.secret_key)

    def __call__(self, operation: str, **body: Any) -> Answer:
        headers = {"Content-Type": "application/json"}
        answer = self._session.post(f"{self.address.api_host}/{operation}", json=body, headers=headers).json()
        if answer["meta"]["result_code"] != 200:
            raise Refused(answer["meta"]["result_msg"])
        return dict(answer["data"])

    def report(self, task: str, title: str, series: str, value: float, iteration: int) -> None:
        event = {"type": "training_stats_scalar", "metric": title, "variant": series, "iter": iteration}
        self("events.add_batch", **event, task=task, value=value)

    def task(self, task_id: str) -> Answer:
        return dict(self("tasks.get_by_id", task=task_id)["task"])

    def close(self) -> None:
        self._session.close()


@dataclass(frozen=True)
class Behaviour:
    """What a trial does.

    Attributes:
        value: What it reports after an iteration (1, 2, …), `None` for nothing.
        second: The same for a second metric.
        ending: How it ends when nobody stops it; `because` is the status reason that goes with it.
        says: What its console holds in the end, or from the iteration `says_at` on.
        hangs_at: Iteration before which it stops living: no report, no answer to a stop.
        dies_at: Iteration before which its worker dies, without a word.
    """

    iterations: int = 2
    seconds: float = 1.0
    value: Callable[[int], float | None] = lambda iteration: float(iteration)
    second: Callable[[int], float | None] = lambda iteration: None
    ending: str = "completed"
    because: str = "by its script"
    says: str = ""
    says_at: int | None = None
    hangs_at: int | None = None
    dies_at: int | None = None


Script = Callable[[int, Mapping[str, str]], Behaviour]
"""Number and parameter texts (section `Args`) of a trial to what it does."""


class SimulatedWorker:
    """Serves one queue; `started` lists the tasks that it ran."""

    def __init__(self, api: Api, clock: SimulatedClock, queue: str, script: Script, name: str) -> None:
        self._api, self._clock, self._queue, self._script, self.name = api, clock, queue, script, name
        self._reported: tuple[str | None, datetime] | None = None
        self.started: list[str] = []

    def life(self) -> Waits:
        yield from self._call("workers.register", worker=self.name, queues=[self._queue], timeout=600)
        while True:
            answer = yield from self._call("queues.get_next_task", queue=self._queue)
            if answer.get("entry"):
                yield from self._run(answer["entry"]["task"])
            else:
                yield from self._report()
                yield POLL_SECONDS

    def _run(self, task: str) -> Waits:
        found = yield from self._call("tasks.get_by_id", task=task)
        if not found:
            return
        sections = found["task"]["hyperparams"]
        texts = {name: item["value"] for name, item in sections.get("Args", {}).items()}
        behaviour = self._script(int(sections["properties"]["hpo_trial"]["value"]), texts)
        self.started.append(task)
        yield from self._call("tasks.started", task=task, status_reason="pulled by agent")
        yield from self._call("tasks.edit", task=task, last_worker=self.name, force=True)
        yield from self._report(task)
        ended = yield from self._train(task, behaviour)
        if behaviour.says and behaviour.says_at is None and not ended:
            yield from self._say(task, behaviour.says)
        if not ended:
            yield from self._call(f"tasks.{behaviour.ending}", task=task, status_reason=behaviour.because)
        yield from self._report()

    def _train(self, task: str, behaviour: Behaviour) -> Waits:
        """Return whether the task was ended from outside."""
        to_poll = POLL_SECONDS
        for iteration in range(1, behaviour.iterations + 1):
            if iteration == behaviour.dies_at:
                raise WorkerDied
            left = behaviour.seconds
            hangs = iteration == behaviour.hangs_at
            while left > 0 or hangs:
                pause = to_poll if hangs else min(left, to_poll)
                yield pause
                left, to_poll = left - pause, to_poll - pause
                if to_poll <= 0:
                    to_poll = POLL_SECONDS
                    yield from self._report(task)
                    if (yield from self._is_ended(task, hangs)):
                        return True
            if iteration == behaviour.says_at:
                yield from self._say(task, behaviour.says)
            yield from self._log(task, "loss", behaviour.value(iteration), iteration)
            yield from self._log(task, "size", behaviour.second(iteration), iteration)
        return False

    def _say(self, task: str, text: str) -> Waits:
        line = {"type": "log", "task": task, "level": "info", "worker": self.name, "msg": text}
        yield from self._call("events.add_batch", **line)

    def _log(self, task: str, series: str, value: float | None, iteration: int) -> Waits:
        if value is not None:
            yield from self._patient(lambda: self._api.report(task, "val", series, value, iteration))

    def _is_ended(self, task: str, hangs: bool) -> Waits:
        fields = ["status", "status_message"]
        answer = yield from self._call("tasks.get_all", id=[task], only_fields=fields)
        rows = answer["tasks"]
        if not rows or rows[0]["status"] != "in_progress":
            return True
        if rows[0].get("status_message") == "stopping" and not hangs:
            reason = "task was stopped by tasks.stop"
            yield from self._call("tasks.stopped", task=task, status_reason=reason)
            return True
        return False

    def _report(self, task: str | None = None) -> Waits:
        """Tell what runs, when that changed, and every half a minute."""
        moment = self._clock.now()
        if self._reported is not None and self._reported[0] == task and moment < self._reported[1] + REPORT_PERIOD:
            return
        self._reported = task, moment
        body = {"task": task} if task else {}
        yield from self._call("workers.status_report", worker=self.name, queues=[self._queue], timestamp=0, **body)

    def _call(self, operation: str, **body: Any) -> Waits:
        return (yield from self._patient(lambda: self._api(operation, **body)))

    def _patient(self, send: Callable[[], Answer | None]) -> Iterator[float]:
        """Send, again and again while no server answers; what it refuses is nothing to a worker."""
        while True:
            try:
                return send() or {}
            except Refused:
                return {}
            except requests.ConnectionError:
                yield POLL_SECONDS
