"""The strategies of the SDK by name, and what Optuna's samplers and pruners mean when they are handed to one."""

from typing import Any

from clearml_hpo_app.errors import UsageError
from clearml_hpo_app.importing.sdk_strategies import STRATEGIES, strategy_settings


class RandomSearch:
    """Means method `random`."""


class GridSearch:
    """Means method `grid`, in the order of the lists."""


class OptimizerOptuna:
    """Means method `bayesian` with stopping by the median, or what its sampler and pruner say."""


class OptimizerBOHB:
    """Means method `bayesian-hyperband`."""


_SAMPLERS = {
    "TPESampler": "bayesian",
    "RandomSampler": "random",
    "QMCSampler": "quasi-random",
    "GridSampler": "grid",
    "GPSampler": "gaussian-process",
    "NSGAIISampler": "evolutionary",
    "NSGAIIISampler": "evolutionary",
}
_PRUNERS = {
    "MedianPruner": "median",
    "PercentilePruner": "median",
    "NopPruner": "none",
    "SuccessiveHalvingPruner": "asha",
}


def chosen_settings(
    optimizer_class: Any, objectives: int, options: dict[str, Any], lost: list[str]
) -> dict[str, str]:
    """Return the fields of a configuration that a strategy and its options mean.

    Args:
        optimizer_class: A class of the SDK or of this module, one derived from it, its name, or an instance of it.
        objectives: How many objectives there are.
        options: The strategy's own arguments; what is read is removed.
        lost: Takes sentences about what has no counterpart.

    Raises:
        UsageError: It is a strategy that somebody wrote: nothing here does what it does.
    """
    name = _name(optimizer_class, lost)
    settings = strategy_settings(name, objectives)
    if name != "OptimizerOptuna":
        return settings
    sampler, pruner = (_kind(options.pop(option, None)) for option in ("optuna_sampler", "optuna_pruner"))
    if sampler in _SAMPLERS:
        settings["method"] = _SAMPLERS[sampler]
    elif sampler:
        lost.append(f"The sampler {sampler} has no counterpart here: the method is {settings['method']}.")
    if pruner == "HyperbandPruner" and objectives == 1:
        settings["method"] = "hyperband" if settings["method"] == "random" else "bayesian-hyperband"
        settings["early_stopping"] = "auto"
    elif pruner in _PRUNERS and objectives == 1:
        settings["early_stopping"] = _PRUNERS[pruner]
    elif pruner:
        lost.append(
            f"The pruner {pruner} has no counterpart here: early_stopping is {settings['early_stopping']}."
        )
    return settings


def _name(optimizer_class: Any, lost: list[str]) -> str:
    if isinstance(optimizer_class, str):
        names = [optimizer_class]
    elif isinstance(optimizer_class, type):
        names = [base.__name__ for base in optimizer_class.__mro__]
    else:
        names = [base.__name__ for base in type(optimizer_class).__mro__]
        lost.append(f"Of the {names[0]} that was made already, only its class counts: give its arguments here.")
    known = [name for name in names if name in STRATEGIES]
    if not known:
        raise UsageError(
            f"optimizer_class must be {', '.join(STRATEGIES)}, or derived from one, but it is {names[0]}: "
            "a strategy of one's own cannot be run here."
        )
    return known[0]


def _kind(thing: Any) -> str:
    return "" if thing is None else type(thing).__name__
