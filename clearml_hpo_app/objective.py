"""What is optimised: a metric that the trials report, the wanted trend, and the order that follows from it."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import groupby
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Trend = Literal["max", "min"]


class Objective(BaseModel):
    """One metric to optimise, named as the trials report it (`Logger.report_scalar(title, series, …)`)."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    title: str = Field(
        min_length=1,
        title="Optimization Objective Metric’s Title",
        description="Title of metric to optimize",
    )
    series: str = Field(
        min_length=1,
        title="Optimization Objective Metric’s Series",
        description="Metric series (variant) to optimize",
    )
    trend: Trend = Field(
        default="max",
        title="Optimization Objective Trend",
        description="Choose the optimization target, whether to maximize or minimize the value of the metric "
        "specified above",
    )
    value: Literal["last", "best"] = Field(
        default="last",
        title="Value of an Experiment",
        description="Which reported value counts: the last one, or the best one over all iterations",
    )
    allow_new_metric: bool = Field(
        default=False,
        title="Allow a New Metric",
        description="Accept a metric that the original task never reported. Otherwise such a metric is refused, "
        "since it is most likely misspelt",
    )

    @property
    def name(self) -> str:
        """Title and series as one text, `validation/accuracy`."""
        return f"{self.title}/{self.series}"

    @property
    def sign(self) -> int:
        """+1 when larger is better, -1 when smaller is."""
        return 1 if self.trend == "max" else -1

    def better(self, left: float, right: float) -> bool:
        """Tell whether `left` is strictly better than `right`."""
        return self.sign * left > self.sign * right

    def best(self, values: Sequence[float]) -> float:
        """Return the best of `values` (at least one)."""
        return max(values) if self.trend == "max" else min(values)


Values = tuple[float, ...]
"""The values of one trial, one per objective, in the order of the configuration."""


def dominates(left: Values, right: Values, objectives: Sequence[Objective]) -> bool:
    """Tell whether `left` is at least as good as `right` in every objective and better in one (Pareto)."""
    return _dominates(_losses(left, objectives), _losses(right, objectives))


def ranking(values: Sequence[Values], objectives: Sequence[Objective]) -> list[int]:
    """Return the indices of `values` (finite) from best to worst; ties keep their order.

    With several objectives: by Pareto front (non-dominated sorting, Deb et al. 2002), within a front by the
    first objective.
    """
    return [index for front in ranked_fronts(values, objectives) for index in front]


def ranked_fronts(values: Sequence[Values], objectives: Sequence[Objective]) -> list[list[int]]:
    """Return the fronts of `ranking`, each from best to worst; with one objective, all of them as one."""
    sign = -objectives[0].sign
    losses = [sign * point[0] for point in values]
    fronts = pareto_fronts(values, objectives) if len(objectives) > 1 else [list(range(len(values)))]
    return [sorted(front, key=losses.__getitem__) for front in fronts]


def pareto_fronts(values: Sequence[Values], objectives: Sequence[Objective]) -> list[list[int]]:
    """Split the indices of `values` into fronts: nobody in a front is dominated by the front or later ones.

    The fronts come from best to worst, the indices within one in ascending order. From best to worst in the
    first objective, each point goes to the first front that does not dominate it, found by bisection (Zhang et
    al. 2015, "An Efficient Approach to Nondominated Sorting"): O(n log n) with two objectives.
    """
    same = _by_losses(values, objectives)
    place = {1: _line_places, 2: _plane_places}.get(len(objectives), _places)
    ordered = sorted(same)
    fronts: list[list[int]] = []
    for losses, front in zip(ordered, place(ordered), strict=True):
        if front == len(fronts):
            fronts.append([])
        fronts[front] += same[losses]
    return [sorted(front) for front in fronts]


def pareto_front(values: Sequence[Values], objectives: Sequence[Objective]) -> list[int]:
    """Return the indices of the `values` that no other one dominates, in ascending order."""
    return next(iter(pareto_fronts(values, objectives)), [])


def _losses(values: Values, objectives: Sequence[Objective]) -> Values:
    """Return the values so that less is better in each."""
    return tuple(-objective.sign * value for objective, value in zip(objectives, values, strict=True))


def _by_losses(values: Sequence[Values], objectives: Sequence[Objective]) -> dict[Values, list[int]]:
    same: dict[Values, list[int]] = {}
    for index, point in enumerate(values):
        same.setdefault(_losses(point, objectives), []).append(index)
    return same


def _dominates(left: Values, right: Values) -> bool:
    return left != right and all(mine <= other for mine, other in zip(left, right, strict=True))


def _line_places(ordered: Sequence[Values]) -> Sequence[int]:
    """Return the front of each of `ordered` (ascending, all different, one loss each)."""
    return range(len(ordered))


def _plane_places(ordered: Sequence[Values]) -> list[int]:
    """Return the front of each of `ordered` (ascending, all different, two losses each).

    Of the points before one, that with the smallest second loss decides; it is the latest of its front, and
    these smallest losses grow from front to front.
    """
    smallest: list[float] = []
    places: list[int] = []
    for _, second in ordered:
        place = bisect_right(smallest, second)
        smallest[place : place + 1] = [second]
        places.append(place)
    return places


def _places(ordered: Sequence[Values]) -> list[int]:
    """Return the front of each of `ordered` (ascending, all different).

    Sets of points are the bits of whole numbers: 10 000 points fit into 1.25 kB, two sets are compared at once.
    """
    fronts: list[int] = []
    places: list[int] = []
    for index, better in enumerate(_dominators(ordered)):
        place = _first_without(better, fronts)
        if place == len(fronts):
            fronts.append(0)
        fronts[place] |= 1 << index
        places.append(place)
    return places


def _first_without(better: int, fronts: Sequence[int]) -> int:
    """Return the first front with none of `better` in it: all before it have one, all after it have none."""
    return bisect_left(fronts, True, key=lambda members: not members & better)


def _dominators(ordered: Sequence[Values]) -> list[int]:
    """Return for each of `ordered` (ascending, all different) which ones dominate it; they come before it."""
    found = [(1 << index) - 1 for index in range(len(ordered))]
    for losses in list(zip(*ordered, strict=True))[1:]:
        at_most = 0
        for _, same in groupby(sorted(range(len(losses)), key=losses.__getitem__), key=losses.__getitem__):
            indices = list(same)
            at_most |= sum(1 << index for index in indices)
            for index in indices:
                found[index] &= at_most
    return found
