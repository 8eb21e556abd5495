"""Import from an instance of the application that ClearML sells: section `Args`, object `params_list`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from clearml_hpo_app.config.files import parse_data
from clearml_hpo_app.errors import UnreadableFile
from clearml_hpo_app.importing.imported import Fields, Imported, TaskTexts
from clearml_hpo_app.importing.sdk_strategies import strategy_settings
from clearml_hpo_app.space.sdk_ranges import translate
from clearml_hpo_app.space.values import from_text, is_number

SECTION, SPACE = "Args", "params_list"
SOURCE = "an instance of ClearML's own application"

STRATEGIES = {
    "Bandit-Based Bayesian Optimization w/ TPE (With Optuna)": "OptimizerOptuna",
    "HyperBand Bayesian Optimization": "OptimizerBOHB",
    "Random": "RandomSearch",
    "Grid": "GridSearch",
}
"""Its strategies, with the classes of the SDK that do the same."""

_LIMITS = {
    "save_top_k_exp": "top_tasks_to_keep",
    "time_per_job": "task_minutes",
    "min_iter_per_job": "min_iterations",
    "max_iter_per_job": "max_iterations",
    "max_jobs": "total_tasks",
    "tot_time": "total_minutes",
}
_OTHERS = {
    "base_task_id",
    "strategy",
    "max_concurrent",
    "metric_title",
    "metric_series",
    "metric_sign",
    "queue",
    "project",
}

Resolve = Callable[[str], str]


def recognises(task: TaskTexts) -> bool:
    """Tell whether the task is an instance of that application."""
    return SPACE in task.objects and {"base_task_id", "metric_title"} <= set(task.sections.get(SECTION, {}))


def read(task: TaskTexts, *, project_of: Resolve, queue_of: Resolve) -> Imported:
    """Read an instance; `project_of` and `queue_of` turn an id into the name, and leave a name as it is.

    Raises:
        InvalidConfig: What it holds is no configuration, even so.
    """
    args = task.sections[SECTION]
    found = Fields()
    strategy = args.get("strategy", "")
    if strategy not in STRATEGIES:
        found.lost.append(f"The strategy {strategy!r} is not known here: the method is bayesian now.")
    settings = strategy_settings(STRATEGIES.get(strategy, ""), objectives=1)
    for name, limit in _LIMITS.items():
        found.set_limit(limit, args.get(name, ""), f"{SECTION}/{name}")
    strange = sorted(name for name in args if name not in _LIMITS and name not in _OTHERS and args[name].strip())
    found.lost += [f"{SECTION}/{name} = {args[name]!r:.80} means nothing here." for name in strange]
    found.values.update(_values(args, found.lost))
    found.values.update(
        **settings,
        title=task.name,
        execution_queue=queue_of(args.get("queue", "")),
        destination_project=project_of(args.get("project", "")),
        parameters=_parameters(task.objects[SPACE], found.lost, grid=settings["method"] == "grid"),
    )
    found.values = {name: value for name, value in found.values.items() if value != ""}
    return Imported(found.config(), SOURCE, tuple(found.lost))


def _values(args: Mapping[str, str], lost: list[str]) -> dict[str, Any]:
    sign = args.get("metric_sign", "")
    if sign.removesuffix("_global") not in {"min", "max"}:
        lost.append(f"The trend {sign!r} is neither max nor min: it is max now.")
    return {
        "base_task_id": args["base_task_id"],
        "max_concurrent_tasks": args.get("max_concurrent", ""),
        "objectives": [
            {
                "title": args["metric_title"],
                "series": args.get("metric_series", ""),
                "trend": "min" if sign.startswith("min") else "max",
                "value": "best" if sign.endswith("_global") else "last",
            }
        ],
    }


def _parameters(text: str, lost: list[str], *, grid: bool) -> list[Any]:
    try:
        entries = parse_data(text, name=SPACE, foreign=True)
    except UnreadableFile as error:
        lost.append(f"The search space cannot be read: {error}")
        return []
    rows = [entry for entry in entries if isinstance(entry, Mapping)] if isinstance(entries, list) else []
    found = translate([row for entry in rows for row in _as_range(entry, lost)], grid=grid)
    lost += found.lost
    return found.rows


def _as_range(entry: Mapping[str, Any], lost: list[str]) -> Sequence[Mapping[str, Any]]:
    """Return an entry as the range of the SDK that the application makes of it."""
    name, kind = str(entry.get("param_name") or ""), entry.get("param_type")
    if kind == "Discrete":
        texts = str(entry.get("discrete_values") or "").split(",")
        return [{"type": "DiscreteParameterRange", "name": name, "values": [_value(text) for text in texts]}]
    if kind != "Uniform":
        lost.append(f"The parameter {name} is of the unknown type {kind!r}: it is left out.")
        return []
    numbers = {key: str(entry.get(key) if entry.get(key) is not None else "").strip() for key in _NUMBERS}
    whole = not any(set(text) & set(".eE") for text in numbers.values())
    low, high, step = (from_text(numbers[key]) for key in _NUMBERS)
    if not (is_number(low) and is_number(high)):
        lost.append(
            f"The range of {name or 'a parameter'} must have two ends, but has {low!r} and {high!r}: left out."
        )
        return []
    fields = {"name": name, "min_value": low, "max_value": high, "step_size": step or None}
    return [{"type": "UniformIntegerParameterRange" if whole else "UniformParameterRange", **fields}]


_NUMBERS = ("min_val", "max_val", "step_size")


def _value(text: str) -> Any:
    """Numbers are numbers there and everything else is text, `true` too."""
    value = from_text(text)
    return text.strip() if isinstance(value, bool) else value
