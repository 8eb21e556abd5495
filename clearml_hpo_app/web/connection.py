"""Connections to the ClearML server for pages that ask at the same time, and what they cost it."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from clearml_hpo_app.clearml_api import Client
from clearml_hpo_app.clock import Clock

MINUTE = 60.0


class Connection:
    """Hands out clients, one at a time to each who asks; counts the calls of the last minute.

    Args:
        connect: Makes a client; raises `ApiError` while the server is away or refuses.
        clock: Tells the time of calls.
    """

    def __init__(self, connect: Callable[[], Client], clock: Clock) -> None:
        self._connect, self._clock = connect, clock
        self._idle: list[Client] = []
        self._all: list[Client] = []
        self._lock = threading.Lock()
        self._calls: deque[tuple[float, int]] = deque()

    @contextmanager
    def use(self) -> Iterator[Client]:
        """Within the block a client is the caller's alone; raises as `connect` when there is none to be had."""
        with self._lock:
            client = self._idle.pop() if self._idle else None
        if client is None:
            client = self._connect()
            with self._lock:
                self._all.append(client)
        try:
            yield client
        finally:
            with self._lock:
                self._idle.append(client)

    @property
    def total(self) -> int:
        """Number of API calls that were made so far."""
        with self._lock:
            return sum(client.calls.total() for client in self._all)

    def calls_per_minute(self) -> int:
        """Return the number of calls of the last minute, as far as this was asked from time to time."""
        now, total = self._clock.now().timestamp(), self.total
        self._calls.append((now, total))
        while len(self._calls) > 1 and self._calls[1][0] <= now - MINUTE:
            self._calls.popleft()
        return total - self._calls[0][1] if now - self._calls[0][0] <= MINUTE or len(self._calls) > 1 else 0
