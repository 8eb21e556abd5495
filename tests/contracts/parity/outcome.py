"""Judging a replay: equal, accepted, different or skipped, exchange by exchange."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from parity.accepted import Accepted
from parity.bindings import Bindings
from parity.comparison import Comparison, Difference
from parity.recordings import Exchange
from parity.replay import Answer, replaying

_ID = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
_WRITES = re.compile(
    r"\w+\.(add|archive|clear|clone|close|complete|create|delete|edit|enqueue|fail|make|merge|move|publish|register"
    r"|remove|reset|set|start|stop|unarchive|unregister|update)"
)
_FEW = 10


@dataclass(frozen=True)
class Judged:
    """One exchange, our answer, and what was made of it.

    Attributes:
        exchange: What was recorded.
        answer: What our server answered.
        differences: Those that no pattern accepts.
        found: All differences, the accepted ones too.
        skipped: The operation that keeps this exchange from being compared; None when it was.
    """

    exchange: Exchange
    answer: Answer
    differences: list[Difference] = field(default_factory=list)
    found: list[Difference] = field(default_factory=list)
    skipped: str | None = None


@dataclass
class Report:
    """How many exchanges there are of each outcome; `skipped` by the operation that is to blame."""

    compared: int = 0
    equal: int = 0
    accepted: int = 0
    different: int = 0
    skipped: Counter[str] = field(default_factory=Counter)

    def count(self, judged: Judged) -> None:
        """Count one exchange."""
        if judged.skipped is not None:
            self.skipped[judged.skipped] += 1
            return
        self.compared += 1
        self.different += bool(judged.differences)
        self.accepted += bool(judged.found) and not judged.differences
        self.equal += not judged.found


class Judge:
    """Replays recordings and judges every answer.

    Args:
        accepted: The differences that are meant.
    """

    def __init__(self, accepted: Accepted) -> None:
        self.bindings = Bindings()
        self.accepted = accepted
        self._touched: dict[str, str] = {}

    def judge(self, exchanges: Sequence[Exchange]) -> Iterator[Judged]:
        """Replay the exchanges and yield each with its outcome.

        A question that was answered while other requests were under way may show them or not: one that differs is
        asked again after those.
        """
        held: dict[int, list[Judged]] = {}
        with replaying(exchanges, self.bindings) as server:
            for place, exchange in enumerate(exchanges):
                judged = self._judged(exchange, server.send(exchange))
                last = _last_under_way(exchanges, place) if judged.differences else place
                if last == place or _WRITES.match(exchange.operation) or not isinstance(exchange.answer, dict):
                    yield judged
                else:
                    held.setdefault(last, []).append(judged)
                for early in held.pop(place, []):
                    self.bindings.forget(early.exchange.answer["meta"]["id"])
                    late = self._judged(early.exchange, server.send(early.exchange))
                    yield early if late.differences else late

    def _judged(self, exchange: Exchange, answer: Answer) -> Judged:
        skipped = self._skipped(exchange, answer)
        if skipped is not None:
            return Judged(exchange, answer, skipped=skipped)
        found = list(compare(self.bindings, exchange, exchange.answer, answer))
        return Judged(exchange, answer, self.accepted.remaining(exchange, found), found)

    def _skipped(self, exchange: Exchange, answer: Answer) -> str | None:
        """Return the operation that we don't serve and that this exchange is of, or depends on."""
        line = exchange.line
        if answer.status == 404 and exchange.status != 404:
            if _WRITES.match(exchange.operation):
                asked = json.dumps(line.get("request_json", line.get("request_lines")))
                self._touched |= dict.fromkeys(_ID.findall(asked), exchange.operation)
            return exchange.operation
        if not self._touched:
            return None
        text = json.dumps([line.get("request_json"), line.get("request_lines"), exchange.answer])
        return next((self._touched[key] for key in _ID.findall(text) if key in self._touched), None)


def _last_under_way(exchanges: Sequence[Exchange], place: int) -> int:
    """Return the place of the last of the next few exchanges that began before this one was answered."""
    end = exchanges[place].end
    following = range(place + 1, min(place + 1 + _FEW, len(exchanges)))
    return max([place, *(number for number in following if exchanges[number].moment < end)])


def compare(bindings: Bindings, exchange: Exchange, recorded: Any, answer: Answer) -> Iterator[Difference]:
    """Yield the differences of a recorded body (of an exchange) and our answer."""
    if answer.status != exchange.status:
        yield Difference("status", f"is {answer.status} {str(answer.body)[-300:]}, was {exchange.status}")
        return
    yield from Comparison(bindings).differences(recorded, answer.body)
