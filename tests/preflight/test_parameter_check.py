"""Whether the base task's script will receive what the trials are given: names, sections, types."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearml_hpo_app.clearml_api.base_task import BaseTask
from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.preflight.base_check import look_at_base
from clearml_hpo_app.preflight.parameter_check import parameter_findings


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
    ("kind", "text", "value"),
    [("int", "4", "3"), ("float", "0.5", "1e-3"), ("bool", "True", "false"), ("str", "1.10", "1.20")],
)
def test_a_fixed_value_that_a_form_holds_as_text_fits_as_the_script_reads_it(kind: str, text: str, value: str):
    assert findings(base(x=(text, kind)), type="fixed", value=value)[0] == []


@pytest.mark.parametrize(
    ("kind", "text", "values", "unfit"),
    [
        ("float", "0.5", [1, True, "2", 0.5, "a", ""], "True, '2', 'a', ''"),
        ("int", "2", [1, 2.5, None], "2.5, None"),
        ("INT", "2", [1, 2.5], "2.5"),  # click
        ("BOOL", "", [True, "yes"], "'yes'"),
        ("bool", "True", [True, "yes", 1], "'yes', 1"),
    ],
)
def test_values_that_the_script_would_ignore_are_errors(kind: str, text: str, values: list[Any], unfit: str):
    errors, _ = findings(base(x=(text, kind)), type="discrete", values=values)
    assert len(errors) == 1
    assert (
        f"like the base task's {text or 'None'}, but {unfit} is not: the script would ignore or refuse it."
        in errors[0]
    )


@pytest.mark.parametrize(
    ("kind", "text", "values"),
    [
        ("float", "0.5", [1, 0.5]),
        ("int", "2", [1, 3]),
        ("bool", "False", [True, False]),
        ("str", "adam", ["sgd", "adam"]),
        ("NoneType", "", [None, "x", 1]),
        ("int", "[1, 2]", ["[1, 2]", "[3]"]),  # argparse, nargs="+", type=int
        ("float", "", [None, 0.5]),  # argparse, type=float without a default
        ("str2bool", "False", [True, False, 1, "yes", None]),  # a type of the script's own
        ("BOOL", "", [True, False]),  # click, is_flag=True
        ("INT", "3", [1, 2]),
        ("NoneType", "", [True, 0.5, "x"]),
        ("", "0.1", [0.2, 0.3]),
    ],
)
def test_values_of_the_scripts_own_type_are_fine(kind: str, text: str, values: list[Any]):
    assert findings(base(x=(text, kind)), type="discrete", values=values) == ([], [])


@given(
    kind=st.sampled_from(
        ["", "int", "float", "bool", "str", "NoneType", "str2bool", "BOOL", "INT", "Choice([1])"]
    ),
    text=st.sampled_from(["", "1", "0.5", "True", "adam", "[1, 2]", "(1, 2)", "{}"]),
    value=st.sampled_from([True, False, 0, 3, 0.5, "x", "", "(1, 2)", None]),
)
def test_whatever_type_the_base_task_has_a_value_is_fine_or_refused_with_a_sentence(
    kind: str, text: str, value: Any
):
    errors, _ = findings(base(x=(text, kind)), type="fixed", value=value)
    assert all(error.startswith("The parameter General/x must be ") for error in errors)


def test_a_tuple_for_an_argument_with_nargs_must_be_written_as_a_list():
    items = {"betas": {"name": "betas", "value": "(0.9, 0.999)", "type": "float"}}
    task = replace(base(), sections={"Args": items})
    errors, _ = findings(task, name="Args/betas", type="discrete", values=["(0.9, 0.999)", "(0.5, 0.6)"])
    assert errors == [
        "The parameter Args/betas must be a list in square brackets to reach the script, but it is "
        "'(0.9, 0.999)': write '[0.9, 0.999]'."
    ]
    assert findings(task, name="Args/betas", type="discrete", values=["[0.5, 0.6]", "[0.9, 0.99]"]) == ([], [])


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


def hydra_base(switch: str = "False") -> BaseTask:
    items = {"_allow_omegaconf_edit_": {"name": "_allow_omegaconf_edit_", "value": switch, "type": "bool"}}
    objects = {"OmegaConf": "model:\n  lr: 0.1\n  layers: [1, 2]\ndb:\n  driver: mysql\n  a.b: 1\n  c d: {e: 2}\n"}
    return BaseTask(
        "base", "train", "project", "completed", {"Hydra": items}, frozenset(), objects, 5.0, 1, {}, {}
    )


def test_names_of_hydra_are_held_against_its_configuration():
    assert findings(hydra_base(), name="Hydra/model.lr", type="uniform", min=0.0, max=1.0) == ([], [])
    errors, _ = findings(hydra_base(), name="Hydra/model.ls", type="uniform", min=0.0, max=1.0)
    assert "Did you mean Hydra/model.lr" in errors[0]


def test_a_section_in_another_case_is_told_as_what_is_meant():
    errors, _ = findings(hydra_base(), name="hydra/model.lr", type="uniform", min=0.0, max=1.0)
    assert "Did you mean Hydra/model.lr" in errors[0]


@pytest.mark.parametrize(("script", "told"), [({}, True), ({"repository": "https://git.example/x.git"}, False)])
def test_a_script_of_hydra_without_a_repository_may_not_find_its_configuration(script: dict[str, str], told: bool):
    parameters = [{"type": "uniform", "name": "Hydra/model.lr", "min": 0.0, "max": 1.0}]
    objective = {"title": "a", "series": "b", "allow_new_metric": True}
    config = HpoConfig(base_task_id="base", objectives=[objective], parameters=parameters)
    doubts = look_at_base(replace(hydra_base(), script=script), config).doubts
    assert any("no folder with Hydra's configuration" in doubt for doubt in doubts) is told


@pytest.mark.parametrize("name", ["Hydra/db.a.b", "Hydra/db.c d.e"])
def test_a_key_that_hydra_cannot_override_is_an_error(name: str):
    errors, _ = findings(hydra_base(), name=name, type="discrete", values=[5, 7])
    assert errors[0].startswith(f"The parameter {name} must be one that Hydra can override, but")


def test_a_config_group_of_hydra_may_be_chosen():
    errors, warnings = findings(hydra_base(), name="Hydra/db", type="discrete", values=["mysql", "postgres"])
    assert errors == []
    assert "is a group in the base task's OmegaConf" in warnings[0]


@pytest.mark.parametrize(
    ("section", "switch"),
    [
        ("Hydra", "_allow_omegaconf_edit_"),
        ("Transformers", "_ignore_hparams_ui_overrides_"),
        ("Args", "_ignore_ui_overrides_"),
    ],
)
def test_a_switch_that_makes_the_script_ignore_a_section_is_explained(section: str, switch: str):
    items = {
        switch: {"name": switch, "value": "True", "type": "bool"},
        "x": {"name": "x", "value": "1.5", "type": "float"},
    }
    task = BaseTask("base", "train", "project", "completed", {section: items}, frozenset(), {}, 5.0, 1, {}, {})
    parameter = {"type": "uniform", "name": f"{section}/x", "min": 0.0, "max": 1.0}
    off = {"type": "fixed", "name": f"{section}/{switch}", "value": False}
    tried = {"type": "discrete", "name": off["name"], "values": [False, True]}
    on = {**off, "value": True}
    for rows, count in (([parameter], 1), ([parameter, off], 0), ([on, parameter], 1), ([tried, parameter], 1)):
        given = HpoConfig(base_task_id="base", objectives=[{"title": "a", "series": "b"}], parameters=rows)
        errors, _ = parameter_findings(task, given.parameters)
        assert len(errors) == count
        assert all(f"{section}/{switch} must be false so that {section}/x can reach" in told for told in errors)
        assert all(f"{{type: fixed, name: {section}/{switch}, value: false}}" in told for told in errors)


def test_a_new_parameter_must_be_allowed():
    errors, _ = findings(base(y=("3", "int")), type="uniform", min=0, max=1)
    assert errors[0].endswith("If the script looks for it all the same, set allow_new: true.")
    errors, warnings = findings(base(y=("3", "int")), type="uniform", min=0, max=1, allow_new=True)
    assert errors == []
    assert warnings[0].startswith("The parameter General/x is new: every trial gets it")
    _, warnings = findings(hydra_base(), name="Hydra/new.x", type="uniform", min=0, max=1, allow_new=True)
    assert warnings[0].startswith("The parameter Hydra/new.x is new: Hydra adds it to its configuration")


def test_every_parameter_of_a_set_is_looked_at_once():
    errors, _ = findings(
        base(y=("3", "int")),
        name="",
        type="set",
        combinations=[{"General/y": 1, "General/z": 1}, {"General/y": 2.5, "General/z": 2}],
    )
    assert [told.split(" must ")[0] for told in errors] == ["The parameter General/y", "The parameter General/z"]


@pytest.mark.parametrize("section", ["my.section", "my section", "a"])
def test_sections_may_hold_dots_and_blanks_and_names_slashes(section: str):
    items = {"b/lr rate": {"name": "b/lr rate", "value": "0.5", "type": "float"}}
    task = BaseTask("base", "train", "project", "completed", {section: items}, frozenset(), {}, 5.0, 1, {}, {})
    assert findings(task, name=f"{section}/b/lr rate", type="uniform", min=0.0, max=1.0) == ([], [])


def test_what_the_trainer_reads_too_late_is_worth_a_warning():
    items = {"learning_rate": {"name": "learning_rate", "value": "0.5", "type": "float"}}
    task = BaseTask("b", "train", "p", "completed", {"Transformers": items}, frozenset(), {}, 5.0, 1, {}, {})
    errors, warnings = findings(task, name="Transformers/learning_rate", type="uniform", min=0.0, max=1.0)
    assert errors == []
    assert "only after it has made its optimizer" in warnings[0]
