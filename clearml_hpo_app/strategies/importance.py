"""Which parameters decide whether a trial is among the best: PED-ANOVA, as Optuna has it.

Watanabe et al. 2023, https://arxiv.org/abs/2304.10255. Importing this module loads Optuna, which takes most of a
second. The result depends on the trials alone.
"""

from collections.abc import Sequence
from typing import TypeAlias

from optuna.importance import PedAnovaImportanceEvaluator
from optuna.trial import FrozenTrial

from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.objective import Objective
from clearml_hpo_app.strategies.axes import axis_of
from clearml_hpo_app.strategies.history import History, Told
from clearml_hpo_app.strategies.study import HistoryView, distribution_of, frozen
from clearml_hpo_app.trials.trial import Trial

Shares: TypeAlias = tuple[tuple[str, float], ...]

MOST_RESULTS = 1000
"""Results that are looked at: evenly from best to worst, which keeps the quantiles where they are."""

_TOP = 0.1
_FEWEST_IN_TOP = 5
_PLACE = Objective(title="place", series="place", trend="min")


def parameter_shares(config: HpoConfig, trials: Sequence[Trial]) -> tuple[Shares, int]:
    """Return each varied parameter's share of the influence, the largest first, and of how many results.

    The shares are 0 … 1 and make 1 together, unless none has any influence. They tell what it takes to be among
    the best tenth (of fewer than 50 results: the best five). Trials that were stopped early count as worse than
    whole ones. With several objectives the order is that of the Pareto fronts. Without two results or a varied
    parameter there are no shares.
    """
    axes = [axis_of(parameter) for parameter in config.space.varied]
    history = History(config.space, axes, config.objectives)
    for trial in trials:
        if trial.state.is_final:
            history.observe(trial)
    ranked = history.best(len(history.told))
    if len(ranked) < 2 or not axes:
        return (), len(ranked)
    distributions = {axis.name: distribution_of(axis) for axis in axes}
    looked_at = ranked[:: -(-len(ranked) // MOST_RESULTS)]
    placed = [
        frozen(place, Told(history.told[number].coordinates, (float(place),)), distributions)
        for place, number in enumerate(looked_at)
    ]
    worth = _divergences(placed)
    total = sum(worth.values()) or 1.0
    shares = sorted(((axis.name, worth[axis.name] / total) for axis in axes), key=lambda item: -item[1])
    return tuple(shares), len(ranked)


def _divergences(placed: Sequence[FrozenTrial]) -> dict[str, float]:
    for trial in placed:
        trial._trial_id = trial.number  # the evaluator tells trials apart by it
    top = min(max(_TOP, _FEWEST_IN_TOP / len(placed)), 0.5)
    evaluator = PedAnovaImportanceEvaluator(target_quantile=top)
    found = evaluator.evaluate(HistoryView([_PLACE], placed).study(sampler=None))
    return {name: float(value) for name, value in found.items()}
