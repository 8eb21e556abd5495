"""The best trials with their metrics and hyperparameters, in the shape that the SDK's optimizer gives them."""

from collections.abc import Mapping
from typing import Any

from clearml_hpo_app.clearml_api.tasks import whole_rows
from clearml_hpo_app.instances.instance import HpoInstance
from clearml_hpo_app.trials.trial import TrialState


def details(
    instance: HpoInstance, top_k: int, *, all_metrics: bool, all_hyper_parameters: bool, only_completed: bool
) -> list[dict[str, Any]]:
    """Return the best trials, the best first; arguments as those of `get_top_experiments_details`."""
    config = instance.config
    ranked = instance.snapshot().ranked
    best = [trial for trial in ranked if not only_completed or trial.state is TrialState.COMPLETED][:top_k]
    goals = {objective.name for objective in config.objectives}
    searched = {name for trial in best for name in config.space.script_values(trial.parameters)}
    rows = whole_rows(instance.client, [trial.task_id for trial in best], ["last_metrics", "hyperparams"])
    return [
        {
            "task_id": trial.task_id,
            "hyper_parameters": _chosen(
                _hyperparameters(rows[trial.task_id]), searched, every=all_hyper_parameters
            ),
            "metrics": _chosen(_metrics(rows[trial.task_id]), goals, every=all_metrics),
        }
        for trial in best
        if trial.task_id in rows
    ]


def _chosen(values: Mapping[str, Any], names: set[str], *, every: bool) -> dict[str, Any]:
    return {name: value for name, value in values.items() if every or name in names}


def _hyperparameters(raw: Mapping[str, Any]) -> dict[str, str]:
    return {
        f"{section}/{name}": str(item.get("value") or "")
        for section, items in (raw.get("hyperparams") or {}).items()
        for name, item in items.items()
    }


def _metrics(raw: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {
        f"{series['metric']}/{series['variant']}": series
        for by_series in (raw.get("last_metrics") or {}).values()
        for series in by_series.values()
    }
