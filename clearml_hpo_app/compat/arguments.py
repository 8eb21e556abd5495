"""The arguments of the SDK's `HyperParameterOptimizer`, as a configuration."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clearml_hpo_app.compat.strategies import chosen_settings
from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.errors import UsageError
from clearml_hpo_app.importing.sdk_strategies import objectives
from clearml_hpo_app.space.sdk_ranges import translate

_WHOLE = {
    "total_max_jobs": "total_tasks",
    "max_iteration_per_job": "max_iterations",
    "min_iteration_per_job": "min_iterations",
}
_MINUTES = {"time_limit_per_job": "task_minutes"}
_NEEDLESS = {"pool_period_min"}
"""Options that only say how often to look: here that follows from how long trials take."""


@dataclass(frozen=True)
class Arguments:
    """The arguments of the SDK's class, under their names there; 0 and below are no limit.

    Attributes:
        objective: Title, series and sign; each a text, or all of them lists of the same length.
        options: The strategy's own arguments.
    """

    base_task_id: str
    hyper_parameters: Sequence[Any]
    objective: tuple[Any, Any, Any]
    optimizer_class: Any
    max_number_of_concurrent_tasks: int
    execution_queue: str
    optimization_time_limit: float | None
    compute_time_limit: float | None
    spawn_project: str | None
    save_top_k_tasks_only: int | None
    options: Mapping[str, Any]


def to_config(given: Arguments) -> tuple[HpoConfig, list[str]]:
    """Return the configuration that the arguments mean, and sentences about what has no counterpart.

    Raises:
        InvalidConfig: With all violations.
        UsageError: The objective's parts do not fit together, or the strategy is unknown.
    """
    lost: list[str] = []
    left = dict(given.options)
    goals = objectives(*_lists(given.objective))
    chosen = chosen_settings(given.optimizer_class, len(goals), left, lost)
    whole = {ours: _count(left.pop(theirs, None)) for theirs, ours in _WHOLE.items()}
    minutes = {ours: _positive(left.pop(theirs, None)) for theirs, ours in _MINUTES.items()}
    space = translate(given.hyper_parameters, grid=chosen["method"] == "grid")
    config = HpoConfig(
        base_task_id=given.base_task_id,
        objectives=goals,
        parameters=space.rows,
        execution_queue=given.execution_queue,
        destination_project=given.spawn_project or "",
        max_concurrent_tasks=given.max_number_of_concurrent_tasks,
        limits={
            **whole,
            **minutes,
            "top_tasks_to_keep": _count(given.save_top_k_tasks_only),
            "total_minutes": _positive(given.optimization_time_limit),
            "compute_minutes": _positive(given.compute_time_limit),
        },
        **chosen,
    )
    strange = [name for name, value in left.items() if name not in _NEEDLESS and value is not None]
    return config, [*lost, *space.lost, *(f"The argument {name} has no counterpart here." for name in strange)]


def _lists(objective: tuple[Any, Any, Any]) -> tuple[Sequence[str], ...]:
    if all(isinstance(part, str) for part in objective):
        return tuple([part] for part in objective)
    if any(isinstance(part, str) for part in objective) or len({len(part) for part in objective}) != 1:
        raise UsageError(
            "objective_metric_title, objective_metric_series and objective_metric_sign must all be texts, or all "
            f"be lists of the same length, but they are {', '.join(map(repr, objective))}."
        )
    return objective


def _positive(number: float | None) -> float | None:
    return number if number is not None and number > 0 else None


def _count(number: float | None) -> int | None:
    return max(1, round(number)) if number is not None and number > 0 else None
