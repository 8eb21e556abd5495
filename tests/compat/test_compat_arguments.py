"""The arguments of the SDK's optimizer as a configuration."""

import subprocess
import sys
from typing import Any

import pytest

from clearml_hpo_app.compat import (
    DiscreteParameterRange,
    GridSearch,
    OptimizerBOHB,
    OptimizerOptuna,
    RandomSearch,
    UniformParameterRange,
)
from clearml_hpo_app.compat.arguments import Arguments, to_config
from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.errors import InvalidConfig, UsageError

RATE = UniformParameterRange("Args/lr", 0, 1)


def translated(**changes: Any) -> tuple[HpoConfig, list[str]]:
    given = {
        "base_task_id": "base",
        "hyper_parameters": [RATE],
        "objective": ("loss", "validation", "min"),
        "optimizer_class": RandomSearch,
        "max_number_of_concurrent_tasks": 2,
        "execution_queue": "trials",
        "optimization_time_limit": None,
        "compute_time_limit": None,
        "spawn_project": None,
        "save_top_k_tasks_only": None,
        "options": {},
    }
    return to_config(Arguments(**{**given, **changes}))


def test_every_argument_of_the_official_example_is_carried_over() -> None:
    config, lost = translated(
        optimizer_class=OptimizerOptuna,
        objective=("epoch_accuracy", "epoch_accuracy", "max_global"),
        optimization_time_limit=120.0,
        compute_time_limit=60,
        spawn_project="here",
        save_top_k_tasks_only=3,
        options={
            "time_limit_per_job": 10.0,
            "pool_period_min": 0.2,
            "total_max_jobs": 10,
            "min_iteration_per_job": 10,
            "max_iteration_per_job": 30,
        },
    )
    assert lost == []
    assert config == HpoConfig(
        base_task_id="base",
        method="bayesian",
        early_stopping="median",
        objectives=[{"title": "epoch_accuracy", "series": "epoch_accuracy", "trend": "max", "value": "best"}],
        parameters=[{"type": "uniform", "name": "Args/lr", "min": 0.0, "max": 1.0}],
        execution_queue="trials",
        destination_project="here",
        max_concurrent_tasks=2,
        limits={
            "total_tasks": 10,
            "min_iterations": 10,
            "max_iterations": 30,
            "task_minutes": 10.0,
            "total_minutes": 120.0,
            "compute_minutes": 60,
            "top_tasks_to_keep": 3,
        },
    )


@pytest.mark.parametrize("nothing", [None, 0, -1])
def test_nothing_zero_and_below_are_no_limit(nothing: Any) -> None:
    config, _ = translated(save_top_k_tasks_only=nothing, options={"min_iteration_per_job": nothing})
    assert (config.limits.top_tasks_to_keep, config.limits.min_iterations) == (None, None)


def sdk_classes() -> list[Any]:
    from clearml.automation import GridSearch as SdkGrid
    from clearml.automation import RandomSearch as SdkRandom
    from clearml.automation.optuna import OptimizerOptuna as SdkOptuna

    return [SdkRandom, SdkGrid, SdkOptuna]


@pytest.mark.parametrize(
    ("given", "method", "stopping"),
    [
        *zip(
            [RandomSearch, GridSearch, OptimizerOptuna],
            ["random", "grid", "bayesian"],
            ["none", "none", "median"],
            strict=True,
        ),
        *zip(sdk_classes(), ["random", "grid", "bayesian"], ["none", "none", "median"], strict=True),
        (OptimizerBOHB, "bayesian-hyperband", "auto"),
        ("GridSearch", "grid", "none"),
        (type("Mine", (OptimizerOptuna,), {}), "bayesian", "median"),
    ],
)
def test_every_strategy_has_a_method(given: Any, method: str, stopping: str) -> None:
    values = DiscreteParameterRange("Args/n", [1, 2])
    config, lost = translated(optimizer_class=given, hyper_parameters=[values])
    assert (config.method, config.early_stopping, lost) == (method, stopping, [])


