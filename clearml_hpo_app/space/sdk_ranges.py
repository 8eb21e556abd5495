"""The parameter ranges of ClearML's SDK, as objects or as the SDK stores them, turned into parameters of ours.

The SDK's classes are recognised by their names, so that nothing of it is imported. Their meaning:
https://clear.ml/docs/latest/docs/references/sdk/hpo_parameters_uniformparameterrange (and its neighbours).
"""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from clearml_hpo_app.errors import UsageError
from clearml_hpo_app.space.exact import EXACT, as_decimal, difference, point, steps_between, whole_steps
from clearml_hpo_app.space.values import indistinct, show, to_text

Row = dict[str, Any]
"""A parameter as plain values, as a configuration file has it."""

KINDS = frozenset(
    {
        "UniformParameterRange",
        "UniformIntegerParameterRange",
        "LogUniformParameterRange",
        "DiscreteParameterRange",
        "ParameterSet",
    }
)
SECTION = "General"
"""Section of a parameter that is named without one: `Task.set_parameters` puts it there."""

GRID_POINTS = 100
"""Steps into which the SDK's grid divides a range without a step."""

MOST_COMBINATIONS = 10_000


@dataclass
class Translated:
    """Parameters as plain values, and sentences about what could not be carried over as it was."""

    rows: list[Row] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


def is_sdk_range(entry: object) -> bool:
    """Tell whether `entry` is one of the SDK's ranges, or what the SDK stores of one."""
    return _kind(entry) in KINDS


def translate(entries: Sequence[object], *, grid: bool = False) -> Translated:
    """Return the parameters that the SDK's ranges mean; anything else among `entries` stays as it is.

    Args:
        entries: Objects of the SDK's classes or of classes derived from them, or what their `to_dict` returns.
        grid: For a grid search, for which the SDK divides a range without a step into a hundred.

    Raises:
        UsageError: A range lacks a field, or has a number that is none.
    """
    found = Translated()
    for entry in entries:
        if is_sdk_range(entry):
            try:
                found.rows += _rows(_kind(entry), _plain(entry), found.lost, grid=grid)
            except (KeyError, TypeError, ValueError, ArithmeticError) as error:
                raise UsageError(
                    f"A {_kind(entry)} must have the fields of the SDK's class with finite numbers, but it is "
                    f"{dict(_plain(entry))!r:.200}: {error!r}."
                ) from error
        else:
            found.rows.append(entry)  # type: ignore[arg-type]
    return found


def _kind(entry: object) -> str:
    if isinstance(entry, Mapping):
        return str(entry.get("type", ""))
    mine = [base for base in type(entry).__mro__ if base.__module__ == "clearml.automation.parameters"]
    return next((base.__name__ for base in mine if base.__name__ in KINDS), "")


def _plain(entry: object) -> Mapping[str, Any]:
    return entry if isinstance(entry, Mapping) else vars(entry)


def _rows(kind: str, fields: Mapping[str, Any], lost: list[str], *, grid: bool) -> list[Row]:
    if kind == "ParameterSet":
        return _set(fields, lost)
    name = _full_name(str(fields.get("name") or ""), lost)
    if kind == "DiscreteParameterRange":
        return [_discrete(name, fields.get("values") or [], lost)]
    if kind == "LogUniformParameterRange":
        return [_logarithmic(name, fields, lost, grid=grid)]
    if kind == "UniformIntegerParameterRange":
        step = int(fields.get("step_size") or 1)
        low, high = _bounds(int(fields["min_value"]), int(fields["max_value"]), step, fields, name, lost)
        return [_uniform(name, low, high, None if step == 1 else step)]
    return [_real(name, fields, lost, grid=grid)]


def _full_name(name: str, lost: list[str]) -> str:
    if "/" in name or not name:
        return name
    lost.append(f"The parameter {name} had no section: it is {SECTION}/{name} now, where the SDK puts it.")
    return f"{SECTION}/{name}"


def _bounds(
    low: Any, high: Any, step: Any, fields: Mapping[str, Any], name: str, lost: list[str]
) -> tuple[Any, Any]:
    """Return the bounds, both inclusive, of a range with a step, which the SDK may mean without its maximum."""
    steps = steps_between(low, high, step)
    if steps <= 0:
        return low, high  # one value, or a range that is refused as it was given
    if fields.get("include_max", True):
        if steps != int(steps):
            last = type(high)(point(low, step, math.floor(steps)))
            lost.append(
                f"The maximum {high} of {name} is not reached from its minimum {low} in steps of {step}: "
                f"the largest value tried is {last}."
            )
        return low, high
    return low, type(high)(point(low, step, math.ceil(steps) - 1))


