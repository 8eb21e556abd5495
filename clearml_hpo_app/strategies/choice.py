"""Which method a run uses, and why: the configured one, or what the figures in `docs/methods.md` speak for."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec

from clearml_hpo_app.config import HpoConfig, Method
from clearml_hpo_app.wording import counted

FEW_POINTS = 10
"""Points up to which a grid is taken, where all are tried anyway: a model finds the best of them no sooner than
chance does. Of 24 points it needs 7.5 trials (mean) and a grid 10, of 108 points 14 and 67."""

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
    if for_grid := _reason_for_grid(config):
        return Choice("grid", for_grid)
    if against := _reason_against_gaussian_process(config):
        return Choice("bayesian", against)
    if has_torch if has_torch is not None else find_spec("torch") is not None:
        few = MOST_RESULTS[len(config.objectives)]
        return Choice("gaussian-process", f"it finds most with few trials; beyond {few} results TPE takes over")
    return Choice("bayesian", "it finds most without the extra gp, which gaussian-process needs")


def _reason_for_grid(config: HpoConfig) -> str:
    size, total = config.space.size, config.limits.total_tasks
    if size is None or (total is not None and total < size):
        return ""
    space = f"a space of {counted(size, 'point')}"
    if size <= FEW_POINTS:
        return f"{space} is tried whole before a model could learn from it"
    if size <= config.max_concurrent_tasks:
        return f"{space} fits into {config.max_concurrent_tasks} trials at the same time"
    return ""


def _reason_against_gaussian_process(config: HpoConfig) -> str:
    objectives = len(config.objectives)
    if config.max_concurrent_tasks > MOST_PENDING:
        return f"more than {MOST_PENDING} trials at once slow a Gaussian process down"
    if objectives > MOST_OBJECTIVES:
        return f"a Gaussian process of {objectives} objectives takes seconds for a suggestion"
    return ""
