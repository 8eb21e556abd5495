"""One axis of the parallel coordinates: where each value lies on it, and its ticks.

Every axis gets its own tick values and texts: logarithms and categories need them, integers must not have
halves, and a value that does not fit the axis (missing, of another type, out of reach) has a place below it.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from clearml_hpo_app.dashboard.figures.text import rounded, unmarked
from clearml_hpo_app.dashboard.labels import parameter_labels
from clearml_hpo_app.dashboard.told_apart import value_labels
from clearml_hpo_app.space.parameters import Discrete, Uniform, Varied
from clearml_hpo_app.space.values import Value, is_number, value_key
from clearml_hpo_app.trials.reach import is_logarithmic
from clearml_hpo_app.trials.trial import LARGEST_VALUE
from clearml_hpo_app.wording import cut_middle, digits_for, number

_MOST_TICKS = 8
_MOST_CATEGORIES = 24
_ABSENT = "–"
_LOG = " (log)"
_ROOM_FOR_ABSENT = 0.1


class Scale(NamedTuple):
    """The positions of the values on one axis, the ticks, and the ends of the axis."""

    positions: tuple[float, ...]
    ticks: tuple[tuple[float, str], ...]
    ends: tuple[float, float]


def parameter_scale(parameter: Varied, values: Sequence[Value], longest: int = 16) -> Scale:
    """Return the axis of `parameter`, one position for each of `values`; names have `longest` letters at most."""
    if isinstance(parameter, Discrete):
        return _categories(parameter.ordered, values, longest)
    return _range(parameter, [as_number(value) for value in values])


def axis_labels(varied: Sequence[Varied], limit: int) -> Mapping[str, str]:
    """Return what stands at the axis of each parameter, by its full name: `limit` (16 or more) letters at most.

    Logarithmic axes say so; nothing is escaped.
    """
    names = [parameter.name for parameter in varied]
    whole, shorter = parameter_labels(names, limit), parameter_labels(names, limit - len(_LOG))
    return {p.name: f"{shorter[p.name]}{_LOG}" if _is_log(p) else whole[p.name] for p in varied}


def objective_label(name: str, limit: int, *, logarithmic: bool) -> str:
    """Return what stands at the axis of an objective: `limit` letters at most, not escaped."""
    return f"{cut_middle(name, limit - len(_LOG))}{_LOG}" if logarithmic else cut_middle(name, limit)


def objective_scale(values: Sequence[float]) -> tuple[Scale, bool]:
    """Return the axis of an objective, and whether it is logarithmic (`values`: at least one, all finite)."""
    logarithmic = is_logarithmic(values)
    low, high = min(values), max(values)
    if logarithmic:
        return _numeric(values, low, high, logarithmic=True, integer=False), True
    if low == high:
        half = abs(low) * 0.1 or 0.5
        low, high = low - half, high + half
    return _numeric(values, low, high, logarithmic=False, integer=False), False


def as_number(value: Value) -> float | None:
    """Return `value` as a float, `None` when it is no number or beyond what figures hold (±1e300)."""
    if not is_number(value):
        return None
    return float(value) if -LARGEST_VALUE <= value <= LARGEST_VALUE else None


def _is_log(parameter: Varied) -> bool:
    return isinstance(parameter, Uniform) and parameter.scale == "log"


def _range(parameter: Uniform, values: Sequence[float | None]) -> Scale:
    logarithmic = _is_log(parameter)
    fitting = [value for value in values if value is not None and (value > 0 or not logarithmic)]
    ends = [*fitting, *(end for end in map(as_number, (parameter.min, parameter.max)) if end is not None)]
    kept = [value if value is not None and (value > 0 or not logarithmic) else None for value in values]
    return _numeric(kept, min(ends), max(ends), logarithmic=logarithmic, integer=parameter.is_integer)


def _numeric(
    values: Sequence[float | None], low: float, high: float, *, logarithmic: bool, integer: bool
) -> Scale:
    if logarithmic:
        placed = [None if value is None else math.log10(value) for value in values]
        bottom, top = math.log10(low), math.log10(high)
    else:
        placed, bottom, top = list(values), low, high
    ticks = ticks_between(low, high, logarithmic=logarithmic, integer=integer)
    positions = [None if value is None else rounded(value, top - bottom) for value in placed]
    texts = [number(end, digits_for([low, high])) for end in (low, high)]
    return _with_absent(positions, _with_ends(ticks, (bottom, texts[0]), (top, texts[1])), bottom, top)


def ticks_between(low: float, high: float, *, logarithmic: bool, integer: bool = False) -> list[tuple[float, str]]:
    """Return round numbers from `low` to `high` with their places on the axis (their logarithms if it is one)."""
    if logarithmic:
        return [(math.log10(tick), number(tick)) for tick in _decades(low, high)]
    even = even_ticks(low, high, integer=integer)
    return [(tick, number(tick, max(6, digits_for(even)))) for tick in even]


def _with_ends(
    ticks: Sequence[tuple[float, str]], first: tuple[float, str], last: tuple[float, str]
) -> list[tuple[float, str]]:
    """Return the ticks with the ends of the axis among them: Plotly draws the line from tick to tick only."""
    span = last[0] - first[0]
    apart = 0.06 * span
    between = [tick for tick in ticks if first[0] + apart < tick[0] < last[0] - apart]
    ends = [next((tick for tick in ticks if abs(tick[0] - end[0]) <= 1e-6 * span), end) for end in (first, last)]
    return [ends[0], *between, ends[1]]


def _with_absent(
    placed: Sequence[float | None], ticks: Sequence[tuple[float, str]], low: float, high: float
) -> Scale:
    below = low - _ROOM_FOR_ABSENT * (high - low)
    positions = tuple(below if place is None else place for place in placed)
    if None not in placed:
        return Scale(positions, tuple(ticks), (low, high))
    return Scale(positions, ((below, _ABSENT), *ticks), (below, high))


def _categories(listed: Sequence[Value], values: Sequence[Value], longest: int) -> Scale:
    codes: dict[tuple[str, Value], int] = {}
    for value in [*listed, *values]:
        codes.setdefault(value_key(value), len(codes))
    every = math.ceil(len(codes) / _MOST_CATEGORIES)
    known = [value for _, value in codes if value is not None or None in listed]
    names = {
        value_key(value): unmarked(text) for value, text in zip(known, value_labels(known, longest), strict=True)
    }
    ticks = tuple((float(code), names.get(key, _ABSENT)) for key, code in codes.items() if code % every == 0)
    return Scale(tuple(float(codes[value_key(value)]) for value in values), ticks, (-0.15, len(codes) - 0.85))


def _decades(low: float, high: float) -> list[float]:
    """Return 1, 10, 100, … within the ends, with 2 and 5 between them where there are few, fewer where many."""
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    every = max(1, math.ceil((last - first + 1) / _MOST_TICKS))
    ticks = [float(f"1e{exponent}") for exponent in range(first, last + 1, every)]
    if len(ticks) > 2:
        return ticks
    finer = [float(f"{digit}e{exponent}") for exponent in range(first - 1, last + 1) for digit in (1, 2, 5)]
    within = [tick for tick in finer if low * (1 - 1e-9) <= tick <= high * (1 + 1e-9)]
    return within if len(within) > 1 else [float(f"{low:.3g}"), float(f"{high:.3g}")]


def even_ticks(low: float, high: float, *, integer: bool) -> list[float]:
    """Return at most about eight round numbers within the ends, whole ones for integers."""
    raw = (high - low) / _MOST_TICKS
    if not raw > 0:
        return [low]
    size = 10.0 ** math.floor(math.log10(raw)) or raw
    step = next(factor * size for factor in (1, 2, 5, 10, 100) if factor * size >= raw)
    step = max(step, 1.0) if integer else step
    start = math.ceil(low / step - 1e-9)
    count = math.floor(high / step + 1e-9) - start + 1
    return [float(f"{(start + place) * step:.15g}") for place in range(min(count, 2 * _MOST_TICKS))] or [low]


def few_ticks(ticks: Sequence[tuple[float, str]], most: int) -> list[tuple[float, str]]:
    """Return every second of the ticks, or every third, …, where there is room for `most` (1 or more) only."""
    return list(ticks[:: math.ceil(len(ticks) / most) or 1])
