"""What every optimisation method does."""

from typing import Protocol

from clearml_hpo_app.space.values import Value
from clearml_hpo_app.trials.trial import Trial


class Strategy(Protocol):
    """One run of an optimisation method.

    A suggestion is a pure function of the space, the trials observed, the seed and the number: a strategy
    made anew and given the same trials, in any order, suggests the same.
    """

    def observe(self, trial: Trial) -> None:
        """Take in a trial, new or changed; the latest state of each number counts, of its latest attempt.

        One with a full result counts with its values, one that was stopped early with those that it had, one that
        has not ended as pending; of any other one, only its point counts as tried.
        """
        ...

    def suggest(self, number: int) -> dict[str, Value]:
        """Return all parameters, the fixed ones included, for trial `number` (0 or more).

        The caller observes the trial that it makes of them before it asks for the next one.

        Raises:
            SpaceExhausted: The space is finite, and a trial has each of its points.
            SuggestionPending: It takes longer than a turn may; another call for this number gets it.
        """
        ...
