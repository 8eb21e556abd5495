"""What the numbers of a run say, and what to do about it: short sentences, each from one rule.

A rule speaks only when its numbers are clear; the thresholds stand beside it. `on_space` has the rules on the
space, `on_trials` those on trials and workers.
"""

from collections.abc import Sequence

from clearml_hpo_app.dashboard.advice.finding import Advice
from clearml_hpo_app.dashboard.advice.on_space import bounds, influence
from clearml_hpo_app.dashboard.advice.on_trials import (
    controller,
    failures,
    far_worse,
    standing,
    standstill,
    without_value,
    workers,
)
from clearml_hpo_app.dashboard.importance import Importance
from clearml_hpo_app.trials.snapshot import Snapshot

__all__ = ["Advice", "advise", "listed"]


def advise(snapshot: Snapshot, importance: Importance) -> tuple[Advice, ...]:
    """Return where the run stands, then what could be done, the most urgent first."""
    found = [
        *controller(snapshot),
        *failures(snapshot),
        *without_value(snapshot),
        *far_worse(snapshot),
        *workers(snapshot),
        *bounds(snapshot, importance),
        *influence(snapshot, importance),
        *standstill(snapshot),
    ]
    return (standing(snapshot), *found)


def listed(advice: Sequence[Advice]) -> list[str]:
    """Return the advice as sentences, for reports in words."""
    return [f"{each.finding}. {each.todo}".rstrip(". ") + "." for each in advice]
