"""Gaussian process search: a smooth model of the objective, for few and costly trials."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from typing import Any

import numpy as np
import torch
from optuna.samplers import BaseSampler, GPSampler
from optuna.trial import FrozenTrial

from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.space.values import Value
from clearml_hpo_app.strategies.acquisition import WIDEST, Cube, maximise
from clearml_hpo_app.strategies.choice import MOST_RESULTS
from clearml_hpo_app.strategies.sampler_based import MOST_SHOWN, SamplerStrategy
from clearml_hpo_app.strategies.tpe import TpeStrategy
from clearml_hpo_app.trials.trial import Trial

STARTUP_TRIALS = 4
"""Results before the model is trusted: with a start in the middle of the space fewer do than the usual 10."""

SOBOL_POINTS = 1024
AROUND_BEST = 96
"""Points at which the acquisition is evaluated first: all over the space, and near the best trial."""

WHISKER = 1.5
"""Values that are worse than the third quartile by more interquartile ranges than this are told as if at that."""

LARGEST = 1e100
"""Values are cut to what can be squared."""


class GaussianProcessStrategy(SamplerStrategy):
    """Optuna's Gaussian process with expected improvement, and its batch form for pending trials.

    Ament et al., "Unexpected Improvements to Expected Improvement for Bayesian Optimization", NeurIPS 2023;
    several objectives as in Daulton et al., "Differentiable Expected Hypervolume Improvement", NeurIPS 2020. One
    diverged loss would flatten the model, so values are winsorised at Tukey's fence, on the bad side only. A trial
    that was stopped early counts with the value it had.

    It begins in the middle of the space (`start`). It takes the best point that no trial has; where all of them
    were seen, one is drawn at random. Beyond `MOST_RESULTS`, TPE goes on.
    """

    attempts = 2
    startup_trials = STARTUP_TRIALS
    is_cut_complete = True

    def __init__(self, config: HpoConfig, seed: int) -> None:
        super().__init__(config, seed)
        self._successor = TpeStrategy(config, seed)
        self._most_results = MOST_RESULTS.get(len(config.objectives), 0)

    def observe(self, trial: Trial) -> None:
        """Take in a trial, new or changed."""
        super().observe(trial)
        self._successor.observe(trial)

    def suggest(self, number: int) -> dict[str, Value]:
        """Return the parameters for trial `number`; raises as `SampledStrategy.suggest`."""
        is_too_slow = self._results() > self._most_results
        return self._successor.suggest(number) if is_too_slow else super().suggest(number)

    def _draw(self, number: int, attempt: int) -> Mapping[str, Value]:
        with _one_thread():
            return super()._draw(number, attempt)

    def _sampler(self, seed: int, attempt: int) -> BaseSampler:
        startup = STARTUP_TRIALS if attempt == 0 else MOST_SHOWN + 1
        cube = Cube(self._axes)
        return _Sampler(cube, self._is_seen, seed=seed, n_startup_trials=startup, warn_independent_sampling=False)

    def _shown(self) -> Sequence[FrozenTrial]:
        trials = super()._shown()
        ended = [trial for trial in trials if trial.values]
        if len(ended) < STARTUP_TRIALS:
            return trials
        signs = np.array([-objective.sign for objective in self._objectives])
        values = np.clip([trial.values for trial in ended], -LARGEST, LARGEST)
        tamed = signs * winsorise(signs * values)
        told = {trial.number: values.tolist() for trial, values in zip(ended, tamed, strict=True)}
        return [_with_values(trial, told[trial.number]) if trial.values else trial for trial in trials]


class _Sampler(GPSampler):  # type: ignore[misc]  # Optuna is not followed by mypy
    """Searches for the largest acquisition in large batches, and among the points that no trial has."""

    def __init__(self, cube: Cube, is_seen: Callable[[Mapping[str, Any]], bool], **settings: Any) -> None:
        super().__init__(**settings)
        self._cube = cube
        self._is_seen = is_seen

    def _optimize_acqf(self, acqf: Any, best_params: np.ndarray | None) -> np.ndarray:
        rng, space, is_seen = self._rng.rng, acqf.search_space, self._is_seen
        points = space.sample_normalized_params(SOBOL_POINTS, rng)
        if best_params is not None:
            around = np.repeat(best_params, AROUND_BEST // len(best_params), axis=0)
            points = np.vstack([points, best_params, self._cube.neighbours(around, WIDEST / 2, rng)])

        def is_tried(point: np.ndarray) -> bool:
            return is_seen(space.get_unnormalized_param(point))

        return maximise(acqf.eval_acqf_no_grad, self._cube, points, rng, is_tried)


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
