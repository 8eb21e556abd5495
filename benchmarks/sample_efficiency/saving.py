"""What early stopping saves: iterations to reach the quality that ClearML's optimiser ends with.

Quality is the mean over the seeds of the normalised regret of the best trial that ran in full. On each problem,
ClearML's optimiser with its median pruner ends a budget with some quality, which it first had after so many ticks.
A method reaches that quality after so many ticks as well, or counts the whole budget where it does not. The share
saved is 1 − the geometric mean over the problems of (ticks of the method / ticks of ClearML's); it is negative for
a method that needs more. Slots are never idle, so iterations spent are 4 times the ticks.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.sample_efficiency.figures import mean, rounded
from benchmarks.sample_efficiency.peers import CLEARML

Regrets = Mapping[tuple[str, str], NDArray[np.float64]]
"""By name and problem, the regrets after each tick: one row per seed, one column per tick."""


def compute_saved(regrets: Regrets, names: Sequence[str], problems: Sequence[str]) -> dict[str, float]:
    """Return the share of the iterations that each one saves, at equal quality."""
    return {name: rounded(1 - mean([_soonest(regrets, name, problem) for problem in problems])) for name in names}


def area_ratios(regrets: Regrets, names: Sequence[str], problems: Sequence[str]) -> dict[str, float]:
    """Return each one's area under regret by iterations, relative to ClearML's optimiser."""
    return {name: rounded(mean([_area(regrets, name, problem) for problem in problems])) for name in names}


def by_problem(regrets: Regrets, names: Sequence[str], problems: Sequence[str]) -> dict[str, Any]:
    """Return both figures on each problem; a name in `unreached` did not get as good within the budget."""
    return {
        problem: {
            "compute_saved": compute_saved(regrets, names, [problem]),
            "area_ratio": area_ratios(regrets, names, [problem]),
            "unreached": [name for name in names if not _is_reached(regrets, name, problem).any()],
        }
        for problem in problems
    }


def _soonest(regrets: Regrets, name: str, problem: str) -> float:
    """Return after which share of the ticks that ClearML's needed it is as good as that ends."""
    return _ticks(regrets, name, problem) / _ticks(regrets, CLEARML, problem)


def _ticks(regrets: Regrets, name: str, problem: str) -> int:
    reached = _is_reached(regrets, name, problem)
    return int(np.argmax(reached)) + 1 if reached.any() else len(reached)


def _is_reached(regrets: Regrets, name: str, problem: str) -> NDArray[np.bool_]:
    """Return for each tick whether the quality was reached."""
    goal = regrets[CLEARML, problem].mean(axis=0)[-1] + 1e-9
    reached: NDArray[np.bool_] = regrets[name, problem].mean(axis=0) <= goal
    return reached


def _area(regrets: Regrets, name: str, problem: str) -> float:
    return float(regrets[name, problem].mean() / regrets[CLEARML, problem].mean())
