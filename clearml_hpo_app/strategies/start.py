"""Where the methods with a model begin, while there are too few results for one."""

from collections.abc import Mapping, Sequence

from scipy.stats import qmc

from clearml_hpo_app.space.values import Value
from clearml_hpo_app.strategies.axes import Axis
from clearml_hpo_app.strategies.seeds import derive_seed

INNER = 0.6
"""Share of each ordered axis, around its middle, that the first trials keep to."""

_MIDDLE = 0.5 - 1e-9
"""Of two values in the middle, the lower one, which is mostly the cheaper one to train."""


def starting_point(axes: Sequence[Axis], number: int, seed: int) -> Mapping[str, Value]:
    """Return the point of trial `number` (0 or more), which follows from the arguments alone.

    The first trial is in the middle of every axis with an order: people draw ranges around what they believe in,
    so that in our measurements the middle was better than nine of ten random points. The next ones are spread
    around it, by a scrambled Sobol sequence within the inner part of the space; from there the model goes on to
    wherever it leads. Categories have no middle, and are drawn as the sequence has them.
    """
    sequence = qmc.Sobol(len(axes), scramble=True, seed=derive_seed(seed, "start"))
    if number:
        sequence.fast_forward(number)
    fractions: list[float] = sequence.random(1)[0].tolist()
    return {
        axis.name: axis.at_fraction(_inner(axis, at, number)) for axis, at in zip(axes, fractions, strict=True)
    }


def _inner(axis: Axis, fraction: float, number: int) -> float:
    if axis.is_category:
        return fraction
    return 0.5 + INNER * (fraction - 0.5) if number else _MIDDLE
