"""The record of what was decided, for people: which decisions are worth a line, and in which words."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from clearml_hpo_app.controller.actions import (
    Action,
    Archive,
    Dequeue,
    Enqueue,
    ForceStop,
    Restore,
    Retry,
    Stop,
    WindUp,
)
from clearml_hpo_app.snapshot import Decision

MOST_KEPT = 200
"""Decisions that are remembered: the last ones."""

_WORDS: dict[type, str] = {
    Stop: "stopped",
    ForceStop: "declared stopped",
    Retry: "tried again",
    Archive: "archived",
    Restore: "restored",
    Enqueue: "enqueued again",
    Dequeue: "taken off the queue",
}
"""What is told; launches are the rule, and marks and looks at the log are nothing to people."""


def told(actions: Iterable[Action], now: datetime) -> Iterator[Decision]:
    """Yield the decisions among `actions` that people want to read of, in their order."""
    for action in actions:
        if isinstance(action, WindUp):
            yield Decision(now, "run ends", None, action.reason)
        elif isinstance(action, (Stop, ForceStop, Retry, Archive, Restore, Enqueue, Dequeue)):
            yield Decision(now, _WORDS[type(action)], action.number, action.reason)
