"""Optimisation methods: what to try next, given what was tried.

Importing this package is cheap; a method's own libraries are loaded when a strategy is made.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec

from clearml_hpo_app.config import HpoConfig, Method
from clearml_hpo_app.errors import MissingExtra
from clearml_hpo_app.strategies.background import BackgroundStrategy
from clearml_hpo_app.strategies.choice import Choice, choose_method
from clearml_hpo_app.strategies.strategy import Strategy

__all__ = ["EXTRAS", "Choice", "Strategy", "choose_method", "make_strategy", "require_library"]

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
EXTRAS: Mapping[Method, str] = {"gaussian-process": "gp"}
"""Extra of this package that holds the library of a method."""

_SLOW = frozenset({"gaussian-process"})
"""Methods that may take longer than a quarter of a second for a suggestion, or to be loaded."""


def make_strategy(
    config: HpoConfig, seed: int, method: Method | None = None, *, when_ready: Callable[[], None] | None = None
) -> Strategy:
    """Return a strategy that has seen no trial yet.

    Args:
        config: What to optimise.
        seed: Where all chance comes from (0 or more); `config.seed`, or the one that the run chose for itself.
        method: What `choose_method` chose, when that was before; chosen now unless given.
        when_ready: Called when a suggestion that was pending is there. Without it nothing is ever pending: the
            caller waits, however long a method thinks.

    Raises:
        MissingExtra: The method's library is not installed.
    """
    method = method or choose_method(config).method
    require_library(method)
    if method in _SLOW and when_ready is not None:
        return BackgroundStrategy(lambda: _make(config, seed, method), when_ready)
    return _make(config, seed, method)


def require_library(method: Method) -> None:
    """Do nothing where what the method needs is installed.

    Raises:
        MissingExtra: It is not.
    """
    if method == "gaussian-process" and find_spec("torch") is None:
        raise MissingExtra(f"The method {method}", EXTRAS[method])


def _make(config: HpoConfig, seed: int, method: Method) -> Strategy:
    module, _, name = _CLASSES[method].partition(".")
    strategy: Strategy = getattr(import_module(f"{__name__}.{module}"), name)(config, seed)
    return strategy
