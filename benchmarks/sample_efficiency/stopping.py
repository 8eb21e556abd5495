"""Playing with early stopping, on problems with a learning curve, four trials at a time on a simulated clock.

The clock ticks once per iteration: at each tick every running trial makes one iteration and reports its loss.
Each start of a trial takes a tick too, since a container and an environment do not come for free. Where a trial
is stopped, the next one starts with the next tick.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, repeat
from typing import Protocol

from benchmarks.sample_efficiency.peers import CLEARML, ClearMLSearch
from benchmarks.sample_efficiency.players import AUTO_WITHOUT_GP, Ours, config_of, has_torch
from benchmarks.sample_efficiency.problems import Point, Problem
from clearml_hpo_app.config import HYPERBAND_METHODS, HpoConfig
from clearml_hpo_app.early_stopping import Ladder, choose_stopping, make_rule
from clearml_hpo_app.errors import SpaceExhausted
from clearml_hpo_app.strategies import choose_method
from clearml_hpo_app.trials.trial import TrialState

SLOTS = 4
START_TICKS = 1

Curves = Mapping[int, list[float]]
"""Of each running trial by number: its loss after each iteration so far, at least one."""


class StoppingSearch(Protocol):
    """A search that may stop trials before they end; they are numbered from 0 as they are asked for."""

    def ask(self) -> Point | None:
        """Return the point of the next trial; `None` where it ends at once, without any result."""
        ...

    def tell(self, number: int, loss: float) -> None:
        """Take in the last loss of a trial that ran in full."""
        ...

    def look(self, curves: Curves) -> set[int]:
        """Look at the running trials after a tick; return which ones are stopped, all that goes with it done."""
        ...


class OursWithStopping(Ours):
    """A method with a rule of early stopping, driven as the controller does: judged by the value at the rung."""

    def __init__(self, config: HpoConfig, problem: Problem, seed: int, *, can_use_gp: bool = True) -> None:
        method = choose_method(config, has_torch=can_use_gp and has_torch()).method
        super().__init__(config, seed, method)
        kind = choose_stopping(config, method).kind
        rule = make_rule(kind, problem.iterations, None, seed)
        self._ladder = Ladder(rule, config.objective) if rule is not None else None

    def look(self, curves: Curves) -> set[int]:
        """Judge the trials that are at a rung."""
        if self._ladder is None:
            return set()
        trials = [self.trial(number, TrialState.RUNNING, iteration=len(curve)) for number, curve in curves.items()]
        passed = [trial for trial in trials if self._ladder.passed(trial)]
        self._ladder.take([(trial, list(enumerate(curves[trial.number], 1))) for trial in passed])
        stopped = set()
        for trial in passed:
            if judgement := self._ladder.judgement(trial.number):
                self.tell_stopped(trial.number, judgement.value, judgement.rung)
                stopped.add(trial.number)
        return stopped


class ClearMLWithMedian(ClearMLSearch):
    """ClearML's optimiser with the pruner that it has unless told otherwise, Optuna's median of complete trials.

    As in the SDK, the pruner is asked after each report, the last one included.
    """

    def look(self, curves: Curves) -> set[int]:
        """Report the latest losses, and ask the pruner."""
        from optuna.trial import TrialState as State

        stopped = set()
        for number, curve in curves.items():
            self.trials[number].report(curve[-1], len(curve))
            if self.trials[number].should_prune():
                self.study.tell(self.trials[number], state=State.PRUNED)
                stopped.add(number)
        return stopped


def stopping_names() -> list[str]:
    """Return everyone that can be played with early stopping: `method`, or `method+rule` where both are chosen."""
    samplers = ["random", "bayesian", *(["gaussian-process"] if has_torch() else [])]
    pairs = [f"{sampler}+{rule}" for sampler in samplers for rule in ("asha", "median")]
    return [CLEARML, "auto", AUTO_WITHOUT_GP, *sorted(HYPERBAND_METHODS), *pairs]


def stopping_resolved(name: str, problem: Problem, budget: int) -> str:
    """Return whose games those of `name` are: of what `auto` chooses, else its own."""
    if name not in {"auto", AUTO_WITHOUT_GP}:
        return name
    config = config_of("auto", problem, budget, SLOTS, "auto")
    method = choose_method(config, has_torch=has_torch() and name == "auto").method
    return f"{method}+{choose_stopping(config, method).kind}"


def make_stopping_search(name: str, problem: Problem, seed: int, budget: int) -> StoppingSearch:
    """Return the search; `budget` counts whole trials."""
    if name == CLEARML:
        return ClearMLWithMedian(problem, seed)
    method, _, rule = name.partition("+")
    return OursWithStopping(config_of(method, problem, budget, SLOTS, rule or "none"), problem, seed)


def play_stopping(search: StoppingSearch, problem: Problem, budget: int) -> list[float]:
    """Return the best last loss of a trial that ran in full, after each tick; infinite before there is one.

    A game has as many ticks as `budget` whole trials take.
    """
    starts = _starts(search, problem)
    slots: list[_Running | None] = [None] * SLOTS
    best, after = float("inf"), []
    for _ in range(ticks(problem, budget)):
        slots = [running or next(starts) for running in slots]
        for running in filter(None, slots):
            running.ticks += 1
        ended = _end(search, [running for running in slots if running is not None and running.curve])
        slots = [running if running not in ended else None for running in slots]
        best = min([best, *(running.losses[-1] for running in ended if running.is_complete)])
        after.append(best)
    return after


def ticks(problem: Problem, budget: int) -> int:
    """Return how many ticks `budget` whole trials take."""
    return budget * (problem.iterations + START_TICKS) // SLOTS


@dataclass(eq=False)
class _Running:
    """A trial that runs: the losses that it will have, and for how many ticks it has been running."""

    number: int
    losses: list[float]
    ticks: int = 0

    @property
    def curve(self) -> list[float]:
        return self.losses[: max(self.ticks - START_TICKS, 0)]

    @property
    def is_complete(self) -> bool:
        return len(self.curve) == len(self.losses)


def _starts(search: StoppingSearch, problem: Problem) -> Iterator[_Running | None]:
    """Start trial after trial; `None` for one that ends at once, and once the whole space was tried."""
    for number in count():
        try:
            point = search.ask()
        except SpaceExhausted:
            yield from repeat(None)
        yield None if point is None else _Running(number, list(problem.losses(point)))


def _end(search: StoppingSearch, reported: Sequence[_Running]) -> list[_Running]:
    """Have the search look at the trials that reported, and return those that ended."""
    stopped = search.look({running.number: running.curve for running in reported})
    for running in reported:
        if running.is_complete and running.number not in stopped:
            search.tell(running.number, running.losses[-1])
    return [running for running in reported if running.is_complete or running.number in stopped]
