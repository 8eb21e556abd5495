"""Moments on the wire: how ClearML writes times, and how a time that a client sent is read."""

from datetime import datetime, timezone
from functools import lru_cache


def stored(moment: datetime) -> str:
    """Return `moment` as documents keep it: UTC, cut to milliseconds, six digits. Sorts as text."""
    cut = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    return cut.astimezone(timezone.utc).isoformat(timespec="microseconds")


def echoed(moment: datetime) -> str:
    """Return `moment` as the answer to a write repeats it: UTC, with microseconds."""
    return moment.astimezone(timezone.utc).isoformat(timespec="microseconds")


@lru_cache(maxsize=100)  # a batch of events has one
def received(moment: datetime) -> str:
    """Return `moment` as an event's `@timestamp` has it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def millis(moment: datetime) -> int:
    """Return `moment` as milliseconds since 1970."""
    return int(moment.timestamp() * 1000)


def from_millis(value: float) -> datetime:
    """Return the moment that is `value` milliseconds after the start of 1970."""
    return datetime.fromtimestamp(value / 1000, timezone.utc)


def parsed(text: str) -> datetime | None:
    """Return the moment that an ISO date or time names (UTC when it names no zone), or None."""
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def seconds_since(text: str | None, now: datetime) -> int:
    """Return the whole seconds from a stored time to `now`; 0 when there is none."""
    start = parsed(text) if text else None
    return int((now - start).total_seconds()) if start else 0
