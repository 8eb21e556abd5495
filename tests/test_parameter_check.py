"""Whether the base task's script will receive what the trials are given: names, sections, types."""

from typing import Any

import pytest

from clearml_hpo_app.clearml_api.base_task import BaseTask
from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.parameter_check import parameter_findings


def base(**texts_and_types: tuple[str, str]) -> BaseTask:
    items = {name: {"name": name, "value": text, "type": kind} for name, (text, kind) in texts_and_types.items()}
    return BaseTask("base", "train", "project", "completed", {"General": items}, frozenset(), {}, 5.0, 1, {}, {})


def findings(task: BaseTask, **parameter: Any) -> tuple[list[str], list[str]]:
    row = {"name": "General/x", **parameter}
    varied = {"name": "General/other", "type": "uniform", "min": 0, "max": 9}
    config = HpoConfig(
        base_task_id="base", objectives=[{"title": "a", "series": "b"}], parameters=[row, varied], method="random"
    )
    return parameter_findings(task, config.parameters[:1])


@pytest.mark.parametrize(
    ("kind", "text", "values", "unfit"),
    [
        ("float", "0.5", [1, True, "2", 0.5, "a", ""], "True, '2', 'a', ''"),
        ("int", "2", [1, 2.5, None], "2.5, None"),
        ("bool", "True", [True, "yes", 1], "'yes', 1"),
    ],
)
def test_values_that_the_script_would_ignore_are_errors(kind: str, text: str, values: list[Any], unfit: str):
    errors, _ = findings(base(x=(text, kind)), type="discrete", values=values)
    assert len(errors) == 1
    assert f"like the base task's {text}, but {unfit} is not: the script would ignore or refuse it." in errors[0]


@pytest.mark.parametrize(
    ("kind", "text", "values"),
    [
        ("float", "0.5", [1, 0.5]),
        ("int", "2", [1, 3]),
        ("bool", "False", [True, False]),
        ("str", "adam", ["sgd", "adam"]),
        ("NoneType", "", [None, "x", 1]),
        ("", "0.1", [0.2, 0.3]),
    ],
)
def test_values_of_the_scripts_own_type_are_fine(kind: str, text: str, values: list[Any]):
    assert findings(base(x=(text, kind)), type="discrete", values=values) == ([], [])


def test_numbers_for_a_text_are_worth_a_warning():
    _, warnings = findings(base(x=("3", "str")), type="uniform", min=0.0, max=1.0)
    assert warnings == ["The parameter General/x is text in the base task: it gets 0.0 to 1.0 as text."]


def test_a_range_of_fractions_is_no_integer_and_no_boolean():
    for kind, text in (("int", "3"), ("bool", "True")):
        errors, _ = findings(base(x=(text, kind)), type="uniform", min=0.0, max=1.0)
        assert len(errors) == 1
        assert "must be" in errors[0]


def test_a_name_that_the_base_task_does_not_have_is_an_error_with_the_closest_one():
    errors, _ = findings(base(y=("3", "int")), type="uniform", min=0, max=1)
    assert errors[0].startswith("The parameter General/x must be one that the base task connected, but it is not")


@pytest.mark.parametrize(
    ("text", "more", "warned"), [("0.5", {}, True), ("0.5", {"integer": True}, False), ("2.0", {}, False)]
)
def test_a_range_of_whole_numbers_for_a_fraction_is_worth_a_warning(text: str, more: dict[str, Any], warned: bool):
    _, warnings = findings(base(x=(text, "float")), type="uniform", min=0, max=1, **more)
    assert ["would be tried" in warning for warning in warnings] == [True] * warned
