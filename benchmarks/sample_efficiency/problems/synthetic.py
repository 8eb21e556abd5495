"""Problems that are formulas, each with a trait that real spaces have; their smallest losses follow from them.

All but the first are sums of terms that are 0 at best, with an optimum away from the middle of the space.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log2, log10
from typing import Any

from benchmarks.sample_efficiency.problems.problem import (
    Point,
    Problem,
    by_key,
    continuous,
    listed,
    logarithmic,
    stepped,
)


@dataclass(frozen=True)
class Synthetic(Problem):
    """A formula over the values by their short names, and its minimum."""

    formula: Callable[[dict[str, Any]], float]
    minimum: float

    def losses(self, point: Point) -> Sequence[float]:
        """Return the one loss of a point."""
        return (self.formula(by_key(point)),)

    @property
    def best(self) -> float:
        """The minimum of the formula."""
        return self.minimum


_HARTMANN_A = (
    (10.0, 3.0, 17.0, 3.5, 1.7, 8.0),
    (0.05, 10.0, 17.0, 0.1, 8.0, 14.0),
    (3.0, 3.5, 1.7, 10.0, 17.0, 8.0),
    (17.0, 8.0, 0.05, 10.0, 0.1, 14.0),
)
_HARTMANN_P = (
    (0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886),
    (0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991),
    (0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650),
    (0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381),
)


def _hartmann(values: dict[str, Any]) -> float:
    """Hartmann's function of six variables (Dixon and Szegő, 1978)."""
    total = 0.0
    for weight, slopes, centres in zip((1.0, 1.2, 3.0, 3.2), _HARTMANN_A, _HARTMANN_P, strict=True):
        inner = sum(a * (x - p) ** 2 for a, x, p in zip(slopes, values.values(), centres, strict=True))
        total -= weight * math.exp(-inner)
    return total


def _ackley(values: dict[str, Any]) -> float:
    """Ackley's function on a grid, moved so that its minimum is a point of the grid off the middle."""
    away = [values[name] - at for name, at in zip("abcde", (1.75, -3.5, 4, -6, 3), strict=True)]
    bowl = math.exp(-0.2 * math.sqrt(sum(x * x for x in away) / len(away)))
    waves = math.exp(sum(math.cos(math.pi * x) for x in away) / len(away))
    return 20 * (1 - bowl) + math.e - waves


def _network(values: dict[str, Any]) -> float:
    """Log, integer, ordered and categorical at once; the best rate depends on optimizer and batch size."""
    rate = {"sgd": -0.8, "adam": -3.0, "rmsprop": -3.4}[values["optimizer"]] + 0.3 * log2(values["batch"] / 64)
    norm = values["norm"]
    loss: float = (
        0.3 * (log10(values["lr"]) - rate) ** 2 * (1.0 if norm else 2.0)
        + 0.06 * (log2(values["units"] / 200)) ** 2
        + 0.04 * abs(log2(values["batch"] / 64))
        + 0.5 * (values["momentum"] - 0.85) ** 2 * (2.0 if values["optimizer"] == "sgd" else 0.5)
        + {"adam": 0.0, "rmsprop": 0.05, "sgd": 0.08}[values["optimizer"]]
        + (0.0 if norm else 0.1)
    )
    return loss


def _ordered(values: dict[str, Any]) -> float:
    """Lists of numbers as people write them, of which neighbours are alike, and one of categories."""
    rate = log10(values["lr"] / 0.003) + 0.15 * (values["layers"] - 4)
    width = log2(values["units"] / 128)
    loss: float = (
        0.4 * rate**2
        + 0.05 * (width + 0.5 * (values["layers"] - 4)) ** 2
        + 0.03 * (values["layers"] - 4) ** 2
        + abs(values["dropout"] - 0.2) * (1.0 if values["units"] > 64 else 0.4)
        + {"relu": 0.0, "gelu": 0.02, "tanh": 0.15, "sigmoid": 0.5}[values["activation"]]
    )
    return loss


