"""Where the methods with a model begin, while there are too few results for one."""

from collections.abc import Mapping, Sequence
from random import Random

from clearml_hpo_app.space.values import Value
from clearml_hpo_app.strategies.axes import Axis
from clearml_hpo_app.strategies.seeds import derive_seed

INNER = 0.6
"""Share of each ordered axis, around its middle, that the first trials keep to."""

STRATA = 8
"""Points that share a Latin hypercube."""

_MIDDLE = 0.5 - 1e-9
"""Of two values in the middle, the lower one, which is mostly the cheaper one to train."""


def starting_point(axes: Sequence[Axis], number: int, seed: int) -> Mapping[str, Value]:
    """Return the point of trial `number` (0 or more), which follows from the arguments alone.

    The first trial is in the middle of every axis with an order: people draw ranges around what they believe in,
    so that in our measurements the middle was better than nine of ten random points. The next ones are spread
    around it, by Latin hypercubes within the inner part of the space; from there the model goes on to wherever it
    leads. Categories have no middle, and are drawn as the hypercube has them.

    McKay, Beckman, Conover, Technometrics 21, 1979: of the points of a hypercube each axis has one in each of as
    many equal parts. It needs no library: SciPy's Sobol sequence takes 60 MB and a second to load.
    """
    return {axis.name: axis.at_fraction(_fraction(axis, number, seed)) for axis in axes}


def _fraction(axis: Axis, number: int, seed: int) -> float:
    if number == 0 and not axis.is_category:
        return _MIDDLE
    cube, place = divmod(number, STRATA)
    chance = Random(derive_seed(seed, "start", cube, axis.name))  # noqa: S311
    strata = [(stratum + chance.random()) / STRATA for stratum in range(STRATA)]
    chance.shuffle(strata)
    at = strata[place]
    return at if axis.is_category else 0.5 + INNER * (at - 0.5)
