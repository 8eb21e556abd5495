"""What the methods that model the history have in common: one of Optuna's samplers, made anew for each draw."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from optuna.samplers import BaseSampler
from optuna.trial import FrozenTrial

from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.space.values import Value
from clearml_hpo_app.strategies.history import Told
from clearml_hpo_app.strategies.sampled import SampledStrategy
from clearml_hpo_app.strategies.seeds import derive_seed
from clearml_hpo_app.strategies.start import starting_point
from clearml_hpo_app.strategies.study import HistoryView, distribution_of, frozen, probe

MOST_SHOWN = 600
"""Trials that a sampler is shown at most, so that a suggestion costs the same however long a run gets; more only
where so many are pending."""

BEST_SHOWN = 200
"""Those of them that are the best; what pending ones leave is spread evenly over the others, by number."""


class SamplerStrategy(SampledStrategy):
    """Asks a sampler that is seeded for the trial and is shown the history, and has no state besides.

    Attributes:
        startup_trials: With fewer results, the points of `start` are taken; 0 where the sampler needs no start.
        is_cut_complete: Whether the sampler is shown trials that were stopped early as complete ones.
    """

    attempts = 16
    startup_trials = 0
    is_cut_complete = False

    def __init__(self, config: HpoConfig, seed: int) -> None:
        super().__init__(config, seed)
        self._objectives = config.objectives
        self._distributions = {axis.name: distribution_of(axis) for axis in self._axes}
        self._frozen: dict[int, tuple[Told, FrozenTrial]] = {}

    def _draw(self, number: int, attempt: int) -> Mapping[str, Value]:
        if attempt == 0 and self._results() < self.startup_trials:
            return starting_point(self._axes, number, self._seed)
        sampler = self._sampler(derive_seed(self._seed, number, attempt), attempt)
        study = HistoryView(self._objectives, self._shown()).study(sampler)
        asked = probe(number)
        drawn: dict[str, Any] = dict(sampler.sample_relative(study, asked, self._distributions))
        for name, distribution in self._distributions.items():
            if name not in drawn:  # too few results for a model yet, or a parameter that mutates
                drawn[name] = sampler.sample_independent(study, asked, name, distribution)
        return {axis.name: axis.value(drawn[axis.name]) for axis in self._axes}

    def _results(self) -> int:
        return sum(told.values is not None for told in self._history.told.values())

    def _is_seen(self, drawn: Mapping[str, Any]) -> bool:
        """Return whether a trial has the point at these coordinates."""
        return self._history.is_seen({axis.name: axis.value(drawn[axis.name]) for axis in self._axes})

    @abstractmethod
    def _sampler(self, seed: int, attempt: int) -> BaseSampler:
        """Return a new sampler; `attempt` counts how often it proposed a point for this trial that was seen."""

    def _shown(self) -> Sequence[FrozenTrial]:
        """Return what the sampler is shown: every trial, or `MOST_SHOWN` of them with all pending ones."""
        told = self._history.told
        if len(told) <= MOST_SHOWN:
            return self._frozen_trials(told)
        pending = {number for number, each in told.items() if each.values is None}
        best = set(self._history.best(BEST_SHOWN))
        others = sorted(told.keys() - pending - best)
        room = max(MOST_SHOWN - len(pending) - len(best), 0)
        return self._frozen_trials({*pending, *best, *(others[len(others) * at // room] for at in range(room))})

    def _frozen_trials(self, numbers: Iterable[int]) -> list[FrozenTrial]:
        return [self._freeze(number) for number in sorted(numbers)]

    def _freeze(self, number: int) -> FrozenTrial:
        told, known = self._history.told[number], self._frozen.get(number)
        if known is None or known[0] is not told:
            made = frozen(number, told, self._distributions, is_cut_complete=self.is_cut_complete)
            known = self._frozen[number] = (told, made)
        return known[1]
