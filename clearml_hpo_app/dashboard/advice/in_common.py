"""What some trials have in common that others do not: a range or a value of one parameter."""

from collections.abc import Sequence
from typing import NamedTuple

from clearml_hpo_app.dashboard.advice.finding import NAME, TEXT
from clearml_hpo_app.space.parameters import Uniform, Varied
from clearml_hpo_app.space.values import is_number, value_key
from clearml_hpo_app.trials.trial import Trial
from clearml_hpo_app.wording import counted, cut_middle, value_text

FEWEST = 3
"""Fewer trials have something in common by chance."""

MOST_OTHERS = 0.2
"""Share of the others that may have it too."""


class _Common(NamedTuple):
    """What all of the trials have: in words, and how many of the others have it too."""

    words: str
    others: int


def in_common(trials: Sequence[Trial], others: Sequence[Trial], varied: Sequence[Varied]) -> str:
    """Return what all `trials` have and few `others` do, as the end of a sentence; empty where there is nothing.

    `all of them have lr at 0.07 or more, 1 of 30 others`
    """
    if len(trials) < FEWEST or len(others) < FEWEST:
        return ""
    found = [common for parameter in varied for common in _of(parameter, trials, others)]
    rarest = min(found, key=lambda common: common.others, default=None)
    if rarest is None or rarest.others > MOST_OTHERS * len(others):
        return ""
    return f"all of them have {rarest.words}, {rarest.others or 'none'} of {counted(len(others), 'other')}"


def _of(parameter: Varied, trials: Sequence[Trial], others: Sequence[Trial]) -> list[_Common]:
    name = cut_middle(parameter.key, NAME)
    theirs, rest = ([trial.parameters.get(parameter.name) for trial in group] for group in (trials, others))
    if isinstance(parameter, Uniform):
        ours, numbers = ([value for value in values if is_number(value)] for values in (theirs, rest))
        if len(ours) < len(theirs):
            return []
        low, high = min(ours), max(ours)
        return [
            _Common(f"{name} at {value_text(low)} or more", sum(value >= low for value in numbers)),
            _Common(f"{name} at {value_text(high)} or less", sum(value <= high for value in numbers)),
        ]
    if len({value_key(value) for value in theirs}) > 1:
        return []
    same = sum(value_key(value) == value_key(theirs[0]) for value in rest)
    return [_Common(f"{name} = {value_text(theirs[0], TEXT)}", same)]
