"""Optimisation methods: what to try next, given what was tried.

Importing this package is cheap; a method's own libraries are loaded when a strategy is made.
"""

from typing import Protocol

from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.trials import Trial
from clearml_hpo_app.values import Value

__all__ = ["Strategy", "make_strategy"]


class Strategy(Protocol):
    """One run of an optimisation method.

    A suggestion is a pure function of the space, the trials observed, the seed and the number: a strategy
    made anew and given the same trials, in any order, suggests the same.
    """

    def observe(self, trial: Trial) -> None:
        """Take in a trial, new or changed; the latest state of each number counts, of its latest attempt.

        One with a full result counts with its values, one that has not ended as pending; of any other one,
        only its point counts as tried.
        """
        ...

    def suggest(self, number: int) -> dict[str, Value]:
        """Return all parameters, the fixed ones included, for trial `number` (0 or more).

        The caller observes the trial that it makes of them before it asks for the next one.

        Raises:
            SpaceExhausted: The space is finite, and a trial has each of its points.
        """
        ...


def make_strategy(config: HpoConfig, seed: int) -> Strategy:
    """Return a strategy for `config.method` that has seen no trial yet.

    Args:
        config: What to optimise.
        seed: Where all chance comes from (0 or more); `config.seed`, or the one that the run chose for itself.
    """
    if config.method == "random":
        from clearml_hpo_app.strategies.random_search import RandomStrategy

        return RandomStrategy(config, seed)
    if config.method == "grid":
        from clearml_hpo_app.strategies.grid import GridStrategy

        return GridStrategy(config, seed)
    if config.method == "quasi-random":
        from clearml_hpo_app.strategies.sobol import SobolStrategy

        return SobolStrategy(config, seed)
    from clearml_hpo_app.strategies.tpe import TpeStrategy

    return TpeStrategy(config, seed)
