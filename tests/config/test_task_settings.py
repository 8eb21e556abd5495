"""A configuration as a task holds it."""

import json
from typing import Any

import pytest
from config_builders import full_config

from clearml_hpo_app.config import HpoConfig, TrialOverrides
from clearml_hpo_app.config.cross_checks import cross_checks
from clearml_hpo_app.config.task_settings import (
    from_task,
    settings,
    to_configuration_objects,
    to_hyperparameters,
)
from clearml_hpo_app.errors import InvalidConfig

MINIMAL = HpoConfig(
    base_task_id="base",
    objectives=[{"title": "t", "series": "s"}],
    parameters=[{"type": "uniform", "name": "Args/x", "min": 0, "max": 1}],
)


def violations(texts: dict[str, str], objects: dict[str, str]) -> list[str]:
    with pytest.raises(InvalidConfig, match="must") as refused:
        from_task(texts, objects)
    return [str(violation) for violation in refused.value.violations]


@pytest.mark.parametrize("config", [MINIMAL, full_config()], ids=["minimal", "full"])
def test_a_task_gives_back_the_configuration_that_was_written_on_it(config: HpoConfig):
    again = from_task(to_hyperparameters(config), to_configuration_objects(config))
    assert again == config
    assert repr(again.parameters) == repr(config.parameters)


def test_limits_that_contradict_each_other_are_violations_as_texts_too():
    texts = {**to_hyperparameters(MINIMAL), "min_iterations": "10", "max_iterations": "5"}
    [told] = violations(texts, to_configuration_objects(MINIMAL))
    assert told.startswith("limits.min_iterations must be at most max_iterations (5), but got 10.")


@pytest.mark.parametrize("least", [float("inf"), 10.5, None, "ten"])
def test_a_limit_that_is_no_whole_number_is_told_by_itself(least: object):
    limits = {"min_iterations": least, "max_iterations": 5}
    found = cross_checks({"limits": limits})
    assert found == []


def test_the_names_of_settings_are_unique_across_groups():
    names = [setting.name for setting in settings()]
    assert len(set(names)) == len(names)


def test_every_setting_is_written_as_text_and_an_unset_one_as_empty_text():
    texts = to_hyperparameters(MINIMAL)
    assert list(texts) == [setting.name for setting in settings()]
    assert (texts["method"], texts["total_tasks"], texts["tags"], texts["seed"]) == ("bayesian", "", "", "")


def test_each_setting_has_the_type_that_the_server_shows():
    types = {setting.name: setting.type_name for setting in settings()}
    assert [types[name] for name in ("seed", "task_minutes", "method", "tags")] == ["int", "float", "str", "str"]


def test_blanks_around_a_setting_mean_nothing():
    config = from_task({"base_task_id": " base", "method": "grid "}, to_configuration_objects(MINIMAL))
    assert (config.base_task_id, config.method) == ("base", "grid")


def test_empty_text_and_missing_settings_mean_the_default():
    config = from_task({"base_task_id": "base", "seed": " "}, to_configuration_objects(MINIMAL))
    assert config == MINIMAL


def test_lists_may_be_written_in_any_notation():
    objects = {
        "Objectives": "[{title: t, series: s}]",
        "Parameters": "- {type: uniform, name: Args/x, min: 0, max: 1}",
    }
    assert from_task({"base_task_id": "base"}, objects) == MINIMAL


def test_a_list_may_stand_under_its_own_name_as_in_a_file():
    objects = {
        "Objectives": "objectives:\n- {title: t, series: s}",
        "Parameters": 'parameters = [{type = uniform, name = "Args/x", min = 0, max = 1}]',
    }
    assert from_task({"base_task_id": "base"}, objects) == MINIMAL


def test_a_single_entry_needs_no_brackets():
    objects = {
        "Objectives": "{title: t, series: s}",
        "Parameters": "type: uniform\nname: Args/x\nmin: 0\nmax: 1",
    }
    assert from_task({"base_task_id": "base"}, objects) == MINIMAL


@pytest.mark.parametrize("nothing", ["None", "none", " null "])
def test_a_word_for_nothing_is_no_number(nothing: str):
    texts = {"base_task_id": "base", "seed": nothing, "total_minutes": nothing}
    assert from_task(texts, to_configuration_objects(MINIMAL)) == MINIMAL


def test_fields_without_a_value_are_not_written_but_a_fixed_nothing_is():
    rows = json.loads(to_configuration_objects(full_config())["Parameters"])
    assert "step" not in rows[0]
    assert rows[4] == {"name": "Args/nothing", "type": "fixed", "value": None}


def test_an_unknown_setting_is_refused_with_the_closest_name():
    told = violations({"base_task_id": "base", "total_task": "3"}, to_configuration_objects(MINIMAL))
    assert told == [
        "HPO/total_task must be a setting that exists, but got an unknown one. "
        "Did you mean total_tasks or total_minutes or base_task_id?"
    ]


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("parameters", "Write the configuration object Parameters instead."),
        ("Objectives", "Write the configuration object Objectives instead."),
        ("failures", "Each of its settings stands by itself: retries, max_failed_tasks, stalled_minutes."),
    ],
)
def test_what_is_no_single_setting_is_refused_with_where_it_belongs(name: str, advice: str):
    [told] = violations({"base_task_id": "base", name: "x"}, to_configuration_objects(MINIMAL))
    assert told.endswith(advice)