def _real(name: str, fields: Mapping[str, Any], lost: list[str], *, grid: bool) -> Row:
    low, high = float(fields["min_value"]), float(fields["max_value"])
    step = float(fields.get("step_size") or 0) or (_grid_step(low, high) if grid else 0)
    if step:
        low, high = _bounds(low, high, step, fields, name, lost)
    return _uniform(name, low, high, step or None)


def _grid_step(low: float, high: float) -> float:
    return float(EXACT.divide(difference(high, low), as_decimal(GRID_POINTS)))


def _uniform(name: str, low: float, high: float, step: float | None) -> Row:
    if low == high or (step and low < high and whole_steps(low, high, step) == 0):
        return {"type": "fixed", "name": name, "value": low}
    row: Row = {"type": "uniform", "name": name, "min": low, "max": high}
    return {**row, **({} if step is None else {"step": step})}


def _logarithmic(name: str, fields: Mapping[str, Any], lost: list[str], *, grid: bool) -> Row:
    """Its numbers are exponents: without a step a range on a log scale, with one a list of powers."""
    base = float(fields.get("base") or 10)
    exponents = _real(name, fields, lost, grid=grid)
    if exponents["type"] == "fixed":
        return {**exponents, "value": base ** exponents["value"]}
    if "step" not in exponents:
        low, high = sorted((base ** exponents["min"], base ** exponents["max"]))
        return {**exponents, "min": low, "max": high, "scale": "log"}
    return _discrete(name, [base**exponent for exponent in _points(exponents)], lost)


def _points(row: Row) -> Iterator[float]:
    """Yield the points of a range with a step, computed in decimal."""
    low, high, step = (row[name] for name in ("min", "max", "step"))
    return (float(point(low, step, index)) for index in range(whole_steps(low, high, step) + 1))


def _discrete(name: str, values: Sequence[Any], lost: list[str]) -> Row:
    scalars = [_scalar(value, name, lost) for value in values]
    different = list({(type(value), value): value for value in scalars}.values())
    if len(different) < len(scalars):
        lost.append(f"Values that stood twice in the list of {name} are as likely as the others now.")
    if len(different) == 1:
        return {"type": "fixed", "name": name, "value": different[0]}
    if indistinct(different):
        different = list({to_text(value): value for value in different}.values())
    return {"type": "discrete", "name": name, "values": different}


def _scalar(value: Any, name: str, lost: list[str]) -> Any:
    """Return a value that a hyperparameter can hold; the SDK writes the text of anything else."""
    if hasattr(value, "item") and callable(value.item):
        value = value.item()  # NumPy's numbers
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    lost.append(f"A value of {name} is a {type(value).__name__}: the script gets its text, as from the SDK.")
    return str(value)


def _set(fields: Mapping[str, Any], lost: list[str]) -> list[Row]:
    combinations: list[Row] = []
    for entry in fields.get("values") or []:
        axes = [_choices(str(key), value, lost) for key, value in dict(entry).items()]
        room = MOST_COMBINATIONS - len(combinations)
        if math.prod(map(len, axes)) > room:
            lost.append(f"Of a set of parameters only the first {MOST_COMBINATIONS} combinations are tried.")
        products = itertools.islice(itertools.product(*axes), room)
        combinations += [dict(itertools.chain.from_iterable(one)) for one in products]
    unique = list({repr(sorted(one.items(), key=str)): one for one in combinations}.values())
    if len(unique) == 1:
        return [{"type": "fixed", "name": name, "value": value} for name, value in unique[0].items()]
    return [{"type": "set", "combinations": unique}]


def _choices(key: str, value: Any, lost: list[str]) -> list[list[tuple[str, Any]]]:
    """Return what one entry of a combination can be, each as pairs of name and value."""
    if not is_sdk_range(value):
        name = _full_name(key, lost)
        return [[(name, _scalar(value, name, lost))]]
    rows = _rows(_kind(value), _plain(value), lost, grid=True)
    return [list(pairs) for row in rows for pairs in _enumerated(row, lost)]


def _enumerated(row: Row, lost: list[str]) -> Iterator[list[tuple[str, Any]]]:
    if row["type"] == "set":
        yield from (list(combination.items()) for combination in row["combinations"])
        return
    if row["type"] == "uniform":
        whole = isinstance(row["min"], int)
        values = [int(point) if whole else point for point in _points({"step": 1, **row})]
        if not whole and len(values) > GRID_POINTS:
            lost.append(
                f"The range {show(row['min'])} to {show(row['max'])} of {row['name']} in a set is a grid now."
            )
    else:
        values = row["values"] if row["type"] == "discrete" else [row["value"]]
    yield from ([(row["name"], value)] for value in values)
