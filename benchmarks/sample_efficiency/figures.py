"""What is made of the games: ranks, ratios to random search, and how soon its best was found.

The area of a game is the mean over its trials of the normalised regret of the best loss so far (0 is the best
one known, 1 a typical point); a method's area on a problem is the mean over the seeds.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from benchmarks.sample_efficiency.peers import RANDOM
from benchmarks.sample_efficiency.play import MODES


class Cell(NamedTuple):
    """One method on one problem, in one mode."""

    name: str
    problem: str
    mode: str


Regrets = Mapping[Cell, NDArray[np.float64]]
"""Regrets after each trial: one row per seed, one column per trial."""


def figures(regrets: Regrets, names: Sequence[str], problems: Sequence[str]) -> dict[str, Any]:
    """Return the figures over `problems` by name; `regrets` holds all their cells, those of random too."""
    return {
        "mean_rank": _mean_ranks(regrets, names, problems),
        "regret_ratio_to_random": {
            name: {mode: rounded(mean(_ratios(regrets, name, problems, mode))) for mode in MODES} for name in names
        },
        "trials_to_random_best": {
            name: {mode: rounded(mean(_soonest(regrets, name, problems, mode)), 1) for mode in MODES}
            for name in names
        },
    }


def errors(regrets: Regrets, names: Sequence[str], problems: Sequence[str]) -> dict[str, dict[str, float]]:
    """Return the standard error of each ratio, from the spread over seeds (delta method)."""
    return {name: {mode: _error(regrets, name, problems, mode) for mode in MODES} for name in names}


def by_problem(regrets: Regrets, names: Sequence[str], problems: Sequence[str]) -> dict[str, Any]:
    """Return the ratio to random search on each problem."""
    ratios = {(name, mode): _ratios(regrets, name, problems, mode) for name in names for mode in MODES}
    return {
        problem: {name: {mode: rounded(ratios[name, mode][at]) for mode in MODES} for name in names}
        for at, problem in enumerate(problems)
    }


def _mean_ranks(regrets: Regrets, names: Sequence[str], problems: Sequence[str]) -> dict[str, float]:
    """Rank by area on each problem in each mode, 1 for the smallest; equal areas share their ranks."""
    ranks = [
        rankdata([regrets[Cell(name, problem, mode)].mean() for name in names])
        for problem in problems
        for mode in MODES
    ]
    return {name: rounded(rank, 2) for name, rank in zip(names, np.mean(ranks, axis=0), strict=True)}


def _ratios(regrets: Regrets, name: str, problems: Sequence[str], mode: str) -> list[float]:
    return [
        float(regrets[Cell(name, problem, mode)].mean() / regrets[Cell(RANDOM, problem, mode)].mean())
        for problem in problems
    ]


def _soonest(regrets: Regrets, name: str, problems: Sequence[str], mode: str) -> list[float]:
    """Return after how many trials the mean regret is what random search has at the end, at most all of them."""
    soonest = []
    for problem in problems:
        after = regrets[Cell(name, problem, mode)].mean(axis=0)
        is_there = after <= regrets[Cell(RANDOM, problem, mode)].mean(axis=0)[-1] + 1e-12
        soonest.append(float(np.argmax(is_there) + 1 if is_there.any() else len(after)))
    return soonest


def _error(regrets: Regrets, name: str, problems: Sequence[str], mode: str) -> float:
    """Return the standard error of the geometric mean of the ratios."""
    if name == RANDOM:
        return 0.0
    variance = 0.0
    for problem in problems:
        for each in (name, RANDOM):
            areas = regrets[Cell(each, problem, mode)].mean(axis=1)
            variance += float(areas.var() / max(len(areas) - 1, 1) / areas.mean() ** 2)
    return rounded(mean(_ratios(regrets, name, problems, mode)) * variance**0.5 / len(problems))


def mean(values: Sequence[float]) -> float:
    """Return the geometric mean."""
    return float(np.exp(np.mean(np.log(values))))


def rounded(value: float, digits: int = 3) -> float:
    """Return a plain float with so many digits after the point."""
    return round(float(value), digits)
