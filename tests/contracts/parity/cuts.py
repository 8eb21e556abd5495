"""What the recorder cut: long texts and lists keep their ends, between them stands how much is missing.

A request that was cut is made whole again before it is sent: a text with filling of the same length, a list of
events by going on as its ends show. An answer that was cut is compared as far as it was kept, and in length.
"""

import re
from collections.abc import Sequence
from typing import Any

_TEXT = re.compile(r"<\.\.\. (\d+) characters cut \.\.\.>")
_ITEMS = re.compile(r"<\.\.\. (\d+) more items cut \.\.\.>")
_LONGEST_PERIOD = 1000


def whole(value: Any) -> Any:
    """Return the body of a request with what was cut from it filled in."""
    if isinstance(value, str):
        return _TEXT.sub(lambda cut: "~" * int(cut[1]), value)
    if isinstance(value, dict):
        return {key: whole(item) for key, item in value.items()}
    if isinstance(value, list):
        split = split_list(value)
        return _continued(*split) if split else [whole(item) for item in value]
    return value


def same_as_cut(recorded: str, text: str) -> str:
    """Return a recorded text, where it was cut filled with what stands there in `text` when the lengths agree."""
    cut = _TEXT.search(recorded)
    missing = len(recorded) - len(cut[0]) + int(cut[1]) if cut else 0
    if cut is None or len(text) != missing:
        return recorded
    return recorded[: cut.start()] + text[cut.start() : cut.start() + int(cut[1])] + recorded[cut.end() :]


def split_list(items: Sequence[Any]) -> tuple[list[Any], int, list[Any]] | None:
    """Return the first items of a cut list, how many are missing, and the last ones; None when it is whole."""
    for place, item in enumerate(items):
        cut = _ITEMS.fullmatch(item) if isinstance(item, str) else None
        if cut:
            return list(items[:place]), int(cut[1]), list(items[place + 1 :])
    return None


def _continued(head: list[Any], missing: int, tail: list[Any]) -> list[Any]:
    """Return a list of rows whose middle goes on as the ends show: fields are constant, or count up."""
    total = len(head) + missing + len(tail)
    columns = {name: _column([row[name] for row in head], [row[name] for row in tail], total) for name in head[0]}
    middle = range(len(head), total - len(tail))
    return [*head, *({name: column[place] for name, column in columns.items()} for place in middle), *tail]


def _column(head: list[Any], tail: list[Any], total: int) -> list[Any]:
    first, step = head[0], head[1] - head[0] if isinstance(head[0], (int, float)) else 0
    for period in (total, *range(len(head), _LONGEST_PERIOD)):  # it may also begin anew after some rows
        found = [first + step * (place % period) if step else first for place in range(total)]
        if found[: len(head)] == head and found[-len(tail) :] == tail:
            return found
    raise ValueError(f"A cut list must go on as its ends show, but {head[:2]} … {tail} does not. Record it whole.")
