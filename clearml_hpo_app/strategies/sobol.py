"""Quasi-random search: points that leave smaller gaps than chance does."""

from collections.abc import Mapping

from scipy.stats import qmc

from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.space.values import Value
from clearml_hpo_app.strategies.sampled import SampledStrategy
from clearml_hpo_app.strategies.seeds import derive_seed


class SobolStrategy(SampledStrategy):
    """Takes each trial's point from a scrambled Sobol sequence, at the place that its number says.

    Sobol, USSR Computational Mathematics 7, 1967, with the scrambling of Matoušek, Journal of Complexity 14,
    1998. Where a trial has that point already, the sequence is followed to the next one that none has.

    The sequence is SciPy's, which Optuna's `QMCSampler` uses too. Optuna hides the position in a study
    attribute under a hash of the space; here it is an argument, so that there is nothing to restore.
    """

    def __init__(self, config: HpoConfig, seed: int) -> None:
        super().__init__(config, seed)
        self._sequence = qmc.Sobol(len(self._axes), scramble=True, seed=derive_seed(seed, "sobol"))
        self._position = 0

    def _draw(self, number: int, attempt: int) -> Mapping[str, Value]:
        fractions = self._at(number + attempt)
        return {axis.name: axis.at_fraction(float(at)) for axis, at in zip(self._axes, fractions, strict=True)}

    def _at(self, position: int) -> list[float]:
        if position < self._position:
            self._sequence.reset()
            self._position = 0
        if position > self._position:
            self._sequence.fast_forward(position - self._position)
        self._position = position + 1
        fractions: list[float] = self._sequence.random(1)[0].tolist()
        return fractions
