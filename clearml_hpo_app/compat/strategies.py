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
_HOMES = ("clearml.automation.", "clearml_hpo_app.compat.")
_OF_ALL_CLASSES = frozenset({"__dict__", "__weakref__", "__annotate__", "__annotate_func__"})


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
        UsageError: It is a strategy that somebody wrote, or derived and changed: nothing here does what it does.
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
        return _known(optimizer_class if optimizer_class in STRATEGIES else "", optimizer_class)
    given = optimizer_class if isinstance(optimizer_class, type) else type(optimizer_class)
    if given is not optimizer_class:
        lost.append(
            f"Of the {given.__name__} that was made already, only its class counts: give its arguments here."
        )
    line = list(given.__mro__)
    places = [place for place, base in enumerate(line) if _is_known(base)]
    own = {name for derived in line[: min(places, default=0)] for name in _behaviour(derived)}
    if own:
        raise UsageError(
            f"optimizer_class must do what {line[places[0]].__name__} does, but {given.__name__}, which is "
            f"derived from it, has {', '.join(sorted(own))} of its own: "
            "a strategy of one's own cannot be run here."
        )
    return _known(line[places[0]].__name__ if places else "", given.__name__)


def _known(found: str, given: str) -> str:
    if not found:
        raise UsageError(
            f"optimizer_class must be {', '.join(STRATEGIES)}, or derived from one, but it is {given}: "
            "a strategy of one's own cannot be run here."
        )
    return found


def _is_known(base: type) -> bool:
    """Whether it is the SDK's own class or ours; somebody else's may have the same name."""
    return base.__name__ in STRATEGIES and f"{base.__module__}.".startswith(_HOMES)


def _behaviour(derived: type) -> list[str]:
    """Return the names of what a class does itself: methods, properties, and classes that it uses."""
    return [
        name
        for name, value in vars(derived).items()
        if name not in _OF_ALL_CLASSES and (callable(value) or hasattr(value, "__get__"))
    ]


def _kind(thing: Any) -> str:
    return "" if thing is None else type(thing).__name__
