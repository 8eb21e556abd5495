"""Texts that stand beside each other, shortened so that each can still be told from the others.

What all of them share says nothing there and is left out first: `meta-llama/Llama-3.1-8B-Instruct` among its likes
becomes `…Llama-3.1-8B…`, or `…3.1-8B…` where there is less room. Nothing is escaped.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence

from clearml_hpo_app.space.values import Value, is_number, show, value_key
from clearml_hpo_app.wording import cut_middle, number, plain, value_text

ALL_OF_IT = 400
"""Letters of a text that are looked at."""

_FEWEST_DIGITS, _MOST_DIGITS = 4, 17
_WORD_END = re.compile(r"[/\-_ :,=]|(?<!\d)\.|\.(?!\d)")
"""A period between digits belongs to a number."""


def told_apart(texts: Sequence[str], limit: int, *, keeps_ends: bool = False) -> tuple[str, ...]:
    """Return `texts` in one line of at most `limit` (6 or more) characters each; equal ones stay equal.

    Texts that differ stay different: where all of them fit, they are only cleaned; else of what they share at
    either end as many words are left out as it takes, then what is too long is cut in the middle. Those that would
    look alike after that are shortened by what they share among themselves, and get a running number where even
    that does not help. Where `keeps_ends`, what they share at the end is left out where nothing else helps only.
    """
    lines = {text: plain(text, ALL_OF_IT) for text in texts}
    if any(len(line) > limit for line in lines.values()):
        lines = dict(zip(lines, _without_shared(list(lines.values()), limit, keeps_ends=keeps_ends), strict=True))
    short = {text: cut_middle(line, limit) for text, line in lines.items()}
    for label, count in Counter(short.values()).items():
        if count > 1:
            alike = [text for text in short if short[text] == label]
            inner = _without_shared([lines[text] for text in alike], limit)
            short |= {text: cut_middle(line, limit) for text, line in zip(alike, inner, strict=True)}
    return tuple(map(_numbered(short, limit).__getitem__, texts))


def value_labels(values: Sequence[Value], limit: int) -> tuple[str, ...]:
    """Return a label for each of a parameter's values, as `value_text` words them; those that differ differ."""
    return told_apart(_worded(values), limit)


def shared_ends(texts: Sequence[str]) -> tuple[str, str]:
    """Return what two or more different `texts` have in common at their beginning and their end: whole words."""
    ahead = _words_of(texts, lambda text: text)
    rest = [text[len(ahead) :] for text in texts]
    behind = _words_of(rest, lambda text: text[::-1])[::-1]
    return ahead, behind


def word_ends(text: str) -> list[int]:
    """Return the lengths, from 0 on, of the beginnings of `text` that are whole words."""
    return [0, *(found.end() for found in _WORD_END.finditer(text))]


def _worded(values: Sequence[Value]) -> list[str]:
    """Return the values in words, numbers with as many digits as tell them apart."""
    different = len({value_key(value) for value in values})
    for digits in range(_FEWEST_DIGITS, _MOST_DIGITS + 1):
        texts = [number(v, digits) if is_number(v) else _words(v) for v in values]
        if len(set(texts)) == different:
            return texts
    return [show(v) if is_number(v) else _words(v) for v in values]  # 1 and 1.0


def _words(value: Value) -> str:
    """Return a value that is no number in words; a text that is too long as it is: its end may tell it apart."""
    return value if isinstance(value, str) and len(value) >= ALL_OF_IT else value_text(value, ALL_OF_IT)


def _words_of(texts: Sequence[str], turned: Callable[[str], str]) -> str:
    """Return the common beginning of the texts, turned round or not, up to the last sign that ends a word."""
    if len(set(texts)) < 2:
        return ""
    ordered = sorted(turned(text) for text in texts)
    pairs = enumerate(zip(ordered[0], ordered[-1], strict=False))
    common = ordered[0][: next((place for place, (a, b) in pairs if a != b), len(ordered[0]))]
    return common[: max(place for place in word_ends(ordered[0]) if place <= len(common))]


def _without_shared(texts: Sequence[str], limit: int, *, keeps_ends: bool = False) -> list[str]:
    """Return the texts without so many words of what they share that they fit, without all of it if none fits.

    Those at the end are left out last, and not at all where `keeps_ends`. A single letter is not worth a sign.
    """
    ahead, behind = shared_ends(texts)
    longest = max(map(len, texts))
    choices = []
    for last in [0] if keeps_ends else word_ends(behind[::-1]):
        over = longest - last + (last > 0) - limit
        heads = word_ends(ahead)
        place = bisect_left(heads, over + 1) if over > 0 else 0
        choices += [(last, heads[place])] if place < len(heads) else []
    last, first = min(choices, default=(0 if keeps_ends else len(behind), len(ahead)))
    first, last = (0 if size == 1 else size for size in (first, last))
    return [f"{'…' if first else ''}{text[first : len(text) - last]}{'…' if last else ''}" for text in texts]


def _numbered(short: dict[str, str], limit: int) -> dict[str, str]:
    """Return the labels with a running number on those that another text has already."""
    taken = Counter(short.values())
    used = {label for label, count in taken.items() if count == 1}
    found, running = {}, 0
    for text, label in short.items():
        shown = label
        while taken[label] > 1 and (shown == label or shown in used):
            running += 1
            mark = f" #{running}"
            shown = cut_middle(label, limit - len(mark)) + mark
        used.add(shown)
        found[text] = shown
    return found
