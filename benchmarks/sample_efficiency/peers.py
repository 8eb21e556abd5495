"""Whom the methods are compared with, and the methods themselves, all behind `ask` and `tell`.

Ours are driven as the controller drives them. Optuna's are driven by its ask-and-tell interface, with the
distributions that its users write. Of ClearML's optimiser, the code of the SDK itself does the sampling.
"""

import contextlib
import importlib.util
import io
import math
import warnings
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, Protocol

from benchmarks.sample_efficiency.problems import Point, Problem
from clearml_hpo_app.config import METHODS, HpoConfig
from clearml_hpo_app.parameters import Uniform, Varied
from clearml_hpo_app.strategies import choose_method, make_strategy
from clearml_hpo_app.strategies.random_search import RandomStrategy
from clearml_hpo_app.trials import Trial, TrialState, Verdict

RANDOM = "random"
"""Plain random search, which every ratio is relative to."""

CLEARML = "clearml-optuna"
"""What ClearML's own `OptimizerOptuna` samples."""


class Search(Protocol):
    """A search for a small loss; trials are numbered from 0 in the order in which they are asked for."""

    def ask(self) -> Point | None:
        """Return the point of the next trial; `None` where it ends at once, without any result."""
        ...

    def tell(self, number: int, loss: float) -> None:
        """Take in the result of a trial."""
        ...


class PlainRandom:
    """Our random search, told of no trial: each point is drawn on its own, also one that was drawn before."""

    def __init__(self, problem: Problem, seed: int, **_: Any) -> None:
        self._strategy = RandomStrategy(problem.config("random"), seed)
        self._number = 0

    def ask(self) -> Point:
        """Return a random point."""
        self._number += 1
        return self._strategy.suggest(self._number)

    def tell(self, number: int, loss: float) -> None:
        """Learn nothing."""


class Ours:
    """One of the application's methods, driven as its controller does: every trial is observed when it begins."""

    def __init__(self, method: str, problem: Problem, seed: int, *, budget: int, slots: int) -> None:
        self._strategy = make_strategy(_config(method, problem, budget, slots), seed)
        self._points: list[Point] = []

    def ask(self) -> Point:
        """Return the method's suggestion."""
        number = len(self._points)
        point = self._strategy.suggest(number)
        self._points.append(point)
        self._strategy.observe(Trial(number, f"task-{number}", "", point, TrialState.RUNNING))
        return point

    def tell(self, number: int, loss: float) -> None:
        """Have the method observe the completed trial."""
        self._strategy.observe(
            Trial(
                number,
                f"task-{number}",
                "",
                self._points[number],
                TrialState.COMPLETED,
                values=(loss,),
                verdict=Verdict.COMPLETED,
            )
        )


def _config(method: str, problem: Problem, budget: int, slots: int) -> HpoConfig:
    limits = {"total_tasks": budget, "max_iterations": problem.iterations}
    return problem.config(method, max_concurrent_tasks=slots, limits=limits)


class OptunaSearch:
    """One of Optuna's samplers, with the distributions that its users write: lists are categories."""

    def __init__(self, sampler: Any, problem: Problem) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self.study = optuna.create_study(sampler=sampler)
        self.trials: list[Any] = []
        self._distributions = {parameter.name: _distribution(parameter) for parameter in problem.parameters}

    def ask(self) -> Point | None:
        """Return the sampler's suggestion."""
        self.trials.append(self.study.ask(self._distributions))
        point: Point = self.trials[-1].params
        return point

    def tell(self, number: int, loss: float) -> None:
        """Tell the study."""
        self.study.tell(self.trials[number], loss)


def _distribution(parameter: Varied) -> Any:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if not isinstance(parameter, Uniform):
        return CategoricalDistribution(parameter.values)
    is_log = parameter.scale == "log"
    if parameter.is_integer:
        return IntDistribution(parameter.min, parameter.max, log=is_log, step=parameter.step or 1)
    return FloatDistribution(parameter.min, parameter.max, log=is_log, step=parameter.step)


class ClearMLSearch(OptunaSearch):
    """The sampling of ClearML's `OptimizerOptuna`, done by the SDK's own objective function up to the job.

    Its ranges have no integers on a log scale, which become plain integers; its lists are categories; a trial
    that repeats a point is pruned, and one of its trials used up.
    """

    def __init__(self, problem: Problem, seed: int, **_: Any) -> None:
        from optuna.samplers import TPESampler

        super().__init__(TPESampler(seed=seed), problem)  # as it makes it, but for the seed
        self._objective = _sdk_objective(problem)

    def ask(self) -> Point | None:
        """Return the point of the job that the SDK would launch; `None` for a duplicate, which it prunes."""
        from optuna import TrialPruned
        from optuna.trial import TrialState

        self.trials.append(self.study.ask())
        try:
            with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
                warnings.simplefilter("ignore")  # it calls a deprecated function of Optuna
                self._objective.objective(self.trials[-1])
        except _Launched as launched:
            return launched.point
        except TrialPruned:
            self.study.tell(self.trials[-1], state=TrialState.PRUNED)
            return None
        raise RuntimeError("OptimizerOptuna must launch a job or prune a trial, but it did neither.")


