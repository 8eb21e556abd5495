"""What the numbers of a run say, and what to do about it: short sentences, each from one rule.

A rule speaks only when its numbers are clear; the thresholds stand beside it.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from clearml_hpo_app.dashboard.importance import Importance
from clearml_hpo_app.dashboard.results import objective_texts
from clearml_hpo_app.space.parameters import Discrete, Uniform, Varied
from clearml_hpo_app.space.values import Value, is_number
from clearml_hpo_app.trials.snapshot import Snapshot
from clearml_hpo_app.trials.trial import Outcome, Trial
from clearml_hpo_app.wording import agent_command, counted, counted_of, cut_middle, plain, value_text

FEWEST_FAILED = 3
FAILED_SHARE = 0.5
FEWEST_FOR_BOUNDS = 10
BEST_LOOKED_AT = 3
NEAR_BOUND = 0.02
"""Part of a range (of its logarithm, on a log scale) that counts as its end."""

FEWEST_FOR_INFLUENCE = 40
NO_INFLUENCE = 0.01
"""A share below it, and below a tenth of an even one where parameters are more than ten, is as good as none."""

SOME_INFLUENCE = 0.05
LONG_WITHOUT = 25
"""Trials without an improvement that are worth a word, when they are also a third of all."""

_NAME, _TEXT = 40, 90


class Advice(NamedTuple):
    """One finding, nothing escaped.

    Attributes:
        finding: What the numbers say.
        todo: What to do about it; empty when nothing is needed.
        trial: The trial that shows it, `None` when it is about all of them.
    """

    finding: str
    todo: str
    trial: Trial | None = None


def advise(snapshot: Snapshot, importance: Importance) -> tuple[Advice, ...]:
    """Return where the run stands, then what could be done, the most urgent first."""
    found = [
        *_failures(snapshot),
        *_without_value(snapshot),
        *_workers(snapshot),
        *_bounds(snapshot, importance),
        *_influence(snapshot, importance),
        *_standstill(snapshot),
    ]
    return (_standing(snapshot), *found)


def _standing(snapshot: Snapshot) -> Advice:
    reached = counted_of(snapshot.ended, snapshot.total, "trial")
    ended = f"{reached} {'has' if reached.endswith('trial') else 'have'} ended"
    active = [(snapshot.running, "run"), (snapshot.pending, "wait in the queue")]
    counts = ", ".join([ended, *(f"{count} {what}" for count, what in active if count)])
    why = f". {plain(snapshot.reason, 200)}" if snapshot.reason else ""
    ranked = snapshot.ranked
    if not ranked:
        return Advice(f"{counts}; none has ended with a value yet{why}", "")
    best = ranked[0]
    texts = objective_texts(snapshot, best.values or ())
    goals = zip(snapshot.config.objectives, texts, strict=True)
    worth = ", ".join(f"{cut_middle(goal.name, _NAME)} {text}" for goal, text in goals)
    return Advice(f"{counts}; the best is trial {best.number} with {worth}{why}", "", best)


def _failures(snapshot: Snapshot) -> Iterator[Advice]:
    if not _are_many(snapshot.outcomes[Outcome.FAILED], snapshot):
        return
    failed = [trial for trial in snapshot.trials if trial.outcome is Outcome.FAILED]
    reason, times = Counter(plain(trial.reason, _TEXT) for trial in failed).most_common(1)[0]
    like = f", {times} of them with “{reason}”" if reason else ""
    shown = next(trial for trial in reversed(failed) if plain(trial.reason, _TEXT) == reason)
    yield Advice(
        f"{len(failed)} of {counted(snapshot.ended, 'trial')} failed{like}",
        "look at the console of the linked trial; if only some parameters fail, take them out of the space",
        shown,
    )


def _without_value(snapshot: Snapshot) -> Iterator[Advice]:
    if not _are_many(snapshot.outcomes[Outcome.NO_VALUE], snapshot):
        return
    silent = [trial for trial in snapshot.trials if trial.outcome is Outcome.NO_VALUE]
    names = " and ".join(cut_middle(goal.name, _NAME) for goal in snapshot.config.objectives)
    yield Advice(
        f"{len(silent)} of {counted(snapshot.ended, 'trial')} ended without a value of {names}",
        "compare title and series of the objective with the scalars of the linked trial",
        silent[-1],
    )


def _are_many(count: int, snapshot: Snapshot) -> bool:
    return count >= FEWEST_FAILED and count >= FAILED_SHARE * snapshot.ended


def _workers(snapshot: Snapshot) -> Iterator[Advice]:
    workers, most = snapshot.workers, snapshot.config.max_concurrent_tasks
    if workers is None or snapshot.pending == 0 or snapshot.status != "in_progress":
        return
    queue = plain(snapshot.config.execution_queue, _NAME)
    if workers == 0:
        yield Advice(
            f"no worker serves the queue {queue}: {counted(snapshot.pending, 'trial')} wait",
            f"start an agent: {agent_command(queue)}",
        )
    elif workers < most and snapshot.running <= workers:
        served = f"only {counted(workers, 'worker')} serve{'s' if workers == 1 else ''} the queue {queue}"
        yield Advice(
            f"{served}, but {most} trials may run at once: {counted(most - workers, 'slot')} stand idle",
            f"start more agents, or lower max_concurrent_tasks to {workers}",
        )


def _bounds(snapshot: Snapshot, importance: Importance) -> Iterator[Advice]:
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
    if not is_number(value):
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


def _influence(snapshot: Snapshot, importance: Importance) -> Iterator[Advice]:
    if importance.results < FEWEST_FOR_INFLUENCE or len(importance.shares) < 2:
        return
    names = {parameter.name: parameter for parameter in snapshot.config.space.varied}
    least = min(NO_INFLUENCE, 0.1 / len(importance.shares))
    idle = [name for name, share in importance.shares if round(share, 3) < least and name in names]
    ranked = snapshot.ranked
    if not idle or len(idle) == len(importance.shares) or not ranked:
        return
    told = ", ".join(_fixed(names[name], ranked[0]) for name in idle[:6])
    more = f" and {len(idle) - 6} more" if len(idle) > 6 else ""
    has, each = ("has", "") if len(idle) == 1 else ("have", " each")
    listed = ", ".join(_named(names[name]) for name in idle[:6])
    yield Advice(
        f"{listed}{more} {has} next to no influence (less than {100 * least:.2g} %{each}, by "
        f"{counted(importance.results, 'result')})",
        f"fix what costs nothing to fix, at the best trial’s values: {told}",
        ranked[0],
    )


def _fixed(parameter: Varied, best: Trial) -> str:
    return f"{_named(parameter)} = {value_text(best.parameters.get(parameter.name), _TEXT)}"


def _standstill(snapshot: Snapshot) -> Iterator[Advice]:
    if len(snapshot.config.objectives) > 1:
        return
    ranked = snapshot.ranked
    if not ranked or snapshot.status != "in_progress":
        return
    last = ranked[0].ended
    since = sum(1 for trial in ranked if last is not None and trial.ended is not None and trial.ended > last)
    if since >= LONG_WITHOUT and since >= len(ranked) / 3:
        yield Advice(
            f"no improvement for {counted(since, 'trial')}, since trial {ranked[0].number}",
            "stop here, or change the space: narrow it around the best trials, or add parameters",
            ranked[0],
        )


def _named(parameter: Varied) -> str:
    return cut_middle(parameter.key, _NAME)


def listed(advice: Sequence[Advice]) -> list[str]:
    """Return the advice as sentences, for reports in words."""
    return [f"{each.finding}. {each.todo}".rstrip(". ") + "." for each in advice]
