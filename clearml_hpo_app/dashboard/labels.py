"""How parameters are called where there is little room: short, and each by another name."""

from collections import Counter
from collections.abc import Mapping, Sequence

from clearml_hpo_app.dashboard.told_apart import ALL_OF_IT, told_apart, word_ends
from clearml_hpo_app.wording import cut_middle, plain

_LEVELS = "./"


def parameter_labels(names: Sequence[str], limit: int) -> Mapping[str, str]:
    """Return a label of at most `limit` characters for each full name of a parameter; all labels differ.

    They have no section, unless two names differ in nothing else.
    """
    keys = Counter(_key(name) for name in names)
    short = [_key(name) if keys[_key(name)] == 1 else name for name in names]
    return dict(zip(names, _names_told_apart(short, limit), strict=True))


def _key(name: str) -> str:
    return name.partition("/")[2] or name


def _names_told_apart(names: Sequence[str], limit: int) -> tuple[str, ...]:
    """Return nested names as `told_apart` does, but by their last words where these are names enough.

    `optimizer.learning_rate` becomes `…learning_rate`.
    """
    ends = {name: _last_words(plain(name, ALL_OF_IT), limit) for name in names}
    times = Counter(ends.values())
    alike = [name for name, end in ends.items() if times[end] > 1]
    found = ends | dict(zip(alike, told_apart(alike, limit, keeps_ends=True), strict=True))
    if len(set(found.values())) < len(found):
        return told_apart(names, limit, keeps_ends=True)
    return tuple(found[name] for name in names)


def _last_words(line: str, limit: int) -> str:
    """Return as many of the last words of `line` as fit, or its ends, where these words are too little of a name.

    What stands behind a period or slash is a name by itself, a part of it only where it is half of what fits.
    """
    places = (place for place in word_ends(line) if len(line) - place + (place > 0) <= limit)
    place = next(places, len(line))
    last = f"{'…' if place else ''}{line[place:]}"
    is_name = not place or (place < len(line) and line[place - 1] in _LEVELS) or 2 * len(last) > limit
    return last if is_name else cut_middle(line, limit)