class _Launched(BaseException):
    """The SDK is about to create a job with this point."""

    def __init__(self, point: Point) -> None:
        super().__init__()
        self.point = point


def _sdk_objective(problem: Problem) -> Any:
    """Return the SDK's objective function for a problem, of an optimiser that launches no job."""
    from clearml.automation import Objective
    from clearml.automation.optuna.optuna import OptimizerOptuna, OptunaObjective

    class Optimizer(OptimizerOptuna):  # type: ignore[misc]  # the SDK is not followed by mypy
        def _validate_base_task(self) -> None:
            """Ask no server."""

        def helper_create_job(self, _: str, parameter_override: Mapping[str, Any]) -> NoReturn:
            raise _Launched(dict(parameter_override))

    optimizer = Optimizer(
        base_task_id="benchmark",
        hyper_parameters=[_sdk_parameter(parameter) for parameter in problem.parameters],
        objective_metric=Objective("loss", "validation", "min"),
        execution_queue="default",
        num_concurrent_workers=1,
        max_iteration_per_job=None,
        total_max_jobs=None,
    )
    space = optimizer._convert_hyper_parameters_to_optuna()
    return OptunaObjective("benchmark", "default", optimizer, 0, None, 0.0, space)


def _sdk_parameter(parameter: Varied) -> Any:
    """Return a parameter as a user of the SDK writes it."""
    from clearml.automation import (
        DiscreteParameterRange,
        LogUniformParameterRange,
        UniformIntegerParameterRange,
        UniformParameterRange,
    )

    if not isinstance(parameter, Uniform):
        return DiscreteParameterRange(parameter.name, list(parameter.values))
    if parameter.is_integer:
        return UniformIntegerParameterRange(parameter.name, parameter.min, parameter.max, parameter.step or 1)
    if parameter.scale == "log":
        return LogUniformParameterRange(parameter.name, math.log10(parameter.min), math.log10(parameter.max))
    return UniformParameterRange(parameter.name, parameter.min, parameter.max, parameter.step)


def _tpe(problem: Problem, seed: int, **_: Any) -> Search:
    from optuna.samplers import TPESampler

    return OptunaSearch(TPESampler(seed=seed), problem)


def _independent_tpe(problem: Problem, seed: int, **_: Any) -> Search:
    from optuna.samplers import TPESampler

    return OptunaSearch(TPESampler(seed=seed, multivariate=False, constant_liar=False), problem)


def _gp(problem: Problem, seed: int, **_: Any) -> Search:
    from optuna.samplers import GPSampler

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it is experimental
        return OptunaSearch(GPSampler(seed=seed), problem)


PEERS: Mapping[str, Callable[..., Search]] = {
    RANDOM: PlainRandom,
    "optuna-tpe": _tpe,
    "optuna-tpe-independent": _independent_tpe,
    "optuna-gp": _gp,
    CLEARML: ClearMLSearch,
}
"""Makers of the others by name; `optuna-tpe` has the defaults of Optuna 5, `-independent` those of Optuna 4."""

NEEDS_TORCH = {"gaussian-process", "optuna-gp"}


def names() -> list[str]:
    """Return everyone that can be played here, peers first; those whose extra is missing are left out.

    `grid` is not among them: it needs a finite space, and there it is a random search without repetition. Our own
    `random` neither: it differs from the peer only in that it repeats no point of a finite space.
    """
    has_torch = importlib.util.find_spec("torch") is not None
    everyone = [*PEERS, *(method for method in METHODS if method not in {RANDOM, "grid"})]
    return [name for name in everyone if has_torch or name not in NEEDS_TORCH]


def resolved(name: str, problem: Problem, *, budget: int, slots: int) -> str:
    """Return whose games those of `name` are: of the method that `auto` chooses, else its own."""
    return choose_method(_config(name, problem, budget, slots)).method if name == "auto" else name


def make_search(name: str, problem: Problem, seed: int, *, budget: int, slots: int) -> Search:
    """Return a search by a peer or a method that will be asked for `budget` trials, `slots` at a time."""
    if name in PEERS:
        return PEERS[name](problem, seed)
    return Ours(name, problem, seed, budget=budget, slots=slots)
