"""Kills a controller at one of its calls: it sits in the proxy that all of them pass through."""

import json
import os
import signal
import subprocess
import threading
from contextlib import suppress
from dataclasses import dataclass

from benchmarks.proxy import Exchange

_PHASES = {
    "tasks.clone": "clone",
    "tasks.enqueue_many": "enqueue",
    "tasks.stop_many": "stop",
    "tasks.stopped": "stop",
    "tasks.archive_many": "archive",
    "tasks.unarchive_many": "archive",
    "events.add_batch": "report",
    "tasks.edit_runtime": "report",
    "tasks.add_or_update_artifacts": "end",
    "tasks.completed": "end",
    "tasks.get_all": "look",
}


@dataclass(frozen=True)
class Target:
    """A moment.

    Attributes:
        phase: What the controller is at ("any" for whatever).
        moment: "before" its request reaches the server, "between" that and the answer, or "after".
        call: Which of its calls of that phase, from 1.
        pause: Seconds that pass after the answer, for "after".
    """

    phase: str
    moment: str
    call: int
    pause: float


class Killer:
    """Hunts one controller at a time.

    Args:
        patience: Seconds after which a moment that does not come is not waited for: the controller dies anyway.

    Attributes:
        instance: Id of the task that it works on.
    """

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self.instance = ""
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._target: Target | None = None
        self._begun = threading.Event()
        self._killed = ""
        self._is_restoring = True
        self._phase = ""
        self._calls = 0

    def forget(self) -> None:
        """Get ready for the first controller of another run."""
        self.instance = ""

    def hunt(self, process: subprocess.Popen[bytes], target: Target | None) -> str:
        """Return once the process has ended: the phase in which it was killed, empty when it ended by itself."""
        with self._lock:
            self._process, self._target, self._killed, self._calls = process, target, "", 0
            self._is_restoring = bool(self.instance)
            self._begun.clear()
        while process.poll() is None:
            if target is not None and self._begun.wait(0.05):
                with suppress(subprocess.TimeoutExpired):
                    process.wait(self._patience)
                with self._lock:
                    self._kill()
            else:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(0.05)
        with self._lock:
            self._process = None
            return self._killed

    def treat(self, exchange: Exchange) -> None:
        """Pass a call on, and kill who made it when that is the moment."""
        with self._lock:
            is_due = self._is_due(exchange)
            moment = self._target.moment if self._target is not None and is_due else ""
            if moment == "before":
                self._kill()
        if moment == "before":
            exchange.drop()
            return
        answer = exchange.forward()
        if moment == "between":
            with self._lock:
                self._kill()
        exchange.answer(answer)
        if exchange.operation == "tasks.started" and not self.instance:
            self.instance = str(json.loads(exchange.body)["task"])
        if self.instance:
            self._begun.set()
        if moment == "after" and self._target is not None:
            threading.Timer(self._target.pause, self._kill_later, [self._process]).start()

    def _is_due(self, exchange: Exchange) -> bool:
        self._phase = self._phase_of(exchange)
        if self._target is None or not self.instance or self._target.phase not in {self._phase, "any"}:
            return False
        self._calls += 1
        return self._calls == self._target.call

    def _phase_of(self, exchange: Exchange) -> str:
        if exchange.operation == "tasks.get_all" and b'"id"' in exchange.body.partition(b'"only_fields"')[0]:
            self._is_restoring = False
        return "restore" if self._is_restoring else _PHASES.get(exchange.operation, "other")

    def _kill_later(self, process: subprocess.Popen[bytes] | None) -> None:
        with self._lock:
            if process is self._process:
                self._kill()

    def _kill(self) -> None:
        """Kill, unless it is dead already; the lock is held."""
        if self._process is None or self._killed or self._process.poll() is not None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
            self._killed = self._phase or "start"
