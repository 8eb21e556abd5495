"""Positions of clients that read a long list piece by piece: an id, and how far it got."""

import threading
import uuid
from collections import OrderedDict

_KEPT = 1000


class Scrolls:
    """Remembers the last thousand scrolls, in memory: after a restart a client starts again."""

    def __init__(self) -> None:
        self._positions: OrderedDict[str, int] = OrderedDict()
        self._lock = threading.Lock()

    def resume(self, key: str | None) -> tuple[str, int]:
        """Return the id and position of the scroll `key`; a new one at 0 when it is unknown."""
        with self._lock:
            if key is not None and key in self._positions:
                return key, self._positions[key]
            return uuid.uuid4().hex, 0

    def move(self, key: str, position: int) -> None:
        """Remember that the scroll `key` got to `position`."""
        with self._lock:
            self._positions[key] = position
            self._positions.move_to_end(key)
            while len(self._positions) > _KEPT:
                self._positions.popitem(last=False)

    def drop(self, key: str) -> None:
        """Forget the scroll `key`."""
        with self._lock:
            self._positions.pop(key, None)
