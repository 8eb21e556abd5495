"""Configurations, trials and whole simulated runs for the tests of strategies."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.objective import Values
from clearml_hpo_app.space.values import Parameters, Value
from clearml_hpo_app.strategies import Strategy, make_strategy
from clearml_hpo_app.trials.trial import Rung, Trial, TrialState, Verdict

CONTINUOUS: list[dict[str, Any]] = [
    {"type": "uniform", "name": "Args/lr", "min": 1e-5, "max": 0.1, "scale": "log"},
    {"type": "uniform", "name": "Args/momentum", "min": 0.0, "max": 1.0},
    {"type": "uniform", "name": "Args/dropout", "min": 0.1, "max": 0.95, "step": 0.1},
    {"type": "fixed", "name": "Args/epochs", "value": 3},
    {"type": "uniform", "name": "Args/units", "min": 1, "max": 512, "scale": "log"},
    {"type": "uniform", "name": "Args/layers", "min": 1, "max": 9, "step": 2},
    {"type": "discrete", "name": "Args/batch", "values": [64, 16, 32]},
    {"type": "discrete", "name": "General/mode", "values": [1, True, "2", None]},
]
FINITE = [row for row in CONTINUOUS if row["name"] not in {"Args/lr", "Args/momentum"}]
SMALL: list[dict[str, Any]] = [
    {"type": "uniform", "name": "Args/a", "min": 1, "max": 8, "scale": "log"},
    {"type": "fixed", "name": "Args/epochs", "value": 3},
    {"type": "uniform", "name": "Args/b", "min": 0.0, "max": 0.3, "step": 0.1},
    {"type": "discrete", "name": "Args/c", "values": [1, True, "2"]},
]
"""96 points."""


def config(method: str, parameters: Sequence[dict[str, Any]], objectives: int = 1, **more: Any) -> HpoConfig:
    """Return a configuration with objectives of which the odd ones are maximised."""
    rows = [{"title": "loss", "series": str(at), "trend": ("min", "max")[at % 2]} for at in range(objectives)]
    return HpoConfig(base_task_id="base", method=method, parameters=parameters, objectives=rows, **more)


def trial(
    number: int,
    parameters: Parameters,
    values: Values | None = None,
    *,
    state: TrialState = TrialState.COMPLETED,
    verdict: Verdict | None = Verdict.COMPLETED,
    attempt: int = 1,
) -> Trial:
    """Return a trial, completed unless told otherwise."""
    verdict = verdict if state.is_final else None
    return Trial(number, f"task-{number}", "", parameters, state, attempt, values, verdict=verdict)


def running(number: int, parameters: Parameters) -> Trial:
    """Return a trial that has no result yet."""
    return trial(number, parameters, state=TrialState.RUNNING)


def built(config: HpoConfig, seed: int, history: Sequence[Trial]) -> Strategy:
    """Return a fresh strategy that has observed `history`, in an order that has nothing to do with it."""
    strategy = make_strategy(config, seed)
    for known in random.Random(len(history)).sample(history, len(history)):
        strategy.observe(known)
    return strategy


def ending(number: int, parameters: Parameters, objectives: int) -> Trial:
    """Return the trial as it ended: most with values, some failed, some pruned, some with a broken value."""
    score = sum(hash(value) % 97 if isinstance(value, int) else 3.0 for value in parameters.values())
    values = tuple((score + at) % 13.0 + at for at in range(objectives))
    if number % 7 == 3:
        return trial(number, parameters, state=TrialState.FAILED, verdict=Verdict.FAILED)
    if number % 7 == 5:
        cut = trial(number, parameters, values, state=TrialState.STOPPED, verdict=Verdict.PRUNED)
        return replace(cut, rung=Rung(3 ** (number % 3)))
    return trial(number, parameters, (float("nan"), *values[1:]) if number % 11 == 4 else values)


def simulate(config: HpoConfig, seed: int, total: int, *, slots: int = 4, rebuild: bool = False) -> list[Trial]:
    """Run `total` trials, `slots` at a time, and return them in the end; slots become free out of order.

    Args:
        config, seed: What to run.
        total: Number of trials.
        slots: Number of trials that are pending when a suggestion is asked for.
        rebuild: Whether every suggestion comes from a strategy of its own.
    """
    trials: dict[int, Trial] = {}
    pending: list[int] = []
    strategy = make_strategy(config, seed)
    for number in range(total):
        if len(pending) > slots:
            ended = pending.pop(number * 5 % len(pending))
            trials[ended] = ending(ended, trials[ended].parameters, len(config.objectives))
            strategy.observe(trials[ended])
        if rebuild:
            strategy = built(config, seed, list(trials.values()))
        trials[number] = running(number, strategy.suggest(number))
        pending.append(number)
        strategy.observe(trials[number])
    return list(trials.values())


def suggestions(trials: Sequence[Trial]) -> list[str]:
    """Return the parameters as text that tells 1, 1.0, True and "1" apart."""
    return [repr(dict(each.parameters)) for each in trials]


def minimise(
    config: HpoConfig, seed: int, total: int, function: Callable[[dict[str, Value]], float]
) -> list[float]:
    """Return the value of each of `total` trials, one after the other."""
    strategy = make_strategy(config, seed)
    found: list[float] = []
    for number in range(total):
        parameters = strategy.suggest(number)
        found.append(function(parameters))
        strategy.observe(trial(number, parameters, (found[-1],)))
    return found
