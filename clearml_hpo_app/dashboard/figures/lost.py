"""Trials that ended without a value that can be drawn: where they lie tells which parameters went wrong."""

from collections import Counter
from collections.abc import Sequence

from clearml_hpo_app.trials.snapshot import Snapshot
from clearml_hpo_app.trials.trial import Outcome, Trial
from clearml_hpo_app.wording import cut_middle, grouped


def lost_trials(snapshot: Snapshot) -> list[tuple[Trial, str]]:
    """Return those that failed, have no value or a far worse one, each with the word for it, by number."""
    near = {trial.number for trial in snapshot.within_first_reach}
    kinds = {Outcome.FAILED, Outcome.NO_VALUE}
    failed = [(trial, trial.outcome.value) for trial in snapshot.trials if trial.outcome in kinds]
    goals = snapshot.config.objectives
    kind = "far worse" if len(goals) == 1 else f"far worse in {cut_middle(goals[0].name, 24)}"
    far = [(trial, kind) for trial in snapshot.ranked if trial.number not in near]
    return sorted([*failed, *far], key=lambda each: each[0].number)


def lost_in_words(lost: Sequence[tuple[Trial, str]], shown: int) -> str:
    """Return how many there are of each kind in the strip at the bottom, where `shown` of them stand."""
    found = Counter(kind for _, kind in lost)
    kinds = ", ".join(f"{grouped(count)} {kind}" for kind, count in found.items())
    return f"at the bottom: {kinds}{f' ({grouped(shown)} of them)' if shown < len(lost) else ''}"
