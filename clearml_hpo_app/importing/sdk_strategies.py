"""The strategies and objectives of the SDK's `HyperParameterOptimizer`, in our words."""

from collections.abc import Mapping, Sequence

STRATEGIES: Mapping[str, Mapping[str, str]] = {
    "RandomSearch": {"method": "random", "early_stopping": "none"},
    "GridSearch": {"method": "grid", "early_stopping": "none", "grid_order": "listed"},
    "OptimizerOptuna": {"method": "bayesian", "early_stopping": "median"},
    "OptimizerBOHB": {"method": "bayesian-hyperband"},
}
"""Fields of a configuration, by the class's name. Optuna's studies stop by the median unless told otherwise."""


def strategy_settings(name: str, objectives: int) -> dict[str, str]:
    """Return what a strategy means for so many objectives; one that is not known means `OptimizerOptuna`.

    With several objectives nothing is stopped early, there as here.
    """
    settings = dict(STRATEGIES.get(name, STRATEGIES["OptimizerOptuna"]))
    return settings if objectives == 1 else {**settings, "early_stopping": "none"}


def objectives(titles: Sequence[str], series: Sequence[str], signs: Sequence[str]) -> list[dict[str, str]]:
    """Return objectives as plain values; a sign is `min` or `max`, with `_global` for the best value reported."""
    return [
        {
            "title": title,
            "series": name,
            "trend": sign.removesuffix("_global"),
            "value": "best" if sign.endswith("_global") else "last",
        }
        for title, name, sign in zip(titles, series, signs, strict=False)
    ]
