"""A search space and an objective that suit a base task, guessed from names and values.

Names tell more than values: a learning rate is searched on a log scale, a rate of dropout between 0 and a half.
What no name tells anything about is proposed too, but not made part of the space.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from clearml_hpo_app.clearml_api.base_task import BaseTask
from clearml_hpo_app.clearml_api.rows import PROPERTIES
from clearml_hpo_app.config.task_settings import SECTION
from clearml_hpo_app.preflight.hydra_tree import FLAGS, HYDRA, hydra_values
from clearml_hpo_app.space.base import NAME
from clearml_hpo_app.space.uniform import LARGEST
from clearml_hpo_app.space.values import Value, from_text

Row = dict[str, Any]
"""A parameter as plain values, as a configuration file has it."""

SHOWN_ONLY = frozenset({PROPERTIES, SECTION, "TB_hparams", "Transformers"})
"""Sections that no script reads, or reads too late."""

FIRST_GUESSES = 3
"""Parameters that are varied where no name tells anything."""


@dataclass(frozen=True)
class Proposed:
    """One parameter of the base task, the value that it has there, and a range or list for it."""

    row: Row
    value: Value
    is_known: bool


def proposals(base: BaseTask) -> list[Proposed]:
    """Return a proposal for each hyperparameter for which one can be made, those that names tell about first."""
    found = [one for name, value in values_of(base).items() if (one := _proposal(name, value)) is not None]
    if not any(one.is_known for one in found):
        numbers = [one for one in found if one.row["type"] == "uniform"][:FIRST_GUESSES]
        found = [Proposed(one.row, one.value, one in numbers) for one in found]
    return sorted(found, key=lambda one: not one.is_known)


def values_of(base: BaseTask) -> dict[str, Value]:
    """Return the value of each hyperparameter that its script reads, by full name, those of Hydra included."""
    values = {
        f"{section}/{name}": _value(item)
        for section, items in base.sections.items()
        if section not in SHOWN_ONLY
        for name, item in items.items()
        if not name.startswith("_")
    }
    of_hydra = {f"{HYDRA}/{name}": value for name, value in hydra_values(base).items()}
    known = values | of_hydra
    return {name: known[name] for name in known if _can_be_written(name) and not (of_hydra and name in FLAGS)}


def _can_be_written(name: str) -> bool:
    """Whether a configuration can hold the name: blanks around it are taken off, and lines end names."""
    return name == name.strip() and name.isprintable() and re.fullmatch(NAME, name) is not None


def _value(item: Mapping[str, Any]) -> Value:
    """Return the value as its script has it: text stays text, even where it looks like a number: `007`."""
    text = str(item.get("value") or "")
    if item.get("type") == "str":
        return text
    value = from_text(text)
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return float(value) if is_number and item.get("type") == "float" else value  # type: ignore[arg-type]


def _proposal(name: str, value: Value) -> Proposed | None:
    key = re.split(r"[/.]", name)[-1].lower()
    if _NEVER.search(key):
        return None
    if isinstance(value, bool):
        return Proposed({"type": "discrete", "name": name, "values": [value, not value]}, value, False)
    if not isinstance(value, (int, float)) or abs(value) > LARGEST / 1000:
        return None
    rules = _RULES if isinstance(value, float) else _RULES_OF_WHOLE_NUMBERS
    make = next((make for pattern, make in rules if pattern.search(key)), None)
    row = (make or _around)(value)
    return Proposed({"type": row["type"], "name": name, **row}, value, make is not None)


def _tidy(number: float) -> float:
    """Round to two digits, so that people can read it."""
    return float(f"{number:.2g}")


def _log_range(value: float, low: float, high: float, *, span: float = 10, most: float = math.inf) -> Row:
    """A range on a log scale around `value`; from `low` to `high` where that is not above 0."""
    bounds = (value / span, min(value * span, most)) if value > 0 else (low, high)
    small, large = map(_tidy, bounds)
    return {"type": "uniform", "min": small, "max": large if large > small else small * span, "scale": "log"}


def _within(low: float, high: float) -> Callable[[float], Row]:
    return lambda value: {"type": "uniform", "min": min(low, float(value)), "max": max(high, float(value))}


def _sizes(value: float) -> Row:
    """Powers of two around a whole number, which is among them."""
    middle = max(int(value), 1)
    near = {middle, *(2 ** max(round(math.log2(middle)) + shift, 0) for shift in (-1, 0, 1, 2))}
    return {"type": "discrete", "values": sorted(near)}


def _around(value: float) -> Row:
    """Half to twice the value; whole numbers stay whole, since the script may take no others."""
    if isinstance(value, int):
        least, most = sorted((value // 2, value * 2)) if value else (0, 2)
        return {"type": "uniform", "min": max(least, 1) if value > 0 else least, "max": most}
    low, high = sorted((_tidy(value / 2), _tidy(value * 2)))
    return {"type": "uniform", "min": low, "max": high if high > low else low + 1}


_NEVER = re.compile(
    r"seed|random_state|worker|device|gpu|verbos|debug|port$|rank|path|dir$|log_|_every|save|interval|version|_step"
    r"|epochs?$|iterations?$|_id$|timeout|num_class|n_classes|patience"
)
_Rules = tuple[tuple[re.Pattern[str], Callable[[float], Row]], ...]


def _rules(*pairs: tuple[str, Callable[[float], Row]]) -> _Rules:
    return tuple((re.compile(pattern), make) for pattern, make in pairs)


_RULES_OF_WHOLE_NUMBERS = _rules(
    (r"batch", _sizes),
    (
        r"hidden|units|width|channels|layers|depth|leaves|estimators|neighbors|min_child|min_samples|min_data|heads",
        _around,
    ),
)
_RULES = _rules(
    (r"(^|_)(lr|eta0?|learning_?rate)($|_)", lambda value: _log_range(value, 1e-4, 0.1, most=1.0)),
    (r"weight_decay|^decay$|^(l1|l2)$|^reg_|^lambda|^alpha$", lambda value: _log_range(value, 1e-6, 0.01)),
    (r"drop_?(out|rate)", _within(0.0, 0.5)),
    (r"momentum|^beta_?1$", _within(0.8, 0.99)),
    (r"subsample|colsample|_fraction$|max_features", _within(0.5, 1.0)),
)


@dataclass(frozen=True)
class Goal:
    """A scalar of the base task as an objective."""

    title: str
    series: str
    trend: str


def goals(metrics: Iterable[tuple[str, str]]) -> list[Goal]:
    """Return the scalars as objectives, the most likely one first.

    Monitoring, single values and names that begin or end with a blank, which no configuration keeps, are left out.
    """
    named = [pair for pair in sorted(metrics) if all(part == part.strip() != "" for part in pair)]
    kept = [pair for pair in named if not pair[0].startswith(":monitor:") and pair[0] != "Summary"]
    ranked = sorted(kept, key=lambda pair: -_likelihood("/".join(pair).lower()))
    return [Goal(title, series, _trend(f"{title}/{series}".lower())) for title, series in ranked]


def _likelihood(name: str) -> int:
    return sum(weight for pattern, weight in _WORDS.items() if re.search(pattern, name))


def _trend(name: str) -> str:
    return "max" if re.search(_LARGER_IS_BETTER, name) and not re.search(r"loss|error", name) else "min"


_LARGER_IS_BETTER = (
    r"acc|auc|f1|f_?score|precision|recall|(^|\W|_)m?ap($|\W|\d)|iou|dice|r2|score|reward|return|bleu|rouge|psnr"
    r"|ssim"
)
_WORDS: Mapping[str, int] = {
    r"val|eval|dev": 4,
    r"test": 3,
    rf"{_LARGER_IS_BETTER}": 2,
    r"loss|error|rmse|mse|mae|perplexity": 1,
    r"train|learning_rate|epoch|grad": -4,
}
