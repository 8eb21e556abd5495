"""Gaussian process search: a smooth model of the objective, for few and costly trials."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy

import numpy as np
import torch
from optuna.samplers import BaseSampler, GPSampler
from optuna.trial import FrozenTrial

from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.strategies.sampler_based import SamplerStrategy
from clearml_hpo_app.strategies.tpe import TpeStrategy
from clearml_hpo_app.trials import Trial
from clearml_hpo_app.values import Value

STARTUP_TRIALS = 8
MOST_RESULTS = 200
"""Results beyond which TPE goes on, shared by the objectives: a suggestion of the model takes 0.65 s with 200 of
them, 6.5 s with 1000, and each objective has a model of its own."""

WHISKER = 1.5
"""Values that are worse than the third quartile by more interquartile ranges than this are told as if at that."""


class GaussianProcessStrategy(SamplerStrategy):
    """Optuna's Gaussian process with expected improvement, and its batch form for pending trials.

    Ament et al., "Unexpected Improvements to Expected Improvement for Bayesian Optimization", NeurIPS 2023;
    several objectives as in Daulton et al., "Differentiable Expected Hypervolume Improvement", NeurIPS 2020. One
    diverged loss would flatten the model, so values are winsorised at Tukey's fence, on the bad side only. A trial
    that was stopped early counts with the value it had.

    Where it proposes a point that was seen, the next attempts explore: they draw from the priors of the search.
    """

    attempts = 4
    is_cut_complete = True

    def __init__(self, config: HpoConfig, seed: int) -> None:
        super().__init__(config, seed)
        self._successor = TpeStrategy(config, seed)
        self._most_results = MOST_RESULTS // len(config.objectives)

    def observe(self, trial: Trial) -> None:
        """Take in a trial, new or changed."""
        super().observe(trial)
        self._successor.observe(trial)

    def suggest(self, number: int) -> dict[str, Value]:
        """Return the parameters for trial `number`; raises as `SampledStrategy.suggest`."""
        results = sum(told.values is not None for told in self._history.told.values())
        return self._successor.suggest(number) if results > self._most_results else super().suggest(number)

    def _draw(self, number: int, attempt: int) -> Mapping[str, Value]:
        with _one_thread():
            return super()._draw(number, attempt)

    def _sampler(self, seed: int, attempt: int) -> BaseSampler:
        startup = STARTUP_TRIALS if attempt == 0 else MOST_RESULTS + 1
        return GPSampler(seed=seed, n_startup_trials=startup, warn_independent_sampling=False)

    def _shown(self) -> Sequence[FrozenTrial]:
        trials = super()._shown()
        ended = [trial for trial in trials if trial.values]
        if len(ended) < STARTUP_TRIALS:
            return trials
        signs = np.array([-objective.sign for objective in self._objectives])
        tamed = signs * winsorise(signs * np.array([trial.values for trial in ended]))
        told = {trial.number: values.tolist() for trial, values in zip(ended, tamed, strict=True)}
        return [_with_values(trial, told[trial.number]) if trial.values else trial for trial in trials]


@contextmanager
def _one_thread() -> Iterator[None]:
    """Matrices of this size are a tenth as fast on several threads, which wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def winsorise(losses: np.ndarray) -> np.ndarray:
    """Return losses (trials × objectives, less is better) with none above its objective's upper fence (Tukey)."""
    lower, upper = np.quantile(losses, [0.25, 0.75], axis=0)
    tamed: np.ndarray = np.minimum(losses, upper + WHISKER * (upper - lower))
    return tamed


def _with_values(trial: FrozenTrial, values: list[float]) -> FrozenTrial:
    changed = copy(trial)
    changed.values = values
    return changed
