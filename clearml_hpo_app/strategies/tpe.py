"""Bayesian search: what was good so far tells where to look next."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from optuna.samplers import BaseSampler, TPESampler

from clearml_hpo_app.strategies.sampler_based import SamplerStrategy

STARTUP_TRIALS = 5
"""Results before the model is trusted; Optuna's default of 10 found 4–7 % less in our measurements."""

CANDIDATES = 24
"""Points that the model compares for one suggestion (Optuna's default)."""


class TpeStrategy(SamplerStrategy):
    """Optuna's tree-structured Parzen estimator, multivariate, with a constant liar for pending trials.

    Bergstra et al., "Algorithms for Hyper-Parameter Optimization", NIPS 2011; multivariate as in Falkner et
    al., "BOHB", ICML 2018; several objectives as in Ozaki et al., "Multiobjective Tree-Structured Parzen
    Estimator", JAIR 73, 2022. Pruned trials count as worse than complete ones, those that got further as better.

    It begins in the middle of the space (`start`). In a finite space it takes the best candidate that no trial
    has; where a trial has the point all the same, it is asked again with four times as many.
    """

    attempts = 3
    startup_trials = STARTUP_TRIALS

    def _sampler(self, seed: int, attempt: int) -> BaseSampler:
        return _Sampler(
            self._is_seen if self._space.size is not None else None,
            n_startup_trials=STARTUP_TRIALS,
            n_ei_candidates=CANDIDATES * 4**attempt,
            multivariate=True,
            constant_liar=True,
            seed=seed,
        )


class _Sampler(TPESampler):  # type: ignore[misc]  # Optuna is not followed by mypy
    """Prefers candidates that no trial has; Optuna's own compares all, and finds the same best one again."""

    def __init__(self, is_seen: Callable[[Mapping[str, Any]], bool] | None, **settings: Any) -> None:
        super().__init__(**settings)
        self._is_seen = is_seen

    def _compute_acquisition_func(
        self, samples: dict[str, np.ndarray], mpe_below: Any, mpe_above: Any
    ) -> np.ndarray:
        found: np.ndarray = super()._compute_acquisition_func(samples, mpe_below, mpe_above)
        if self._is_seen is None:
            return found
        rows = zip(*(column.tolist() for column in samples.values()), strict=True)
        seen = [self._is_seen(dict(zip(samples, row, strict=True))) for row in rows]
        return np.where(seen, -np.inf, found)
