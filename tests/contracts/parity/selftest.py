"""The self-test: recorded answers are changed a little, one at a time, and each change must be noticed.

A change counts as reported when the comparison finds it at once, or when it contradicts a later answer (another id
at first sight is only that).
"""

import copy
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from parity.accepted import Accepted
from parity.bindings import Bindings
from parity.outcome import Judge, Judged, compare
from parity.recordings import Exchange

CHANGES = 200
NEEDED = 0.98
_SPARE = 20  # some of those that are chosen will be skipped
_CODES = (200, 400, 401, 403, 404, 500)


@dataclass
class Result:
    """How many answers were changed, which changes nobody noticed, and the replay itself."""

    changed: int
    missed: list[str]
    replayed: list[Judged]

    @property
    def reported(self) -> int:
        """How many changes were noticed."""
        return self.changed - len(self.missed)


@dataclass(frozen=True)
class Change:
    """One answer of a replay, changed: `what` tells how."""

    place: int
    bindings: Bindings
    answer: Any
    what: str


def run(judge: Judge, exchanges: Sequence[Exchange], seed: int) -> Result:
    """Replay, change `CHANGES` of the compared answers, and return which changes were noticed."""
    chance = random.Random(seed)
    whole = [place for place, exchange in enumerate(exchanges) if _is_whole(exchange)]
    wanted = set(chance.sample(whole, min(CHANGES + _SPARE, len(whole))))
    replayed: list[Judged] = []
    changes: list[Change] = []
    before = judge.bindings.copy()
    for judged in judge.judge(exchanges):
        if len(replayed) in wanted and len(changes) < CHANGES and _can_change(judged):
            answer, what = changed(judged.exchange.answer, chance)
            changes.append(Change(len(replayed), before, answer, f"{judged.exchange}: {what}"))
        replayed.append(judged)
        before = judge.bindings.copy() if len(replayed) in wanted else before
    missed = [change.what for change in changes if not _is_noticed(change, replayed, judge.accepted)]
    return Result(len(changes), missed, replayed)


def changed(answer: Any, chance: random.Random) -> tuple[Any, str]:
    """Return an answer with one value changed, one key dropped or another code, and what was done."""
    answer = copy.deepcopy(answer)
    kind = chance.choice(("value", "key", "code"))
    if kind == "code":
        name = chance.choice(("result_code", "result_subcode"))
        others = [code for code in _CODES if code != answer["meta"][name]]
        answer["meta"][name] = chance.choice(others)
        return answer, f"meta.{name} is {answer['meta'][name]}"
    places = [place for place in _places(answer, "") if kind == "value" or isinstance(place[0], dict)]
    holder, key, name = chance.choice(places)
    if kind == "key":
        del holder[key]
        return answer, f"{name} is dropped"
    holder[key] = _another(holder[key], chance)
    return answer, f"{name} is {holder[key]!r}"


def _is_whole(exchange: Exchange) -> bool:
    return isinstance(exchange.answer, dict) and not exchange.line.get("cut")


def _can_change(judged: Judged) -> bool:
    return judged.skipped is None and _is_whole(judged.exchange)


def _places(value: Any, name: str) -> Iterator[tuple[Any, Any, str]]:
    """Yield every leaf (what holds it, its key there, its full name)."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in entries:
        full = f"{name}.{key}"
        if isinstance(inner, (dict, list)) and inner:
            yield from _places(inner, full)
        else:
            yield value, key, full


def _another(value: Any, chance: random.Random) -> Any:
    if isinstance(value, bool) or value is None:
        return not value
    if isinstance(value, (int, float)):
        return value + chance.choice((-1, 1)) * max(1, abs(value) // 2)
    if isinstance(value, str) and value:
        place = chance.randrange(len(value))
        return (
            value[:place]
            + chance.choice([c for c in "0123456789abcdef" if c != value[place]])
            + value[place + 1 :]
        )
    return "something"


def _is_noticed(change: Change, replayed: Sequence[Judged], accepted: Accepted) -> bool:
    """Compare the changed answer and, when that shows nothing, those after it with what it taught."""
    bindings = change.bindings.copy()

    def shows(judged: Judged, recorded: Any) -> bool:
        if judged.skipped is not None:
            return False
        found = list(compare(bindings, judged.exchange, recorded, judged.answer))
        return any(item not in judged.differences for item in accepted.remaining(judged.exchange, found))

    if shows(replayed[change.place], change.answer):
        return True
    return any(shows(later, later.exchange.answer) for later in replayed[change.place + 1 :])