def derived(*bases: type, **own: Any) -> type:
    return type("Mine", bases, own)


@pytest.mark.parametrize("base", [RandomSearch, *sdk_classes()])
@pytest.mark.parametrize("own", ["create_job", "__init__", "process_step"])
def test_a_derived_strategy_that_does_something_of_its_own_is_refused(base: type, own: str) -> None:
    mine = derived(base, **{own: lambda self: None})
    for given in (mine, derived(mine), object.__new__(mine)):
        with pytest.raises(UsageError, match=rf"derived from it, has {own} of its own: a strategy of one's own"):
            translated(optimizer_class=given)


def test_a_derived_strategy_with_notes_and_numbers_only_is_its_base() -> None:
    config, lost = translated(optimizer_class=derived(sdk_classes()[0], __doc__="Ours.", SEED=3))
    assert (config.method, lost) == ("random", [])


def test_a_strategy_of_ones_own_is_not_taken_for_the_sdks_of_the_same_name() -> None:
    with pytest.raises(UsageError, match="a strategy of one's own cannot be run here"):
        translated(optimizer_class=type("RandomSearch", (), {"create_job": lambda self: None}))


def named(name: str) -> Any:
    """Return an object of a class of this name, as a sampler or a pruner of Optuna is one."""
    return type(name, (), {})()


@pytest.mark.parametrize(
    ("sampler", "pruner", "method", "stopping", "sentences"),
    [
        ("GPSampler", None, "gaussian-process", "median", 0),
        ("RandomSampler", "HyperbandPruner", "hyperband", "auto", 0),
        (None, "HyperbandPruner", "bayesian-hyperband", "auto", 0),
        ("NSGAIISampler", "NopPruner", "evolutionary", "none", 0),
        (None, "SuccessiveHalvingPruner", "bayesian", "asha", 0),
        ("CmaEsSampler", "WilcoxonPruner", "bayesian", "median", 2),
    ],
)
def test_optunas_samplers_and_pruners_choose_the_method(
    sampler: str | None, pruner: str | None, method: str, stopping: str, sentences: int
) -> None:
    options = {
        "optuna_sampler": named(sampler) if sampler else None,
        "optuna_pruner": named(pruner) if pruner else None,
    }
    config, lost = translated(optimizer_class=OptimizerOptuna, options=options)
    assert (config.method, config.early_stopping, len(lost)) == (method, stopping, sentences)


def test_several_objectives_are_carried_over() -> None:
    config, _ = translated(
        optimizer_class=OptimizerOptuna, objective=(["loss", "size"], ["validation", "MB"], ["min", "max_global"])
    )
    assert [(goal.name, goal.trend, goal.value) for goal in config.objectives] == [
        ("loss/validation", "min", "last"),
        ("size/MB", "max", "best"),
    ]
    assert config.early_stopping == "none"


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(UsageError, match="must all be texts, or all be lists of the same length"):
        translated(objective=(["loss"], "validation", "min"))
    with pytest.raises(UsageError, match="a strategy of one's own cannot be run here"):
        translated(optimizer_class=type("Mine", (), {}))
    with pytest.raises(InvalidConfig, match=r"objectives\.0\.trend must be one of 'max' or 'min'"):
        translated(objective=("loss", "validation", "up"))


def test_what_has_no_counterpart_is_told() -> None:
    from clearml.automation import RandomSearch as SdkRandom

    _, lost = translated(optimizer_class=object.__new__(SdkRandom), options={"optuna_kwargs": {"a": 1}})
    assert [sentence.split(",")[0] for sentence in lost] == [
        "Of the RandomSearch that was made already",
        "The argument optuna_kwargs has no counterpart here.",
    ]


def test_importing_the_package_itself_loads_nothing_of_it() -> None:
    code = (
        "import sys, clearml_hpo_app; print([name for name in sys.modules if 'compat' in name and 'hpo' in name])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
