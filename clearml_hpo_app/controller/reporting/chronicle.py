"""The record of what was decided, for people: which decisions are worth a line, and in which words."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from clearml_hpo_app.controller.deciding.actions import (
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
from clearml_hpo_app.trials.snapshot import Decision

MOST_KEPT = 200
"""Decisions that are remembered: the last ones."""

ENQUEUED_AGAIN = "enqueued again"

_WORDS: dict[type, str] = {
    Stop: "stopped",
    ForceStop: "declared stopped",
    Retry: "tried again",
    Archive: "archived",
    Restore: "restored",
    Enqueue: ENQUEUED_AGAIN,
    Dequeue: "taken off the queue",
}
"""What is told; launches are the rule, and marks and looks at the log are nothing to people."""


def told(actions: Iterable[Action], now: datetime, earlier: Iterable[Decision]) -> Iterator[Decision]:
    """Yield the decisions among `actions` that people want to read of, in their order.

    A further try to enqueue that follows on one for the same reason (the queue is gone, say) is left out.
    """
    last = {decision.number: (decision.what, decision.reason) for decision in earlier}
    for action in actions:
        if isinstance(action, Enqueue) and last.get(action.number) == (ENQUEUED_AGAIN, action.reason):
            continue
        if isinstance(action, WindUp):
            yield Decision(now, "run ends", None, action.reason)
        elif isinstance(action, (Stop, ForceStop, Retry, Archive, Restore, Enqueue, Dequeue)):
            yield Decision(now, _WORDS[type(action)], action.number, action.reason)
