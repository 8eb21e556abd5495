"""What a problem of the benchmark is: parameters as a run has them, and a quick function from them to losses."""

import random
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median
from typing import Any, Literal

from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.space.parameters import Discrete, Uniform, Varied
from clearml_hpo_app.space.values import Value
from clearml_hpo_app.strategies.axes import axis_of

Kind = Literal["synthetic", "tuning", "curve"]
Point = Mapping[str, Value]

_TYPICAL_OF = 2001


@dataclass(frozen=True)
class Problem(ABC):
    """A loss to minimise.

    Attributes:
        name: What figures are listed under.
        kind: `synthetic` (a formula), `tuning` (real training, one value) or `curve` (real training, one value per
            iteration, of which the last counts).
        held_out: Whether it belongs to the half that is reported apart, and by which nothing is chosen.
        parameters: The search space; every name starts with `Args/`.
    """

    name: str
    kind: Kind
    held_out: bool
    parameters: tuple[Varied, ...]

    @abstractmethod
    def losses(self, point: Point) -> Sequence[float]:
        """Return the loss after each iteration, at least one; `point` has a value for every full name."""

    @property
    @abstractmethod
    def best(self) -> float:
        """The smallest last loss that the space holds."""

    @property
    def iterations(self) -> int:
        """Number of losses of a trial."""
        return 1

    @cached_property
    def typical(self) -> float:
        """The median last loss of 2001 random points, which is where a normalised regret is 1."""
        rng = random.Random(0)  # noqa: S311 - no secret
        axes = [axis_of(parameter) for parameter in self.parameters]
        points = ({axis.name: axis.at_fraction(rng.random()) for axis in axes} for _ in range(_TYPICAL_OF))
        return median(self.losses(point)[-1] for point in points)

    def regret(self, loss: float) -> float:
        """Return the normalised regret of a loss: 0 at the best one known, 1 at a typical one or a worse one."""
        return min(max((loss - self.best) / (self.typical - self.best), 0.0), 1.0)

    def config(self, method: str, **more: Any) -> HpoConfig:
        """Return the configuration of a run on this problem with `method` and whatever else is given."""
        return HpoConfig.model_validate(
            {
                "base_task_id": "benchmark",
                "method": method,
                "objectives": [{"title": "loss", "series": "validation", "trend": "min"}],
                "parameters": self.parameters,
                **more,
            }
        )


def continuous(name: str, low: float, high: float) -> Uniform:
    """Return a continuous parameter on a linear scale."""
    return Uniform(name=f"Args/{name}", min=float(low), max=float(high))


def logarithmic(name: str, low: float, high: float) -> Uniform:
    """Return a parameter on a log scale: integers where both ends are, else continuous."""
    return Uniform(name=f"Args/{name}", min=low, max=high, scale="log")


def stepped(name: str, low: float, high: float, step: float) -> Uniform:
    """Return a range with a step: integers where all three numbers are."""
    return Uniform(name=f"Args/{name}", min=low, max=high, step=step)


def listed(name: str, *values: Value) -> Discrete:
    """Return a list of values: ordered where all are numbers, else categories."""
    return Discrete(name=f"Args/{name}", values=values)


def by_key(point: Point) -> dict[str, Any]:
    """Return the values by what stands after `Args/` in their names."""
    return {name.partition("/")[2]: value for name, value in point.items()}
