"""A configuration in words, for pages that people read: settings and search space, by name, nothing escaped."""

from collections.abc import Sequence

from clearml_hpo_app.config import METHOD_TITLES, HpoConfig
from clearml_hpo_app.dashboard.told_apart import shared_ends, told_apart, value_labels
from clearml_hpo_app.space.parameter_set import Combinations
from clearml_hpo_app.space.parameters import AnyParameter, Fixed, Uniform
from clearml_hpo_app.space.values import Value
from clearml_hpo_app.wording import counted, cut_middle, value_text

_MOST_VALUES = 20
_LONG = 24
_ALL_OF_IT = 400


def settings_in_words(config: HpoConfig) -> dict[str, str]:
    """Return what decides about a run; limits that are not set are left out."""
    limits = {name: value for name, value in config.limits.model_dump().items() if value is not None}
    return {
        "objectives": ", ".join(f"{goal.name} ({goal.trend})" for goal in config.objectives),
        "method": METHOD_TITLES[config.method],
        "early stopping": config.early_stopping,
        "queue": config.execution_queue,
        "trials at once": str(config.max_concurrent_tasks),
        "initial task": config.base_task_id,
        **{name.replace("_", " "): f"{value:g}" for name, value in limits.items()},
    }


def space_in_words(config: HpoConfig) -> dict[str, str]:
    """Return where the values of each parameter come from: `Args/lr` → `1e-5 … 0.1, logarithmic`."""
    return {parameter.name: _values(parameter) for parameter in config.parameters}


def _values(parameter: AnyParameter) -> str:
    if isinstance(parameter, Uniform):
        ends = f"{value_text(parameter.min)} … {value_text(parameter.max)}"
        step = "" if parameter.step is None else f", in steps of {value_text(parameter.step)}"
        return f"{ends}{step}{', logarithmic' if parameter.scale == 'log' else ''}"
    if isinstance(parameter, Fixed):
        return f"always {value_text(parameter.value)}"
    if isinstance(parameter, Combinations):
        return counted(len(parameter.combinations), "combination")
    return _listed(parameter.values)


def _listed(values: Sequence[Value]) -> str:
    """Return the values; what long ones share stands once: `meta-llama/Llama-{3.1-8B, 3.1-70B}-Instruct`."""
    labels = value_labels(values, _ALL_OF_IT)
    ahead, behind = shared_ends(labels) if any(len(label) > _LONG for label in labels) else ("", "")
    parts = [label[len(ahead) : len(label) - len(behind)] for label in labels]
    listed = ", ".join(told_apart(parts, _LONG)[:_MOST_VALUES])
    more = f" and {len(parts) - _MOST_VALUES} more" if len(parts) > _MOST_VALUES else ""
    return (
        f"{cut_middle(ahead, _LONG * 2)}{{{listed}}}{cut_middle(behind, _LONG * 2)}{more}"
        if ahead or behind
        else listed + more
    )
