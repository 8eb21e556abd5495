"""Whom the methods are compared with, behind `ask` and `tell`.

Optuna's samplers are driven by its ask-and-tell interface, with the distributions that its users write. Of
ClearML's optimiser, the code of the SDK itself does the sampling.
"""

import contextlib
import io
import math
import warnings
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from benchmarks.sample_efficiency.problems import Point, Problem
from benchmarks.sample_efficiency.search import Search
from clearml_hpo_app.space.parameters import Uniform, Varied
from clearml_hpo_app.strategies.random_search import RandomStrategy

RANDOM = "random"
"""Plain random search, which every ratio is relative to."""

CLEARML = "clearml-optuna"
"""What ClearML's own `OptimizerOptuna` samples."""


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
