"""Advice on the space: ranges that are too narrow, parameters that decide about nothing."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from clearml_hpo_app.dashboard.advice.finding import NAME, TEXT, Advice
from clearml_hpo_app.dashboard.importance import Importance
from clearml_hpo_app.space.parameters import Discrete, Uniform, Varied
from clearml_hpo_app.space.values import Value, is_number, value_key
from clearml_hpo_app.trials.snapshot import Snapshot
from clearml_hpo_app.trials.trial import Outcome, Trial
from clearml_hpo_app.wording import counted, cut_middle, value_text

FEWEST_FOR_BOUNDS = 10
BEST_LOOKED_AT = 3
NEAR_BOUND = 0.02
"""Part of a range (of its logarithm, on a log scale) that counts as its end."""

_FEWEST_STEPS = 2
"""Of a range of integers with fewer, every value is at an end."""

FEWEST_FOR_INFLUENCE = 40
FEWEST_OF_A_VALUE = 5
NO_INFLUENCE = 0.01
"""A share below it, and below a tenth of an even one where parameters are more than ten, is as good as none."""

SOME_INFLUENCE = 0.05


def bounds(snapshot: Snapshot, importance: Importance) -> Iterator[Advice]:
    """Tell that the best trials lie at an end of a range."""
    whole = (trial for trial in snapshot.ranked if trial.outcome is not Outcome.PRUNED)
    ranked = list(islice(whole, FEWEST_FOR_BOUNDS))
    if len(ranked) < FEWEST_FOR_BOUNDS:
        return
    for parameter in snapshot.config.space.varied:
        share = importance.share_of(parameter.name)
        if share is not None and share < SOME_INFLUENCE:
            continue
        ends = [_end_of(parameter, trial.parameters.get(parameter.name)) for trial in ranked[:BEST_LOOKED_AT]]
        if ends[0] is None or ends.count(ends[0]) < 2:
            continue
        at = value_text(ranked[0].parameters[parameter.name])
        limits = f"{value_text(_ends(parameter)[0])} … {value_text(_ends(parameter)[1])}"
        widen = "lower the minimum" if ends[0] == "lower" else "raise the maximum"
        if isinstance(parameter, Discrete):
            widen = f"add {'smaller' if ends[0] == 'lower' else 'larger'} values"
        yield Advice(
            f"the best trials have {_named(parameter)} at the {ends[0]} end of its range ({at} of {limits})",
            f"{widen}, if such values make sense",
            ranked[0],
        )


def _end_of(parameter: Varied, value: Value) -> str | None:
    """Return at which end of its range a value lies; `None` when at neither, or there is no order."""
    if isinstance(parameter, Discrete):
        if not parameter.is_ordered or parameter.count < 3 or not parameter.holds(value):
            return None
        return {0: "lower", parameter.count - 1: "upper"}.get(parameter.index(value))
    if not is_number(value) or (parameter.is_integer and parameter.max - parameter.min < _FEWEST_STEPS):
        return None
    place = _place(parameter, value)
    if place is None:
        return None
    near = 0.0 if parameter.is_integer else NEAR_BOUND
    return "lower" if place <= near else "upper" if place >= 1 - near else None


def _place(parameter: Uniform, value: float) -> float | None:
    """Return where in its range a value lies, 0 … 1."""
    low, high = parameter.min, parameter.max
    if parameter.scale == "log":
        return math.log(value / low) / math.log(high / low) if value > 0 else None
    return float((value - low) / (high - low))


def _ends(parameter: Varied) -> tuple[Value, Value]:
    if isinstance(parameter, Discrete):
        return parameter.ordered[0], parameter.ordered[-1]
    return parameter.min, parameter.max


def influence(snapshot: Snapshot, importance: Importance) -> Iterator[Advice]:
    """Tell which parameters decide about nothing."""
    if importance.results < FEWEST_FOR_INFLUENCE or len(importance.shares) < 2:
        return
    names = {parameter.name: parameter for parameter in snapshot.config.space.varied}
    least = min(NO_INFLUENCE, 0.1 / len(importance.shares))
    ranked = snapshot.ranked
    idle = [
        name
        for name, share in importance.shares
        if round(share, 3) < least and name in names and _is_tried(names[name], snapshot.within_reach)
    ]
    if not idle or len(idle) == len(importance.shares) or not ranked:
        return
    told = ", ".join(_fixed(names[name], ranked[0]) for name in idle[:6])
    more = f" and {len(idle) - 6} more" if len(idle) > 6 else ""
    has, each, them = ("has", "", "it") if len(idle) == 1 else ("have", " each", "each")
    listed = ", ".join(_named(names[name]) for name in idle[:6])
    yield Advice(
        f"{listed}{more} {has} next to no influence (less than {100 * least:.2g} %{each}, by "
        f"{counted(importance.results, 'result')})",
        f"fix {them} at the value that costs least; the best trial has {told}",
        ranked[0],
    )


def _is_tried(parameter: Varied, trials: Sequence[Trial]) -> bool:
    """Tell whether every value that was tried was tried often enough to be compared with the others."""
    if isinstance(parameter, Uniform):
        return True
    times = Counter(value_key(trial.parameters.get(parameter.name)) for trial in trials)
    return min(times.values(), default=0) >= FEWEST_OF_A_VALUE


def _fixed(parameter: Varied, best: Trial) -> str:
    return f"{_named(parameter)} = {value_text(best.parameters.get(parameter.name), TEXT)}"


def _named(parameter: Varied) -> str:
    return cut_middle(parameter.key, NAME)
