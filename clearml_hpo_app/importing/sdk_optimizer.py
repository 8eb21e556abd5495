"""Import from a task of the SDK's `HyperParameterOptimizer`: arguments under `opt/`, and a space in HOCON."""

import json
from collections.abc import Mapping
from typing import Any

from clearml_hpo_app.config.files import parse_data
from clearml_hpo_app.errors import UnreadableFile
from clearml_hpo_app.importing.imported import Fields, Imported, TaskTexts
from clearml_hpo_app.importing.sdk_strategies import STRATEGIES, objectives, strategy_settings
from clearml_hpo_app.space.sdk_ranges import is_sdk_range, translate

PREFIX, KWARGS = "opt/", "optimizer_kwargs/"
SPACE = "parameter_optimization_space"
SOURCE = "an optimizer of ClearML's SDK"

_LIMITS = {
    "optimization_time_limit": "total_minutes",
    "compute_time_limit": "compute_minutes",
    "optimizer_kwargs/total_max_jobs": "total_tasks",
    "optimizer_kwargs/max_iteration_per_job": "max_iterations",
    "optimizer_kwargs/min_iteration_per_job": "min_iterations",
    "optimizer_kwargs/time_limit_per_job": "task_minutes",
}
_OTHERS = {
    "base_task_id",
    "objective_metric_title",
    "objective_metric_series",
    "objective_metric_sign",
    "max_number_of_concurrent_tasks",
    "execution_queue",
    "optimizer_class",
    "optimizer_kwargs/pool_period_min",  # ours looks as often as is needed
}
NOT_ON_THE_TASK = (
    "The SDK does not keep save_top_k_tasks_only and spawn_project on its task: "
    "set limits.top_tasks_to_keep and destination_project where they are wanted."
)
_OBJECT_TEXT = "<clearml.automation."
"""How the SDK writes a range that stands inside a set of parameters: nothing can be read from that."""


def recognises(task: TaskTexts) -> bool:
    """Tell whether the task is the SDK's optimizer."""
    return {"base_task_id", "objective_metric_title"} <= set(_arguments(task))


def read(task: TaskTexts) -> Imported:
    """Read the optimizer's arguments and its space.

    Raises:
        InvalidConfig: What it holds is no configuration, even so.
    """
    given = _arguments(task)
    found = Fields(lost=[NOT_ON_THE_TASK])
    strategy = given.get("optimizer_class", "")
    if strategy not in STRATEGIES:
        found.lost.append(f"The strategy {strategy!r} is not known here: the method is bayesian now.")
    for name, limit in _LIMITS.items():
        found.set_limit(limit, given.get(name, ""), PREFIX + name)
    strange = sorted(name for name in given if name not in _LIMITS and name not in _OTHERS and given[name].strip())
    found.lost += [f"{PREFIX}{name} = {given[name]!r:.80} means nothing here." for name in strange]
    names = [_texts(given.get(f"objective_metric_{part}", "")) for part in ("title", "series", "sign")]
    goals = objectives(*names)
    chosen = strategy_settings(strategy, len(goals))
    concurrent = given.get("max_number_of_concurrent_tasks", "").strip()
    found.values = {
        "base_task_id": given["base_task_id"],
        "title": task.name,
        **chosen,
        "objectives": goals,
        "execution_queue": given.get("execution_queue", "default"),
        "parameters": _parameters(task.objects, found.lost, grid=chosen["method"] == "grid"),
        **({"max_concurrent_tasks": concurrent} if concurrent else {}),
    }
    return Imported(found.config(), SOURCE, tuple(found.lost))


def _arguments(task: TaskTexts) -> dict[str, str]:
    """Return the arguments by name, wherever the SDK puts them: in a section `opt`, or as `General/opt/…`."""
    nested = {
        name.removeprefix(PREFIX): text
        for items in task.sections.values()
        for name, text in items.items()
        if name.startswith(PREFIX)
    }
    return {**task.sections.get("opt", {}), **nested}


def _texts(text: str) -> list[str]:
    """Read a list of texts, as JSON or as Python prints it; a single text is a list of one."""
    if not text.startswith("["):
        return [text]
    try:
        found = parse_data(text, name="a list", ending=".yaml", foreign=True)  # YAML reads both kinds of quotes
    except UnreadableFile:
        return [text]
    return [entry if isinstance(entry, str) else json.dumps(entry) for entry in found]


def _parameters(objects: Mapping[str, str], lost: list[str], *, grid: bool) -> list[Any]:
    entries = _space(objects, lost)
    known = [entry for entry in entries if is_sdk_range(entry)]
    lost += [f"A parameter is of an unknown kind: {entry!r:.80}." for entry in entries if entry not in known]
    found = translate([_without_objects(entry, lost) for entry in known], grid=grid)
    lost += found.lost
    return found.rows


def _space(objects: Mapping[str, str], lost: list[str]) -> list[Any]:
    """Return the search space as the SDK wrote it down; empty where it cannot be read."""
    name, text = next(((name, text) for name, text in objects.items() if SPACE in text), ("", ""))
    if not text:
        lost.append("The task holds no search space.")
        return []
    try:
        data = parse_data(text, name=f"configuration object {name}", foreign=True)
    except UnreadableFile as error:
        lost.append(f"The search space cannot be read: {error}")
        return []
    entries = data.get(SPACE) if isinstance(data, Mapping) else None
    if not isinstance(entries, list):
        lost.append(f"The search space must be a list of parameters, got {entries!r:.80}.")
        return []
    return entries


def _without_objects(entry: Mapping[str, Any], lost: list[str]) -> Mapping[str, Any]:
    """Return a range without what the SDK could not write down."""
    if entry["type"] != "ParameterSet":
        return entry
    kept = []
    for combination in entry.get("values") or []:
        texts = {name: value for name, value in combination.items() if _OBJECT_TEXT not in str(value)}
        gone = [name for name in combination if name not in texts]
        lost += [f"The SDK did not write down the range of {name} in a set of parameters." for name in gone]
        kept.append(texts)
    return {**entry, "values": [combination for combination in kept if combination]}
