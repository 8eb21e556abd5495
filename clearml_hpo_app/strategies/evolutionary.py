"""Evolutionary search: children of the best trials so far, crossed and mutated."""

from collections.abc import Sequence

from optuna.samplers import BaseSampler, NSGAIISampler
from optuna.trial import FrozenTrial

from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.strategies.sampler_based import SamplerStrategy

SMALLEST_POPULATION, LARGEST_POPULATION = 10, 50
GENERATIONS = 5
"""A run with a limit of trials has so many populations' worth of them, within those bounds."""


class EvolutionaryStrategy(SamplerStrategy):
    """Optuna's NSGA-II in its steady-state form: the parents are the best trials of the whole history.

    Deb et al., "A Fast and Elitist Multiobjective Genetic Algorithm: NSGA-II", IEEE TEC 6, 2002; steady-state as
    in Durillo et al., "On the Effect of the Steady-State Selection Scheme in Multi-Objective Genetic Algorithms",
    EMO 2009: with trials that end one by one nobody waits for the last of a generation. And since the parents
    follow from the history alone, there is no generation number that a restart could lose.

    Where it proposes a point that was seen, it is asked again with twice the chance of a mutation.
    """

    is_cut_complete = True

    def __init__(self, config: HpoConfig, seed: int) -> None:
        super().__init__(config, seed)
        budget = config.limits.total_tasks or LARGEST_POPULATION * GENERATIONS
        self._population = min(max(budget // GENERATIONS, SMALLEST_POPULATION), LARGEST_POPULATION)

    def _sampler(self, seed: int, attempt: int) -> BaseSampler:
        likelier = min(2.0**attempt / max(len(self._axes), 1), 1.0)
        return NSGAIISampler(population_size=self._population, mutation_prob=likelier, seed=seed)

    def _shown(self) -> Sequence[FrozenTrial]:
        """Return those that may be parents; among several objectives some more, for NSGA-II to keep them apart."""
        spread = 1 if len(self._objectives) == 1 else 4
        return self._frozen_trials(self._history.best(spread * self._population))
