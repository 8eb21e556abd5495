"""Every violation is told at once, each with its place, what must hold, what was got and what to do."""

from typing import Any

import pytest

from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.errors import InvalidConfig
from clearml_hpo_app.space.parameters import Uniform

RANGE = {"type": "uniform", "name": "Args/lr", "min": 0.0, "max": 1.0}
VALID: dict[str, Any] = {
    "base_task_id": "base",
    "objectives": [{"title": "validation", "series": "loss"}],
    "parameters": [RANGE],
}


def violations(**changes: Any) -> list[str]:
    with pytest.raises(InvalidConfig, match="must") as refused:
        HpoConfig(**{**VALID, **changes})
    return [str(violation) for violation in refused.value.violations]


def test_a_configuration_needs_a_task_an_objective_and_a_parameter():
    config = HpoConfig(**VALID)
    assert (config.method, config.execution_queue, config.max_concurrent_tasks) == ("bayesian", "default", 4)
    assert (config.objective.trend, config.objective.value) == ("max", "last")


def test_all_violations_are_told_at_once():
    told = violations(method="magic", seed=-1, limits={"total_tasks": 0}, parameters=[{**RANGE, "min": 2}])
    assert [sentence.split(" must ")[0] for sentence in told] == [
        "method",
        "parameters.0 (Args/lr)",
        "limits.total_tasks",
        "seed",
    ]


def test_violations_between_fields_are_told_with_those_within():
    told = violations(seed=-1, parameters=[RANGE, RANGE], objectives=VALID["objectives"] * 2)
    assert told == [
        "seed must be at least 0, but got -1.",
        "parameters must name every parameter once, but got Args/lr 2 times. Remove one.",
        "objectives must be different metrics, but got validation/loss 2 times. "
        "Remove one, or name another series.",
    ]


def test_metrics_that_differ_in_spaces_only_are_the_same():
    told = violations(objectives=[*VALID["objectives"], {"title": "validation ", "series": " loss"}])
    assert told[0].startswith("objectives must be different metrics")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"metod": "grid"},
            "metod must be a field that exists, but got an unknown one. Did you mean method?",
        ),
        (
            {"limits": {"task_minute": 1}},
            "limits.task_minute must be a field that exists, but got an unknown one. "
            "Did you mean task_minutes or total_minutes or compute_minutes?",
        ),
        (
            {"parameters": [{**RANGE, "stp": 0.1}]},
            "parameters.0 (Args/lr).stp must be a field that exists, but got an unknown one. "
            "Did you mean step or type?",
        ),
        (
            {"parameters": [{**RANGE, "type": "unifrom"}]},
            "parameters.0 (Args/lr) must have a type of uniform, discrete, fixed, set, but got 'unifrom'. "
            "Did you mean uniform?",
        ),
        (
            {"parameters": [{"name": "Args/lr"}]},
            "parameters.0 (Args/lr) must have a type (uniform, discrete, fixed or set), "
            "but got a group with name.",
        ),
        (
            {"parameters": [{**RANGE, "name": "lr"}]},
            "parameters.0 (lr).name must name its section and the parameter (Section/name, like Args/lr), "
            "but got 'lr'.",
        ),
        ({"parameters": []}, "parameters must have at least 1 entry, but got []."),
        ({"parameters": "x"}, "parameters must be a list, but got 'x'."),
        ({"parameters": [3]}, "parameters.0 must be a group of fields, but got 3."),
        ({"base_task_id": " "}, "base_task_id must not be empty, but got ' '."),
        ({"max_concurrent_tasks": 0}, "max_concurrent_tasks must be at least 1, but got 0."),
        ({"max_concurrent_tasks": "many"}, "max_concurrent_tasks must be a whole number, but got 'many'."),
        ({"limits": {"task_minutes": 0}}, "limits.task_minutes must be above 0, but got 0."),
        ({"limits": {"task_minutes": float("nan")}}, "limits.task_minutes must be a finite number, but got nan."),
        (
            {"parameters": [{"type": "fixed", "name": "Args/a", "value": 1}]},
            "parameters must hold one uniform or discrete parameter at least, but got fixed ones only.",
        ),
        (
            {"parameters": [RANGE, {"type": "fixed", "name": "Args/a", "value": float("nan")}]},
            "parameters.1 (Args/a).value must be a finite number, but got nan.",
        ),
        (
            {"parameters": [{"type": "discrete", "name": "Args/a", "values": [1, [2]]}]},
            "parameters.0 (Args/a).values.1 must be a number, a text, true, false or nothing, but got [2]. "
            'Write it as a text, which the script reads: "[2]"',
        ),
    ],
)
def test_a_violation_is_one_sentence_about_its_place(changes: dict[str, Any], sentence: str):
    assert violations(**changes) == [sentence]


