"""Trials that went wrong for one reason."""

import re
from collections.abc import Iterable

from clearml_hpo_app.trials.trial import Outcome, Trial
from clearml_hpo_app.wording import plain

LETTERS = 300
"""Of a reason, those that tell it from others."""

_NUMBER = re.compile(r"0x[0-9a-f]+|\d+(\.\d+)?", re.IGNORECASE)


def by_reason(trials: Iterable[Trial]) -> list[list[Trial]]:
    """Return the trials in groups of one outcome and one reason, in the order of their first trials.

    Sizes and addresses make no difference: all that ran out of memory are one group, however much they asked for.
    """
    groups: dict[tuple[Outcome | None, str], list[Trial]] = {}
    for trial in trials:
        reason = _NUMBER.sub("#", plain(trial.reason, LETTERS))
        groups.setdefault((trial.outcome, reason), []).append(trial)
    return list(groups.values())
