"""What all open pages show: named parts as JSON, each with the number of the change that made it."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Part:
    """One part: its JSON text (`null` where it is gone), and when it changed."""

    text: str
    change: int


class Board:
    """Parts by name. Safe for threads: one puts, many read; `listen` is told of each change."""

    def __init__(self) -> None:
        self._parts: dict[str, Part] = {}
        self._change = 0
        self._lock = threading.Lock()
        self._listeners: set[Callable[[], None]] = set()

    @property
    def change(self) -> int:
        """Number of the last change."""
        return self._change

    def put(self, name: str, value: Any) -> None:
        """Show `value` (JSON values) as the part `name`; nothing happens where it is the same as before."""
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        with self._lock:
            known = self._parts.get(name)
            if known is not None and known.text == text:
                return
            self._change += 1
            self._parts[name] = Part(text, self._change)
            listeners = list(self._listeners)
        for tell in listeners:
            tell()

    def get(self, name: str) -> Any:
        """Return the value of a part, `None` when there is none."""
        part = self._parts.get(name)
        return None if part is None else json.loads(part.text)

    def names(self, prefix: str) -> list[str]:
        """Return the names of the parts that begin with `prefix` and are not gone."""
        with self._lock:
            return [name for name, part in self._parts.items() if name.startswith(prefix) and part.text != "null"]

    def forget(self, prefix: str) -> None:
        """Forget parts without telling anybody: nobody looks at them."""
        with self._lock:
            for name in [name for name in self._parts if name.startswith(prefix)]:
                del self._parts[name]

    def since(self, change: int, wanted: Callable[[str], bool]) -> Iterator[tuple[str, Part]]:
        """Yield the `wanted` parts that changed after the change of this number, in the order of their changes."""
        with self._lock:
            parts = sorted(self._parts.items(), key=lambda item: item[1].change)
        yield from ((name, part) for name, part in parts if part.change > change and wanted(name))

    def listen(self, tell: Callable[[], None]) -> Callable[[], None]:
        """Call `tell` after each change; return what ends that."""
        with self._lock:
            self._listeners.add(tell)

        def end() -> None:
            with self._lock:
                self._listeners.discard(tell)

        return end
