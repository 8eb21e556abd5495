"""Which tasks are the trials: a person's copy of a trial carries its parent, its tags and its properties.

What tells a copy is what it gets anew: a name (`Clone Of …`), in the web UI an empty description, and its time.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

from clearml_hpo_app.clearml_api.rows import ATTEMPT, NUMBER, RUN, TaskRow

_NAME = re.compile(r"(?P<base>.*): trial \d+( \(attempt \d+\))?", re.DOTALL)
_STAGES = {"created": 0, "queued": 1}

Key = tuple[str, int, int]
"""Run, number and attempt."""


@dataclass(frozen=True)
class Claimed:
    """The tasks that say they are one attempt of one trial.

    Attributes:
        original: The one that is it; `None` where all are copies and the trial itself is gone.
        others: The rest, the oldest first.
        repeats: Ids of those that one call made that was sent again, as far as their texts tell.
    """

    number: int
    original: TaskRow | None
    others: tuple[TaskRow, ...]
    repeats: frozenset[str]


def trial_name(base: str, number: int, attempt: int = 1) -> str:
    """Return the name of a trial, as only this application writes it; `base` is the name of the base task."""
    return f"{base}: trial {number}" + ("" if attempt == 1 else f" (attempt {attempt})")


def trial_headline(number: int, controller: str) -> str:
    """Return the first line of a trial's description."""
    return f"Trial {number} of the optimization {controller}."


def tell_apart(rows: Iterable[TaskRow], known: Container[str] = ()) -> list[Claimed]:
    """Return the trials among the children of a controller task, by run, number and attempt.

    Of several the one counts that the caller knows, else the one with our description and name, else the one
    further along, else the oldest. Even one that is alone is a copy where it never started or lacks one of our
    texts, and is younger than a trial of a higher number; so is one that never started and lacks both.

    Args:
        rows: Children of one controller task, the oldest first; those that are no trials are left out.
        known: Ids of tasks that are trials for certain.
    """
    claims: defaultdict[Key, list[TaskRow]] = defaultdict(list)
    for row in rows:
        if (key := _key(row)) is not None:
            claims[key].append(row)
    base = _base_name(claims)
    latest = _latest_moments(claims)
    return [_claimed(key, group, base, latest, known) for key, group in sorted(claims.items())]


def originals(rows: Iterable[TaskRow]) -> list[TaskRow]:
    """Return the trials among the children of a controller task, every attempt of every run, without copies."""
    return [claimed.original for claimed in tell_apart(rows) if claimed.original is not None]


def _claimed(
    key: Key, group: Sequence[TaskRow], base: str, latest: Mapping[Key, datetime], known: Container[str]
) -> Claimed:
    likeness = {row.id: _likeness(row, key, base) for row in group}

    def is_copy(row: TaskRow) -> bool:
        if row.id in known:
            return False
        is_draft = row.status == "created"
        is_late = key in latest and row.created is not None and row.created > latest[key]
        return (is_late and (is_draft or likeness[row.id] < 2)) or (is_draft and likeness[row.id] == 0)

    def standing(row: TaskRow) -> tuple[bool, int, int]:
        return row.id in known, likeness[row.id], _STAGES.get(row.status, 2)

    original = max((row for row in group if not is_copy(row)), key=standing, default=None)
    return Claimed(
        number=key[1],
        original=original,
        others=tuple(row for row in group if row is not original),
        repeats=frozenset(row.id for row in group if likeness[row.id] == 2),
    )


def _likeness(row: TaskRow, key: Key, base: str) -> int:
    _, number, attempt = key
    return _is_described(row, key) + (row.name == trial_name(base, number, attempt))


def _is_described(row: TaskRow, key: Key) -> bool:
    return row.headline == trial_headline(key[1], row.parent)


def _base_name(claims: Mapping[Key, Sequence[TaskRow]]) -> str:
    """Return what most names of described tasks begin with; the base task may have another name by now."""
    described = (row.name for key, group in claims.items() for row in group if _is_described(row, key))
    counts = Counter(match["base"] for match in map(_NAME.fullmatch, described) if match is not None)
    return counts.most_common(1)[0][0] if counts else ""


def _latest_moments(claims: Mapping[Key, Sequence[TaskRow]]) -> dict[Key, datetime]:
    """Return when, at the latest, each first attempt was made: numbers are given out one after the other."""
    made = {
        key: min(row.created for row in group if row.created is not None)
        for key, group in claims.items()
        if key[2] == 1 and any(row.created is not None for row in group)
    }
    latest: dict[Key, datetime] = {}
    for run in {key[0] for key in made}:
        keys = sorted((key for key in made if key[0] == run), reverse=True)
        moments = accumulate((made[key] for key in keys), min)
        latest.update(zip(keys[1:], moments, strict=False))
    return latest


def _key(row: TaskRow) -> Key | None:
    try:
        return row.properties[RUN], int(row.properties[NUMBER]), int(row.properties[ATTEMPT])
    except (KeyError, ValueError):
        return None