@pytest.mark.parametrize(
    "row",
    [RANGE, {**RANGE, "min": "0", "max": "1e1"}, {**RANGE, "min": 0, "max": 5, "integer": "false"}],
)
def test_a_grid_refuses_a_continuous_parameter_by_its_name(row: dict[str, Any]):
    told = violations(method="grid", parameters=[row])
    assert len(told) == 1
    assert told[0].startswith("parameters.0 (Args/lr) must be finite for method grid, but got a continuous range")


def test_a_grid_refuses_a_continuous_parameter_that_is_an_object_in_use():
    parameter = Uniform(**RANGE)
    assert parameter.count is None
    assert violations(method="grid", parameters=[parameter])[0].startswith("parameters.0 (Args/lr) must be finite")


@pytest.mark.parametrize(
    "row",
    [
        {**RANGE, "step": 0.5},
        {**RANGE, "min": "0", "max": "5", "step": ""},
        {**RANGE, "max": 5.0, "integer": "true"},
        {**RANGE, "min": 1, "max": 5, "scale": "log"},
    ],
)
def test_a_grid_takes_every_finite_range(row: dict[str, Any]):
    assert HpoConfig(**{**VALID, "method": "grid", "parameters": [row]}).space.size is not None


def test_a_title_is_empty_or_long_enough_for_a_server():
    assert violations(title="ab") == ["title must have at least 3 characters, but got 'ab'. Or leave it empty."]
    assert violations(title="a" * 201) == ["title must have at most 200 characters, but got 201 of them."]
    assert HpoConfig(**{**VALID, "title": "abc"}).title == "abc"


def test_user_properties_are_no_parameters():
    (told,) = violations(parameters=[{**RANGE, "name": "properties/verdict"}])
    assert told.endswith("must be a hyperparameter, but got a user property. No script receives those.")


def test_an_unclosed_quote_among_values_is_told():
    (told,) = violations(parameters=[{"type": "discrete", "name": "Args/o", "values": "a, 'b"}])
    assert "must close every quote, but got 'b." in told


def test_booleans_are_no_numbers():
    told = violations(limits={"total_tasks": True}, max_concurrent_tasks=True)
    assert told == [
        "max_concurrent_tasks must be a number, but got true.",
        "limits.total_tasks must be a number, but got true.",
    ]


def test_a_configuration_exports_and_reads_itself():
    config = HpoConfig(**VALID)
    assert HpoConfig.from_export(config.to_export()) == config


def test_a_copy_with_changes_is_checked_as_the_whole_is():
    config = HpoConfig(**VALID, limits={"total_tasks": 5}, seed=7)
    longer = config.model_copy(update={"limits": config.limits.model_copy(update={"total_tasks": 9})})
    assert (longer.limits.total_tasks, longer.seed, longer.model_fields_set) == (9, 7, config.model_fields_set)
    changes = {"limits": config.limits.model_copy(update={"total_tasks": -5}), "parameters": (), "method": "foo"}
    with pytest.raises(InvalidConfig) as refused:
        config.model_copy(update={**changes, "totl": 1})
    told = sorted(violation.path for violation in refused.value.violations)
    assert told == ["limits.total_tasks", "method", "parameters", "totl"]
