"""Two answers, place by place."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from parity.bindings import Bindings
from parity.cuts import split_list

_USER = re.compile(r"\busers?(\[\d+\])?\.(name|given_name|family_name)$|\.user_name$")
_ID = re.compile(r"[0-9a-f]{32}")
# Seconds and milliseconds that a recorded request lasted are in these; ours take no time.
_DURATIONS = {"active_duration": 1, "running_time": 3000, "total_runtime": 3}


@dataclass(frozen=True)
class Difference:
    """What is not the same: where (`data.tasks[0].name`), and how."""

    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.place} {self.text}"


class Comparison:
    """Compares recorded answers with ours, and remembers what stands for what."""

    def __init__(self, bindings: Bindings) -> None:
        self.bindings = bindings

    def differences(self, recorded: Any, ours: Any, place: str = "") -> Iterator[Difference]:
        """Yield each difference, of all places."""
        if isinstance(recorded, dict) and isinstance(ours, dict):
            yield from self._objects(recorded, ours, place)
        elif isinstance(recorded, list) and isinstance(ours, list):
            yield from self._lists(recorded, ours, place)
        elif not self._alike(recorded, ours, place):
            yield Difference(place, f"is {_short(ours)}, was {_short(recorded)}")

    def _objects(self, recorded: dict[str, Any], ours: dict[str, Any], place: str) -> Iterator[Difference]:
        here = f"{place}." if place else ""
        translated = {self.bindings.key(key): value for key, value in recorded.items()}
        for key in translated.keys() - ours.keys():
            yield Difference(here + key, f"is missing, was {_short(translated[key])}")
        for key in ours.keys() - translated.keys():
            yield Difference(here + key, f"is too much: {_short(ours[key])}")
        for key, value in translated.items():
            if key in ours:
                yield from self.differences(value, ours[key], here + key)

    def _lists(self, recorded: list[Any], ours: list[Any], place: str) -> Iterator[Difference]:
        cut = split_list(recorded)
        if cut is not None:
            head, missing, tail = cut
            length = len(head) + missing + len(tail)
            recorded, kept = head + tail, ours[: len(head)] + ours[max(len(head), len(ours) - len(tail)) :]
        else:
            length, kept = len(recorded), ours
        were_cut = f" ({cut[1]} of them cut)" if cut else ""
        strangers = [item for item in recorded if self._is_stranger(item)]
        if strangers and len(ours) == length - len(strangers):
            yield Difference(place, f"lacks {len(strangers)} rows of things that no recorded request made")
            yield from self._lists([item for item in recorded if item not in strangers], ours, place)
            return
        if len(ours) != length:
            yield Difference(
                place, f"has {len(ours)} items {_short(ours)}, had {length}{were_cut} {_short(recorded)}"
            )
            return
        aligned = self._aligned(recorded, kept)
        if aligned is not None:
            yield Difference(place, "is in another order")
        for number, (one, two) in enumerate(zip(recorded, aligned or kept, strict=True)):
            yield from self.differences(one, two, f"{place}[{number}]")

    def _is_stranger(self, item: Any) -> bool:
        key = item.get("id") if isinstance(item, dict) else None
        return isinstance(key, str) and bool(_ID.fullmatch(key)) and not self.bindings.knows(key)

    def _aligned(self, recorded: Sequence[Any], ours: Sequence[Any]) -> list[Any] | None:
        """Return our items in the recorded order when they are the same things in another one, else None."""
        wanted = [self.bindings.key(str(_identity(item))) for item in recorded]
        have = {str(_identity(item)): item for item in ours}
        if list(have) == wanted or len(have) < len(ours) or set(have) != set(wanted):
            return None
        return [have[key] for key in wanted]

    def _alike(self, recorded: Any, ours: Any, place: str) -> bool:
        if isinstance(recorded, str) and isinstance(ours, str):
            if _USER.search(place):
                return self.bindings.name(recorded, ours)
            return self.bindings.text(recorded, ours)
        if type(recorded) is not type(ours):
            return False
        if isinstance(recorded, (int, float)) and not isinstance(recorded, bool):
            slack = _DURATIONS.get(place.rpartition(".")[2], 0)
            return self.bindings.number(recorded, ours) or abs(recorded - ours) <= slack
        return bool(recorded == ours)


def _identity(item: Any) -> Any:
    if not isinstance(item, dict):
        return item
    identity = item.get("id", item.get("name"))
    return json.dumps(item) if identity is None else identity


def _short(value: Any) -> str:
    return json.dumps(value)[:160]
