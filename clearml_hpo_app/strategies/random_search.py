"""Random search: every trial on its own, no matter what the others found."""

import random
from collections.abc import Mapping

from clearml_hpo_app.space.values import Value
from clearml_hpo_app.strategies.sampled import SampledStrategy
from clearml_hpo_app.strategies.seeds import derive_seed


class RandomStrategy(SampledStrategy):
    """Draws every parameter evenly over its axis (Bergstra and Bengio, JMLR 13, 2012).

    Plain enough to need no sampling library, so that a controller with this method stays a light process.
    """

    def _draw(self, number: int, attempt: int) -> Mapping[str, Value]:
        rng = random.Random(derive_seed(self._seed, number, attempt))  # noqa: S311 - no secret
        return {axis.name: axis.at_fraction(rng.random()) for axis in self._axes}
