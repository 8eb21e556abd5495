"""Which method a run uses, and why: the configured one, or what the figures in `docs/methods.md` speak for."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec

from clearml_hpo_app.config import HpoConfig, Method

FEW_POINTS = 1.0
"""A grid is taken when the limit of trials allows for so many times its points."""

MOST_PENDING = 32
"""Trials at once up to which the Gaussian process's batch form pays; its cost grows with them."""

MOST_RESULTS: Mapping[int, int] = {1: 200, 2: 100, 3: 40}
"""Results by number of objectives up to which the Gaussian process is asked, and TPE after that; with more
objectives from the first. The boxes that a Pareto front leaves cost most: a suggestion takes 1 s of computing with
one objective, 8 s with two or three where every trial is on the front, 14 s with four and just 20 results."""

MOST_OBJECTIVES = 2
"""Objectives up to which the Gaussian process goes on for long enough to be worth its library."""


@dataclass(frozen=True)
class Choice:
    """What was chosen, never `auto`; `why` is half a sentence."""

    method: Method
    why: str


def choose_method(config: HpoConfig, *, has_torch: bool | None = None) -> Choice:
    """Return the method of a run.

    Args:
        config: What a person wants.
        has_torch: Whether the Gaussian process's library is there; looked up unless given.
    """
    if config.method != "auto":
        return Choice(config.method, "it was configured")
    size, total = config.space.size, config.limits.total_tasks
    if size is not None and total is not None and size <= total * FEW_POINTS:
        return Choice("grid", f"the limit of {total} trials allows for all {size} points of the space")
    if has_torch if has_torch is not None else find_spec("torch") is not None:
        return _with_torch(config)
    return Choice("bayesian", "it finds most of the methods that need no extra")


def _with_torch(config: HpoConfig) -> Choice:
    objectives = len(config.objectives)
    if config.max_concurrent_tasks > MOST_PENDING:
        return Choice("bayesian", f"more than {MOST_PENDING} trials at once slow a Gaussian process down")
    if objectives > MOST_OBJECTIVES:
        return Choice("bayesian", f"a Gaussian process of {objectives} objectives takes seconds for a suggestion")
    few = MOST_RESULTS[objectives]
    return Choice("gaussian-process", f"it finds most with few trials; beyond {few} results TPE takes over")
