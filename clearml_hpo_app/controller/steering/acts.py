"""One-off acts that a person asks for: try these parameters, drop that trial. Each is done once.

An act carries an id: its property's name (`hpo_add_trial_x1`), or, where that has no end of its own, what its text
hashes to. The ids of the acts that were done, with time and outcome, are kept in a configuration object of the
controller task, so that a stale form that is saved brings none of them back.
"""

import hashlib
import json
import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clearml_hpo_app.controller.steering.wishes import ADD_TRIAL, DROP_TRIAL
from clearml_hpo_app.space.parameters import Uniform, Varied
from clearml_hpo_app.space.search_space import SearchSpace, names_used_twice
from clearml_hpo_app.space.values import Value, from_text, is_number, quoted
from clearml_hpo_app.violations import suggestion

log = logging.getLogger(__name__)

ACTS = "Acts"
"""Configuration object of the controller task that holds what was done."""

KEPT = 500


@dataclass(frozen=True)
class AddTrial:
    """Try these parameters next."""

    id: str
    name: str
    text: str


@dataclass(frozen=True)
class DropTrial:
    """Stop a trial; the text is its number, and a reason after it."""

    id: str
    name: str
    text: str


Act = AddTrial | DropTrial


def read_acts(properties: Mapping[str, str]) -> list[Act]:
    """Return the acts that the properties ask for, done or not, by the names of the properties."""
    found: list[Act] = []
    for name, text in sorted(properties.items()):
        for prefix in (ADD_TRIAL, DROP_TRIAL):
            if text.strip() and (name == prefix or name.startswith(prefix + "_")):
                found.append(_act(_id(prefix, name, text), name, text.strip()))
    return found


def _act(key: str, name: str, text: str) -> Act:
    return (AddTrial if name.startswith(ADD_TRIAL) else DropTrial)(key, name, text)


def _id(prefix: str, name: str, text: str) -> str:
    has_own_end = len(name) > len(prefix) + 1
    return name if has_own_end else hashlib.sha256(f"{prefix} {text.strip()}".encode()).hexdigest()[:12]


def read_done(text: str, run_id: str) -> dict[str, str]:
    """Return the outcomes of acts of this run by id, from the configuration object's text."""
    try:
        return dict(_told(text, run_id)["acts"])
    except (ValueError, KeyError, TypeError):
        return {}


def read_pending(text: str, run_id: str) -> list[Act]:
    """Return the acts of this run that were accepted and not done yet, from the configuration object's text."""
    try:
        entries = _told(text, run_id)["pending"]
        return [_act(str(each["id"]), str(each["name"]), str(each["text"])) for each in entries]
    except (ValueError, KeyError, TypeError):
        return []


def _told(text: str, run_id: str) -> dict[str, Any]:
    told = json.loads(text or "{}")
    return dict(told) if told["run"] == run_id else {}


def write_acts(done: Mapping[str, str], pending: Iterable[Act], run_id: str) -> str:
    """Return the configuration object's text: the latest acts that were done, and all that are still to be."""
    told = {
        "run": run_id,
        "acts": dict(list(done.items())[-KEPT:]),
        "pending": [{"id": act.id, "name": act.name, "text": act.text} for act in pending],
    }
    return json.dumps(told, indent=2, ensure_ascii=False)


def read_parameters(text: str, space: SearchSpace) -> dict[str, Value]:
    """Read the parameters of a trial: a JSON object, or `Args/lr=0.1, Args/units=3`, with commas or line ends.

    The fixed ones are added.

    What is tried is exactly what was written: a value that would have to be rounded is refused.

    Raises:
        ValueError: With all that is wrong, in one line.
    """
    given = _given(text)
    known = {parameter.name: parameter for parameter in space.varied}
    problems = [
        f"{name} must be a parameter that varies. {suggestion(name, list(known))}".strip()
        for name in given
        if name not in known and name not in space.fixed
    ]
    problems += [f"{name} must have a value, but has none." for name in known if name not in given]
    problems += [
        f"{name} must be {quoted(fixed)}, which is fixed, but it is {quoted(given[name])}."
        for name, fixed in space.fixed.items()
        if name in given and given[name] != fixed
    ]
    values: dict[str, Value] = {}
    for name, parameter in known.items():
        if name in given:
            try:
                values[name] = _fitting(parameter, given[name])
            except ValueError as error:
                problems.append(str(error))
    if problems:
        raise ValueError(" ".join(problems))
    return space.complete(values)


def _given(text: str) -> dict[str, Any]:
    try:
        told = json.loads(text, object_pairs_hook=_once)
    except json.JSONDecodeError:
        told = _once([_pair(part) for part in re.split("[,\n]", text) if part.strip()])
    if not isinstance(told, dict):
        raise ValueError(f"A trial's parameters must be a JSON object or name=value, …, but they are {text!r}.")
    return told


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    if twice := names_used_twice([name for name, _ in pairs]):
        raise ValueError(f"Each parameter must be given once, but these are given more often: {', '.join(twice)}.")
    return dict(pairs)


def _pair(part: str) -> tuple[str, Value]:
    name, equals, value = part.partition("=")
    if not equals:
        raise ValueError(f"Each parameter must be written name=value, but one is {part.strip()!r}.")
    return name.strip(), from_text(value)


def _fitting(parameter: Varied, value: Any) -> Value:
    if isinstance(parameter, Uniform) and is_number(value):
        if not parameter.min <= value <= parameter.max:
            raise ValueError(
                f"{parameter.name} must be between {parameter.min} and {parameter.max}, but it is {value}."
            )
        nearest = parameter.nearest(value)
        if nearest != value:
            raise ValueError(f"{parameter.name} cannot be {value}: the nearest value of its range is {nearest}.")
        return nearest
    if not isinstance(value, (int, float, str, bool, type(None))) or not parameter.holds(value):
        raise ValueError(f"{parameter.name} must be a value of its list or range, but it is {quoted(value)}.")
    return value


def read_drop(text: str) -> tuple[int, str]:
    """Read which trial is to be dropped, and why.

    Raises:
        ValueError: With the sentence for the person who wrote it.
    """
    number, _, reason = text.partition(" ")
    try:
        return int(number.rstrip(":,")), reason.strip()
    except ValueError:
        raise ValueError(f"A trial to drop must be named by its number, but the text is {text!r}.") from None
