"""What is optimised: a metric that the trials report, the wanted trend, and the order that follows from it."""

from collections.abc import Sequence
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
    gains = [
        objective.sign * (mine - other) for objective, mine, other in zip(objectives, left, right, strict=True)
    ]
    return min(gains) >= 0 and max(gains) > 0


def ranking(values: Sequence[Values], objectives: Sequence[Objective]) -> list[int]:
    """Return the indices of `values` from best to worst; ties keep their order.

    With several objectives: by Pareto front (non-dominated sorting, Deb et al. 2002), within a front by the
    first objective.
    """
    first = objectives[0]
    if len(objectives) == 1:
        return sorted(range(len(values)), key=lambda index: -first.sign * values[index][0])
    ranked: list[int] = []
    for front in pareto_fronts(values, objectives):
        ranked += sorted(front, key=lambda index: -first.sign * values[index][0])
    return ranked


def pareto_fronts(values: Sequence[Values], objectives: Sequence[Objective]) -> list[list[int]]:
    """Split the indices of `values` into fronts: nobody in a front is dominated by the front or later ones."""
    remaining = list(range(len(values)))
    fronts: list[list[int]] = []
    while remaining:
        front = [
            index
            for index in remaining
            if not any(dominates(values[other], values[index], objectives) for other in remaining)
        ]
        fronts.append(front)
        taken = set(front)
        remaining = [index for index in remaining if index not in taken]
    return fronts
