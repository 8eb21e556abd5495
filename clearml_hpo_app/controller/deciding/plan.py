"""How many iterations a trial makes when nothing cuts it short, as far as its siblings tell."""

from dataclasses import dataclass, field

from clearml_hpo_app.trials.trial import Trial, Verdict

SIBLINGS = 3
"""So many complete trials of one length are a plan; the base task counts as one when it is as long."""


@dataclass
class IterationPlan:
    """Learns the length of complete trials; once two of them differ, there is no plan.

    An agent that is shut down can mark its running task as completed. Only the number of iterations tells such a
    half-trained trial from a complete one. One that ends at the same iteration when it is tried again is complete.

    Attributes:
        base_iterations: Last iteration of the base task, `None` when it did not complete.
    """

    base_iterations: int | None = None
    _lengths: dict[int, int] = field(default_factory=dict)
    _short_at: dict[int, int] = field(default_factory=dict)

    def missing(self, trial: Trial) -> int:
        """Return how many iterations a completed trial lacks; 0 when it lacks none, or nobody can tell."""
        if trial.iteration is None or len(self._lengths) != 1:
            return 0
        (length, siblings), *_ = self._lengths.items()
        if (
            siblings + (length == self.base_iterations) < SIBLINGS
            or self._short_at.get(trial.number) == trial.iteration
        ):
            return 0
        return max(length - trial.iteration, 0)

    def note(self, trial: Trial) -> None:
        """Learn from a trial that ended, in the order of their ends."""
        if trial.iteration is None:
            return
        if trial.verdict is Verdict.SHORT:
            self._short_at[trial.number] = trial.iteration
        elif trial.verdict is Verdict.COMPLETED:
            self._lengths[trial.iteration] = self._lengths.get(trial.iteration, 0) + 1
