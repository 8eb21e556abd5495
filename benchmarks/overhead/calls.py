"""Counting by itself: what a controller sends passes through here, whatever the controller says of it."""

import json
import threading
import time
from collections import Counter
from typing import Any

from benchmarks.proxy import Exchange

_ENQUEUE = {"tasks.enqueue": "task", "tasks.enqueue_many": "ids"}


class CallCount:
    """Counts the requests of one controller; the treatment of its proxy.

    Attributes:
        by_operation: Requests so far, by operation.
        enqueued: Ids of the tasks that it put into a queue, in order.
        enqueued_at: When it did so, one moment for each such request; Unix seconds of this machine.
    """

    def __init__(self) -> None:
        self.by_operation: Counter[str] = Counter()
        self.enqueued: list[str] = []
        self.enqueued_at: list[float] = []
        self._lock = threading.Lock()

    def treat(self, exchange: Exchange) -> None:
        """Count a request and pass it on."""
        with self._lock:
            self.by_operation[exchange.operation] += 1
            if exchange.operation in _ENQUEUE:
                self._note(json.loads(exchange.body)[_ENQUEUE[exchange.operation]])
        exchange.answer(exchange.forward())

    def _note(self, tasks: Any) -> None:
        new = [task for task in ([tasks] if isinstance(tasks, str) else tasks) if task not in self.enqueued]
        if new:
            self.enqueued_at.append(time.time())
            self.enqueued += new
