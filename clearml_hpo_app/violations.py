"""From pydantic's errors to `Violation`s: every one with its path, what must hold, what was got, what to do."""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel
from pydantic_core import ErrorDetails, PydanticCustomError

from clearml_hpo_app.errors import Violation
from clearml_hpo_app.space.values import quoted

_TYPE = "hpo_problems"
_SHOWN = 80
_UNION_TAGS = {"uniform", "discrete", "fixed", "set", "int", "float", "str", "bool"}


class Problem(NamedTuple):
    """What is wrong with a value, without its place: the place is where the validator stands."""

    must: str
    got: str
    todo: str = ""


def refuse(problems: Iterable[Problem]) -> None:
    """Inside a pydantic validator: raise one error that carries all `problems`; none, and nothing happens."""
    listed = [tuple(problem) for problem in problems]
    if listed:
        raise PydanticCustomError(_TYPE, "refused", {"problems": listed})


def refuse_boolean(raw: Any) -> Any:
    """Inside a validator of a number: return `raw`, unless it is true or false, which Python counts as numbers."""
    if isinstance(raw, bool):
        refuse([Problem("be a number", str(raw).lower())])
    return raw


def closest(name: str, known: Iterable[str], count: int = 3) -> list[str]:
    """Return up to `count` of the `known` names that look most like `name`, the most alike first."""
    by_lower = {candidate.lower(): candidate for candidate in known}
    return [by_lower[match] for match in difflib.get_close_matches(name.lower(), by_lower, n=count, cutoff=0.5)]


def suggestion(name: str, known: Sequence[str]) -> str:
    """Return "Did you mean …?" with the closest known names, or the list of all when none is close."""
    matches = closest(name, known)
    if matches:
        return f"Did you mean {' or '.join(matches)}?"
    return f"Known are: {', '.join(sorted(known))}." if known else ""


def to_violations(
    errors: Sequence[ErrorDetails], data: Any, fields: Mapping[str, Sequence[str]]
) -> list[Violation]:
    """Translate pydantic's errors about `data`; `fields` names the known fields of each place for suggestions.

    Args:
        errors: What `ValidationError.errors()` returns.
        data: The input, from which the name of a parameter is taken to stand beside its index.
        fields: Known field names by place: the names that lead there, joined by points, list indices left out
            and the type of a parameter named (`limits`, `parameters.uniform`; empty for the root).
    """
    found: list[Violation] = []
    for error in errors:
        path = _path(error["loc"], data)
        found += [Violation(path, *problem) for problem in _problems(error, fields)]
    return found


def known_fields(models: Mapping[str, type[BaseModel]]) -> dict[str, list[str]]:
    """Return the names of the fields of the model at each place."""
    return {place: list(model.model_fields) for place, model in models.items()}


def _path(location: Sequence[int | str], data: Any) -> str:
    parts: list[str] = []
    here = data
    for step in location:
        if step in _UNION_TAGS and not (isinstance(here, Mapping) and step in here):
            continue
        here = _child(here, step)
        parts.append(str(step))
        name = here.get("name") if isinstance(here, Mapping) else None
        if isinstance(step, int) and isinstance(name, str):
            parts[-1] = f"{step} ({name})"
    return ".".join(parts) or "configuration"


def _child(here: Any, step: int | str) -> Any:
    if isinstance(here, Mapping):
        return here.get(step)
    if isinstance(here, Sequence) and isinstance(step, int) and step < len(here):
        return here[step]
    return None


def _problems(error: ErrorDetails, fields: Mapping[str, Sequence[str]]) -> list[Problem]:
    context = error.get("ctx", {})
    if error["type"] == _TYPE:
        return [Problem(*problem) for problem in context["problems"]]
    if error["type"] == "extra_forbidden":
        *place, name = error["loc"]
        known = fields.get(".".join(step for step in place if isinstance(step, str)), [])
        return [Problem("be a field that exists", "an unknown one", suggestion(str(name), known))]
    if error["type"] == "union_tag_invalid":
        known, tag = context["expected_tags"].replace("'", "").split(", "), context["tag"]
        return [Problem(f"have a type of {', '.join(known)}", quoted(tag), suggestion(tag, known))]
    if error["type"] == "too_short" and len(error["input"]) >= context["min_length"]:
        return []  # pydantic counts the valid entries only; the broken ones have violations of their own
    got = "nothing" if error["type"] == "missing" else _shown(error["input"])
    return [Problem(_must(error["type"], context) or error["msg"], got, _nearest_choice(error))]


def _nearest_choice(error: ErrorDetails) -> str:
    """Which of the choices a misspelt one is most like; all of them are named before."""
    if error["type"] != "literal_error" or not isinstance(error["input"], str):
        return ""
    matches = closest(error["input"], re.findall(r"'([^']*)'", error["ctx"]["expected"]), 1)
    return f"Did you mean {matches[0]}?" if matches else ""


def _must(kind: str, context: Mapping[str, Any]) -> str:
    phrases = {
        "missing": "be given",
        "greater_than_equal": "be at least {ge}",
        "greater_than": "be above {gt:g}",
        "less_than_equal": "be at most {le}",
        "literal_error": "be one of {expected}",
        "string_too_short": "not be empty",
        "too_short": "have at least {min_length} entry",
        "finite_number": "be a finite number",
        "int_parsing": "be a whole number",
        "int_type": "be a whole number",
        "int_from_float": "be a whole number",
        "float_parsing": "be a number",
        "float_type": "be a number",
        "string_type": "be text",
        "bool_parsing": "be true or false",
        "bool_type": "be true or false",
        "tuple_type": "be a list",
        "list_type": "be a list",
        "model_type": "be a group of fields",
        "dict_type": "be a group of fields",
        "model_attributes_type": "be a group of fields",
        "string_pattern_mismatch": "name its section and the parameter (Section/name, like Args/lr)",
        "union_tag_not_found": "have a type (uniform, discrete, fixed or set)",
    }
    return phrases.get(kind, "").format_map(context)


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return "nothing" if not value else f"a group with {', '.join(map(str, value))}"[:_SHOWN]
    text = quoted(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
