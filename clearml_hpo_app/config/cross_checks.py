"""What must hold between fields; read from the raw input, so that it is told together with everything else."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from clearml_hpo_app.errors import Violation
from clearml_hpo_app.space.parameters import Uniform
from clearml_hpo_app.space.search_space import names_used_twice
from clearml_hpo_app.space.values import quoted


def cross_checks(data: Any) -> list[Violation]:
    """Return the violations between fields of `data`; parts that are broken by themselves are skipped."""
    if not isinstance(data, Mapping):
        return []
    parameters = _rows(data.get("parameters"))
    return [
        *_parameters_named_once(parameters),
        *_something_varies(parameters),
        *_objectives_named_once(_rows(data.get("objectives"))),
        *_grid_is_finite(data.get("method"), parameters),
        *_one_objective_to_stop_by(data),
        *_minimum_below_maximum(data.get("limits")),
    ]


def _rows(raw: Any) -> list[Mapping[str, Any]]:
    if not isinstance(raw, Sequence) or isinstance(raw, str):
        return []
    rows = (row if isinstance(row, Mapping) else getattr(row, "__dict__", None) for row in raw)
    return [row for row in rows if isinstance(row, Mapping)]


def _parameters_named_once(parameters: Sequence[Mapping[str, Any]]) -> list[Violation]:
    names = [name for row in parameters for name in _names(row)]
    return [
        Violation("parameters", "name every parameter once", f"{name} {names.count(name)} times", "Remove one.")
        for name in names_used_twice(names)
        if name
    ]


def _names(row: Mapping[str, Any]) -> set[str]:
    """The parameters that a row gives values to: its own, or those of its combinations."""
    members = {str(name).strip() for combination in _rows(row.get("combinations")) for name in combination}
    return members or {str(row.get("name", "")).strip()}


def _something_varies(parameters: Sequence[Mapping[str, Any]]) -> list[Violation]:
    if parameters and all(row.get("type") == "fixed" for row in parameters):
        return [Violation("parameters", "hold one uniform or discrete parameter at least", "fixed ones only")]
    return []


def _objectives_named_once(objectives: Sequence[Mapping[str, Any]]) -> list[Violation]:
    names = [
        f"{row.get('title', '')!s}".strip() + "/" + f"{row.get('series', '')!s}".strip() for row in objectives
    ]
    return [
        Violation(
            "objectives",
            "be different metrics",
            f"{name} {names.count(name)} times",
            "Remove one, or name another series.",
        )
        for name in names_used_twice(names)
    ]


def _grid_is_finite(method: Any, parameters: Sequence[Mapping[str, Any]]) -> list[Violation]:
    if method != "grid":
        return []
    return [
        Violation(
            f"parameters.{index} ({row.get('name')})",
            "be finite for method grid",
            f"a continuous range from {quoted(row.get('min'))} to {quoted(row.get('max'))}",
            "Give it a step or discrete values, or choose another method.",
        )
        for index, row in enumerate(parameters)
        if row.get("type") == "uniform" and _is_continuous(row)
    ]


def _one_objective_to_stop_by(data: Mapping[str, Any]) -> list[Violation]:
    objectives = len(_rows(data.get("objectives")))
    stopping = {"method": ("hyperband", "bayesian-hyperband"), "early_stopping": ("asha", "median")}
    return [
        Violation(
            field,
            "go with one objective, since it stops trials by their values on the way",
            f"{data[field]} with {objectives} objectives",
            "Choose another one, or keep one objective.",
        )
        for field, stoppers in stopping.items()
        if objectives > 1 and data.get(field) in stoppers
    ]


def _minimum_below_maximum(limits: Any) -> list[Violation]:
    row = next(iter(_rows([limits])), {})
    least, most = (_whole(row.get(name)) for name in ("min_iterations", "max_iterations"))
    if least is None or most is None or least <= most:
        return []
    return [Violation("limits.min_iterations", f"be at most max_iterations ({most})", str(least), "Lower it.")]


def _whole(raw: Any) -> int | None:
    """Return a whole number, which a task's section and a form hold as text; `None` where it is none."""
    try:
        return int(raw) if isinstance(raw, (int, str)) else None
    except ValueError:
        return None


def _is_continuous(row: Mapping[str, Any]) -> bool:
    try:
        parameter = Uniform.model_validate({name: row[name] for name in Uniform.model_fields if name in row})
    except ValidationError:
        return False
    return parameter.count is None
