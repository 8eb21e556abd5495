"""How busy the slots were, told from nothing but when each trial ran on which worker; pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Stay:
    """One trial on a slot; Unix seconds of the server's clock."""

    worker: str
    start: float
    end: float


def gaps(stays: Iterable[Stay]) -> list[float]:
    """Return the seconds from the end of each trial to the start of its successor on that slot, 0 at least."""
    return [
        max(after.start - before.end, 0.0) for slot in _by_slot(stays).values() for before, after in pairwise(slot)
    ]


def idle_share(stays: Iterable[Stay], slots: int) -> float:
    """Return the share of slot time that was idle while there was something left to start, 0 … 1.

    A slot counts from its own first trial, since how soon a worker first looks at the queue is not the
    controller's doing; one that never had any, from the first trial of all. All count until the last trial
    of all has started: what is idle then would be with any controller.
    """
    by_slot = _by_slot(stays)
    if not by_slot:
        return 0.0
    first = min(slot[0].start for slot in by_slot.values())
    until = max(slot[-1].start for slot in by_slot.values())
    offered = sum(until - slot[0].start for slot in by_slot.values()) + (slots - len(by_slot)) * (until - first)
    used = sum(_overlap(stay, until) for slot in by_slot.values() for stay in slot)
    return 1 - used / offered if offered > 0 else 0.0


def reactions(ends: Iterable[float], enqueues: Sequence[float]) -> list[float]:
    """Return the seconds from each end of a trial to the next request that enqueues, where one came at all."""
    return [min(later) - end for end in ends if (later := [moment for moment in enqueues if moment >= end])]


def _by_slot(stays: Iterable[Stay]) -> dict[str, list[Stay]]:
    found: dict[str, list[Stay]] = defaultdict(list)
    for stay in sorted(stays, key=lambda stay: stay.start):
        found[stay.worker].append(stay)
    return found


def _overlap(stay: Stay, until: float) -> float:
    return max(min(stay.end, until) - stay.start, 0.0)
