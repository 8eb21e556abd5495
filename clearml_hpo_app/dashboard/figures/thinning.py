"""Which trials a figure shows when there are too many: what matters is kept, the rest evenly."""

import math
from collections.abc import Sequence
from typing import TypeVar

from clearml_hpo_app.objective import Objective
from clearml_hpo_app.trials.trial import Trial

MAX_POINTS = 2000
NOTABLE = 200

T = TypeVar("T")


def improvements(valued: Sequence[Trial], objective: Objective) -> list[Trial]:
    """Return the trials of `valued` (all with values, in any order) that beat every one before them, in order."""
    found: list[Trial] = []
    sign, best = objective.sign, -math.inf
    for trial in valued:
        gain = sign * (trial.values or ())[0]
        if gain > best:
            best = gain
            found.append(trial)
    return found


def evenly(items: Sequence[T], count: int) -> list[T]:
    """Return at most `count` of `items` at even distances, in order, the first and the last among them."""
    if count <= 1 or len(items) <= count:
        return list(items[: max(count, 0)])
    step = (len(items) - 1) / (count - 1)
    return [items[round(place * step)] for place in range(count)]


def notable(trials: Sequence[Trial], ranked: Sequence[Trial], improved: Sequence[Trial]) -> set[int]:
    """Return the numbers of the trials that are kept first: improvements, the best 200 and the last 200."""
    kept = evenly(improved, MAX_POINTS // 2)
    return {trial.number for trial in [*kept, *ranked[:NOTABLE], *trials[-NOTABLE:]]}


def thinned(trials: Sequence[Trial], kept: set[int]) -> list[Trial]:
    """Return at most `MAX_POINTS` of `trials`, in order: those whose numbers are `kept`, the rest evenly."""
    if len(trials) <= MAX_POINTS:
        return list(trials)
    others = [trial for trial in trials if trial.number not in kept]
    chosen = {trial.number for trial in evenly(others, MAX_POINTS - len(kept))} | kept
    return [trial for trial in trials if trial.number in chosen]
