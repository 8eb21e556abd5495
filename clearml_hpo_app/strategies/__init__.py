"""Optimisation methods: what to try next, given what was tried.

Importing this package is cheap; a method's own libraries are loaded when a strategy is made.
"""

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Protocol

from clearml_hpo_app.config import HpoConfig, Method
from clearml_hpo_app.errors import MissingExtra
from clearml_hpo_app.strategies.choice import Choice, choose_method
from clearml_hpo_app.trials import Trial
from clearml_hpo_app.values import Value

__all__ = ["Choice", "Strategy", "choose_method", "make_strategy"]

_CLASSES: Mapping[Method, str] = {
    "bayesian": "tpe.TpeStrategy",
    "bayesian-hyperband": "tpe.TpeStrategy",
    "hyperband": "random_search.RandomStrategy",
    "gaussian-process": "gaussian_process.GaussianProcessStrategy",
    "evolutionary": "evolutionary.EvolutionaryStrategy",
    "quasi-random": "sobol.SobolStrategy",
    "random": "random_search.RandomStrategy",
    "grid": "grid.GridStrategy",
}


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
        """
        ...


def make_strategy(config: HpoConfig, seed: int, method: Method | None = None) -> Strategy:
    """Return a strategy that has seen no trial yet.

    Args:
        config: What to optimise.
        seed: Where all chance comes from (0 or more); `config.seed`, or the one that the run chose for itself.
        method: What `choose_method` chose, when that was before; chosen now unless given.

    Raises:
        MissingExtra: The method's library is not installed.
    """
    method = method or choose_method(config).method
    if method == "gaussian-process" and find_spec("torch") is None:
        raise MissingExtra("The method gaussian-process", "gp")
    module, _, name = _CLASSES[method].partition(".")
    found = getattr(import_module(f"{__name__}.{module}"), name)
    strategy: Strategy = found(config, seed)
    return strategy