def _branches(values: dict[str, Any]) -> float:
    """Which parameters matter depends on another one, as people write it into one flat space."""
    loss: float
    if values["model"] == "forest":
        loss = 0.15 + 0.02 * abs(values["depth"] - 11) + 0.4 * (values["share"] - 0.3) ** 2
    elif values["model"] == "kernel":
        c, gamma = log10(values["c"]), log10(values["gamma"])
        loss = 0.06 * (c - 1.2) ** 2 + 0.15 * (gamma + 2.1 + 0.4 * (c - 1.2)) ** 2
    else:
        loss = 0.08 + 0.1 * (log10(values["lr"]) + 2.4) ** 2 + 0.5 * (values["momentum"] - 0.9) ** 2
    return loss


def _cliff(values: dict[str, Any]) -> float:
    """A valley that ends in a cliff: past a rate that falls with the width, losses grow to millions."""
    rate, width = log10(values["lr"]), log2(values["width"] / 256)
    edge = -1.4 - 0.3 * width
    valley: float = 0.2 * (rate + 1.7 + 0.3 * width) ** 2 + 0.04 * (width - 1) ** 2
    rest: float = 0.08 * (log10(values["decay"]) + 3.2) ** 2 + 0.3 * (values["warmup"] - 0.25) ** 2
    return 0.1 + valley + rest + math.expm1(9 * max(rate - edge, 0.0))


SYNTHETIC: tuple[Problem, ...] = (
    Synthetic(
        "hartmann-6",
        "synthetic",
        held_out=False,
        parameters=tuple(continuous(f"x{at}", 0, 1) for at in range(6)),
        formula=_hartmann,
        minimum=-3.32236801,
    ),
    Synthetic(
        "mixed-network",
        "synthetic",
        held_out=False,
        parameters=(
            logarithmic("lr", 1e-5, 1.0),
            continuous("momentum", 0, 0.99),
            logarithmic("units", 8, 1024),
            listed("batch", 16, 32, 64, 128, 256, 512),
            listed("optimizer", "sgd", "adam", "rmsprop"),
            listed("norm", True, False),
        ),
        formula=_network,
        minimum=0.0,
    ),
    Synthetic(
        "flat-branches",
        "synthetic",
        held_out=False,
        parameters=(
            listed("model", "forest", "kernel", "linear"),
            stepped("depth", 1, 30, 1),
            continuous("share", 0.05, 1),
            logarithmic("c", 1e-3, 1e4),
            logarithmic("gamma", 1e-6, 10.0),
            logarithmic("lr", 1e-6, 1.0),
            continuous("momentum", 0, 1),
        ),
        formula=_branches,
        minimum=0.0,
    ),
    Synthetic(
        "stepped-ackley",
        "synthetic",
        held_out=True,
        parameters=(
            stepped("a", -8.0, 8.0, 0.25),
            stepped("b", -8.0, 8.0, 0.5),
            stepped("c", -10, 10, 1),
            stepped("d", -10, 10, 1),
            stepped("e", -9, 9, 2),
        ),
        formula=_ackley,
        minimum=0.0,
    ),
    Synthetic(
        "ordered-lists",
        "synthetic",
        held_out=True,
        parameters=(
            listed("lr", 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3),
            listed("units", 16, 32, 64, 128, 256, 512, 1024),
            listed("layers", 1, 2, 3, 4, 6, 8),
            listed("dropout", 0.0, 0.1, 0.2, 0.3, 0.5),
            listed("activation", "relu", "tanh", "gelu", "sigmoid"),
        ),
        formula=_ordered,
        minimum=0.0,
    ),
    Synthetic(
        "cliff",
        "synthetic",
        held_out=True,
        parameters=(
            logarithmic("lr", 1e-5, 1.0),
            logarithmic("decay", 1e-7, 1.0),
            logarithmic("width", 16, 2048),
            continuous("warmup", 0, 1),
        ),
        formula=_cliff,
        minimum=0.1,
    ),
)