@pytest.mark.parametrize(
    ("texts", "objects", "places"),
    [
        ({"seed": "x"}, {}, ["base_task_id", "objectives", "parameters", "seed"]),
        ({"base_task_id": "b", "task_minutes": "-1"}, {"Parameters": "{"}, ["Parameters", "objectives", "limits"]),
    ],
)
def test_unreadable_lists_are_told_once_and_with_all_else(texts: Any, objects: Any, places: list[str]):
    told = violations(texts, objects)
    assert sorted(sentence.split(".")[0].split(" ")[0] for sentence in told) == sorted(places)


@pytest.mark.parametrize("text", ['include file("/etc/hosts")\na = 1', "[{title = ${HOME}, series: loss}]"])
def test_lists_on_a_task_cannot_reach_this_machines_files_and_variables(text: str):
    with pytest.raises(InvalidConfig, match=r"include and \$\{…\} are not allowed here"):
        from_task({"base_task_id": "base"}, {"Objectives": text, "Parameters": "[]"})


def test_tags_with_commas_and_quotes_survive_a_task():
    tags = ("a, b", 'say "x"', '"quoted"', "it's", "plain")
    config = MINIMAL.model_copy(update={"trial": TrialOverrides(tags=tags)})
    assert from_task(to_hyperparameters(config), to_configuration_objects(config)).trial.tags == tags


def test_tags_may_be_written_as_a_list():
    texts = {"base_task_id": "base", "tags": '["gpu", "a, b"]'}
    assert from_task(texts, to_configuration_objects(MINIMAL)).trial.tags == ("gpu", "a, b")


def test_an_unreadable_list_is_told_once_with_what_each_notation_says_of_it():
    [told, *_] = violations({"base_task_id": "b"}, {"Objectives": "just words", "Parameters": "[]"})
    assert told.startswith("Objectives must be JSON, YAML or HOCON, but got other text. JSON: line 1, column 1")


def test_a_tag_whose_quote_is_never_closed_is_told():
    told = violations({"base_task_id": "base", "tags": '"a, b'}, to_configuration_objects(MINIMAL))
    assert told == ['trial.tags must close every quote, but got "a, b. Double a quote that belongs to a tag.']


HOCON_LISTS = [
    '[{type = uniform, name = "Args/x", min = 0, max = 1}]',
    '[\n  {\n    type = uniform\n    name = "Args/x"\n    min = 0\n    max = 1\n  }\n]',
    '[{type: uniform, name: "Args/x", min:0, max:1}]  // a range',
]


@pytest.mark.parametrize("text", HOCON_LISTS)
def test_lists_in_hocon_are_read_on_one_line_too(text: str):
    assert (
        from_task({"base_task_id": "base"}, {"Objectives": "[{title: t, series: s}]", "Parameters": text})
        == MINIMAL
    )


def test_what_the_launch_form_writes_is_read_though_everything_is_text_and_hidden_fields_come_along():
    hidden = {"min": "", "max": None, "step": "", "scale": "linear", "integer": "", "values": "", "value": ""}
    parameters = [
        {**hidden, "type": "uniform", "name": "Args/lr", "min": "1e-5", "max": "0.1", "scale": "log"},
        {**hidden, "type": "uniform", "name": "Args/n", "min": "1", "max": "9", "step": "2", "integer": "true"},
        {**hidden, "type": "discrete", "name": "Args/mode", "values": "adam, 0.5, sgd"},
        {**hidden, "type": "fixed", "name": "Args/empty"},
    ]
    objectives = [{"title": "t", "series": "s", "trend": "min", "objective_value": "best"}]
    texts = {"base_task_id": "base", "seed": "None", "total_tasks": "20", "task_minutes": "", "branch": "None"}

    config = from_task(texts, {"Objectives": json.dumps(objectives), "Parameters": json.dumps(parameters)})

    assert config.model_dump(exclude_defaults=True) == {
        "base_task_id": "base",
        "objectives": ({"title": "t", "series": "s", "trend": "min", "value": "best"},),
        "parameters": (
            {"name": "Args/lr", "min": 1e-5, "max": 0.1, "scale": "log"},
            {"name": "Args/n", "min": 1, "max": 9, "step": 2, "integer": True},
            {"name": "Args/mode", "values": ["adam", 0.5, "sgd"]},
            {"name": "Args/empty", "value": ""},
        ),
        "limits": {"total_tasks": 20},
        "trial": {"branch": "None"},
    }


def test_combinations_may_be_text_as_a_form_writes_it():
    text = "- {Args/a: 1, Args/b: x}\n- {Args/a: 2, Args/b: y}"
    rows = [{"type": "set", "name": "", "combinations": text}]
    config = from_task(
        {"base_task_id": "b"}, {"Objectives": "[{title: t, series: s}]", "Parameters": json.dumps(rows)}
    )
    assert config.parameters[0].model_dump()["combinations"] == [
        {"Args/a": 1, "Args/b": "x"},
        {"Args/a": 2, "Args/b": "y"},
    ]


def test_combinations_in_no_notation_are_told():
    rows = [{"type": "set", "combinations": "{"}]
    told = violations(
        {"base_task_id": "b"}, {"Objectives": "[{title: t, series: s}]", "Parameters": json.dumps(rows)}
    )
    assert told[0].startswith(
        "Parameters must be JSON, YAML or HOCON, but got other text. The text of combinations"
    )


def test_a_field_of_another_type_that_was_filled_in_is_told():
    row = {"type": "discrete", "name": "Args/x", "values": "1, 2", "min": "3", "scale": "log"}
    told = violations(
        {"base_task_id": "b"}, {"Objectives": "[{title: t, series: s}]", "Parameters": json.dumps([row])}
    )
    assert [sentence.split(" must")[0] for sentence in told] == [
        "parameters.0 (Args/x).min",
        "parameters.0 (Args/x).scale",
    ]
