"""Everyone who can be played: the peers, and the application's methods, driven as its controller drives them."""

import importlib.util

from benchmarks.sample_efficiency.peers import PEERS, RANDOM
from benchmarks.sample_efficiency.problems import Point, Problem
from benchmarks.sample_efficiency.search import Search
from clearml_hpo_app.config import HYPERBAND_METHODS, METHODS, HpoConfig, Method
from clearml_hpo_app.strategies import choose_method, make_strategy
from clearml_hpo_app.trials.trial import Rung, Trial, TrialState, Verdict

AUTO_WITHOUT_GP = "auto-without-gp"
"""What `auto` is where the Gaussian process's library is not installed."""

NEEDS_TORCH = {"gaussian-process", "optuna-gp"}
COSTLY = NEEDS_TORCH
"""Played with fewer seeds: a suggestion takes tenths of a second."""

_METHOD_NAMES: tuple[str, ...] = METHODS
_LEFT_OUT = {RANDOM, "grid", *HYPERBAND_METHODS}


class Ours:
    """One of the application's methods, driven as its controller does: every trial is observed when it begins."""

    def __init__(self, config: HpoConfig, seed: int, method: Method | None = None) -> None:
        self._strategy = make_strategy(config, seed, method)
        self._points: list[Point] = []

    def ask(self) -> Point:
        """Return the method's suggestion."""
        number = len(self._points)
        point = self._strategy.suggest(number)
        self._points.append(point)
        self._strategy.observe(self.trial(number, TrialState.RUNNING))
        return point

    def tell(self, number: int, loss: float) -> None:
        """Have the method observe the completed trial."""
        self._strategy.observe(self.trial(number, TrialState.COMPLETED, loss, verdict=Verdict.COMPLETED))

    def tell_stopped(self, number: int, loss: float, rung: int) -> None:
        """Have the method observe a trial that was stopped early, with its loss at that iteration."""
        stopped = self.trial(number, TrialState.STOPPED, loss, verdict=Verdict.PRUNED, rung=rung)
        self._strategy.observe(stopped)

    def trial(
        self,
        number: int,
        state: TrialState,
        loss: float | None = None,
        *,
        verdict: Verdict | None = None,
        iteration: int | None = None,
        rung: int | None = None,
    ) -> Trial:
        """Return a trial as the controller sees it."""
        values = None if loss is None else (loss,)
        point = self._points[number]
        return Trial(
            number,
            f"task-{number}",
            "",
            point,
            state,
            values=values,
            verdict=verdict,
            iteration=iteration,
            rung=None if rung is None else Rung(rung, loss),
        )


def config_of(method: str, problem: Problem, budget: int, slots: int, early_stopping: str = "none") -> HpoConfig:
    """Return the configuration of a run with `method`."""
    limits = {"total_tasks": budget, "max_iterations": problem.iterations}
    return problem.config(method, max_concurrent_tasks=slots, limits=limits, early_stopping=early_stopping)


def names() -> list[str]:
    """Return everyone that can be played here, peers first; those whose extra is missing are left out.

    `grid` is not among them: it needs a finite space, and there it is a random search without repetition. Nor are
    the methods with Hyperband, which draw as `bayesian` and `random` do when trials run in full, and our own
    `random`: it differs from the peer only in that it repeats no point of a finite space.
    """
    ours = [name for name in _METHOD_NAMES if name not in _LEFT_OUT]
    ours.insert(ours.index("auto") + 1, AUTO_WITHOUT_GP)
    return [name for name in (*PEERS, *ours) if has_torch() or name not in NEEDS_TORCH]


def has_torch() -> bool:
    """Return whether the Gaussian process can be played."""
    return importlib.util.find_spec("torch") is not None


def resolved(name: str, problem: Problem, *, budget: int, slots: int) -> str:
    """Return whose games those of `name` are: of the method that `auto` chooses, else its own."""
    if name not in {"auto", AUTO_WITHOUT_GP}:
        return name
    config = config_of("auto", problem, budget, slots)
    return choose_method(config, has_torch=has_torch() and name == "auto").method


def make_search(name: str, problem: Problem, seed: int, *, budget: int, slots: int) -> Search:
    """Return a search by a peer or a method that will be asked for `budget` trials, `slots` at a time."""
    if name in PEERS:
        return PEERS[name](problem, seed)
    return Ours(config_of(name, problem, budget, slots), seed)
