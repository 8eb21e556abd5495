"""Whether the base task's script will really receive each parameter: the names, the sections, the types.

A name that the base task does not have never reaches the script, without any error (a section other than
the one it was connected under neither), so every name is held against what the base task itself connected.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import yaml

from clearml_hpo_app.clearml_api.base_task import BaseTask
from clearml_hpo_app.parameters import AnyParameter, Discrete, Fixed, Uniform
from clearml_hpo_app.values import Value, from_text, show
from clearml_hpo_app.violations import closest

HYDRA = "Hydra"
OMEGACONF = "OmegaConf"
_KINDS = {"int": "an integer", "float": "a number", "bool": "true or false", "str": "text"}


def parameter_findings(base: BaseTask, parameters: Iterable[AnyParameter]) -> tuple[list[str], list[str]]:
    """Return the errors and the warnings about the parameters, as sentences."""
    errors: list[str] = []
    warnings: list[str] = []
    hydra = _hydra_names(base)
    for parameter in parameters:
        if parameter.section == HYDRA and hydra is not None:
            errors += _unknown(parameter.name, {f"{HYDRA}/{name}" for name in hydra})
            continue
        text = base.text_of(parameter.section, parameter.key)
        if text is None:
            errors += _unknown(parameter.name, set(base.parameter_names))
        else:
            kind = _kind(base, parameter, text)
            errors += _wrong_type(parameter, kind, text)
            warnings += _arrives_as_text(parameter, kind)
            warnings += _whole_numbers_only(parameter, text)
    return errors, warnings


def _unknown(name: str, known: set[str]) -> Iterator[str]:
    if name in known:
        return
    hints = _alike(name, known)[:3]
    hint = f"Did you mean {' or '.join(hints)}?" if hints else _listing(known)
    yield (
        f"The parameter {name} must be one that the base task connected, but it is not: "
        f"the script would never receive it. {hint}"
    )


def _alike(name: str, known: set[str]) -> list[str]:
    """Known names whose part after the section is the same or looks like that of `name`, the closest first."""
    by_key: defaultdict[str, list[str]] = defaultdict(list)
    for candidate in sorted(known):
        by_key[candidate.partition("/")[2]].append(candidate)
    key = name.partition("/")[2]
    keys = dict.fromkeys([key, *closest(key, by_key)])
    return [candidate for near in keys for candidate in by_key.get(near, ())]


def _listing(known: set[str]) -> str:
    return f"It has {', '.join(sorted(known)[:10])}." if known else "It has no hyperparameters at all."


def _wrong_type(parameter: AnyParameter, kind: str, text: str) -> Iterator[str]:
    """A value that cannot become the script's type stays at its default without any error, or ends the script."""
    if kind == "int" and isinstance(parameter, Uniform) and not parameter.is_integer:
        yield (
            f"The parameter {parameter.name} must be an integer like the base task's {text}, but the range "
            f"{parameter.min} to {parameter.max} is not. Write its numbers without a point, or set integer: true; "
            "if the script takes fractions, give the base task one first."
        )
    if kind == "bool" and isinstance(parameter, Uniform):
        yield f"The parameter {parameter.name} must be true or false like in the base task, but it is a range."
    unfit = [repr(value) for value in _listed(parameter) if not _fits(value, kind)]
    if unfit:
        yield (
            f"The parameter {parameter.name} must be {_KINDS[kind]} like the base task's {text}, but "
            f"{', '.join(unfit)} is not: the script would ignore or refuse it."
        )


def _arrives_as_text(parameter: AnyParameter, kind: str) -> Iterator[str]:
    others = [show(value) for value in _listed(parameter) if value is not None and not isinstance(value, str)]
    if isinstance(parameter, Uniform):
        others = [f"{parameter.min} to {parameter.max}"]
    if kind == "str" and others:
        yield (f"The parameter {parameter.name} is text in the base task: it gets {', '.join(others)} as text.")


def _whole_numbers_only(parameter: AnyParameter, text: str) -> Iterator[str]:
    """A range that is written in whole numbers, `0` to `1`, for a parameter that is a fraction."""
    value = from_text(text)
    is_fraction = isinstance(value, float) and not value.is_integer()
    if is_fraction and isinstance(parameter, Uniform) and parameter.is_integer and parameter.integer is None:
        yield (
            f"The parameter {parameter.name} is {text} in the base task, but only whole numbers from "
            f"{parameter.min} to {parameter.max} would be tried. For fractions write {float(parameter.min)}, or "
            "set integer: false."
        )


def _kind(base: BaseTask, parameter: AnyParameter, text: str) -> str:
    """The type of the base task's value, as the SDK wrote it down, or else as its text reads."""
    written = base.sections.get(parameter.section, {}).get(parameter.key, {}).get("type", "")
    return written or (type(from_text(text)).__name__ if text else "")


def _listed(parameter: AnyParameter) -> tuple[Value, ...]:
    if isinstance(parameter, Discrete):
        return parameter.values
    return (parameter.value,) if isinstance(parameter, Fixed) else ()


def _fits(value: Value, kind: str) -> bool:
    if kind == "bool" or isinstance(value, bool):
        return kind in {"bool", "str"} and (kind == "str" or isinstance(value, bool))
    if kind in {"int", "float"}:
        return isinstance(value, int) or (kind == "float" and isinstance(value, float))
    return True


def _hydra_names(base: BaseTask) -> set[str] | None:
    """Dotted names in the base task's OmegaConf, `None` when it has none that can be read."""
    try:
        tree = yaml.safe_load(base.objects.get(OMEGACONF, ""))
    except yaml.YAMLError:
        return None
    return set(_leaves(tree, "")) if isinstance(tree, dict) else None


def _leaves(tree: object, prefix: str) -> Iterator[str]:
    if not isinstance(tree, dict):
        yield prefix
        return
    for key, branch in tree.items():
        yield from _leaves(branch, f"{prefix}.{key}" if prefix else str(key))
