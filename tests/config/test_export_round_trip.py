"""The export file."""

import json
import subprocess
import sys
from typing import Any

import pytest
from config_builders import full_config

from clearml_hpo_app.config import HpoConfig, from_export, to_export, to_export_text
from clearml_hpo_app.config.export import read_export
from clearml_hpo_app.errors import InvalidConfig, UnreadableFile
from clearml_hpo_app.space.values import value_key


def test_the_example_leaves_no_field_at_its_default():
    config = full_config()
    groups = [config, config.limits, config.trial, config.objectives[0]]
    for group in groups:
        assert not [
            name for name, field in type(group).model_fields.items() if getattr(group, name) == field.get_default()
        ]


def test_an_export_reads_back_as_the_same_configuration_and_writes_the_same_text():
    text = to_export_text(full_config(), "1.2.3")
    again = from_export(json.loads(text))
    assert again == full_config()
    assert to_export_text(again, "1.2.3") == text


def test_every_value_keeps_its_type():
    again = from_export(json.loads(to_export_text(full_config(), "1")))
    modes = again.parameters[3].values
    assert list(map(value_key, modes)) == list(map(value_key, [1, 2.0, True, "3", None, "ä, b"]))
    assert isinstance(again.parameters[2].min, float)


def test_an_export_says_what_it_is():
    export = to_export(full_config(), "1.2.3")
    assert {name: export[name] for name in ("app", "format", "version")} == {
        "app": "clearml-hpo-app",
        "format": 2,
        "version": "1.2.3",
    }


def test_a_bare_configuration_is_taken_as_well():
    assert from_export(full_config().model_dump(mode="json")) == full_config()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"app": "other"}, "must be an export of clearml-hpo-app, but it is one of 'other'"),
        ({"format": 3, "version": "9.0"}, "format must be at most 2, but it is 3. It was written by version 9.0"),
        ({"format": None}, "format must be at most 2, but it is None"),
        ({"configuration": None}, "must hold a configuration"),
    ],
)
def test_a_file_that_is_not_ours_is_refused(change: dict[str, Any], sentence: str):
    with pytest.raises(UnreadableFile, match=sentence):
        from_export({**to_export(full_config(), "1"), **change})


def test_an_export_of_format_1_stops_nothing_early_as_it_did() -> None:
    old = to_export(full_config(), "0.0.9")
    del old["configuration"]["early_stopping"]
    assert from_export({**old, "format": 1}).early_stopping == "none"
    assert from_export(old).early_stopping == "auto"


def test_what_an_older_format_had_and_nobody_knows_any_more_is_told() -> None:
    old = {**to_export(full_config(), "0.0.9"), "format": 1}
    old["configuration"]["sharpness"] = 3
    config, lost = read_export(old)
    assert config == full_config()
    assert lost == ["The setting sharpness = 3 of format 1 does not exist any more."]
    with pytest.raises(InvalidConfig, match="sharpness must be a field that exists"):
        from_export({**old, "format": 2})


def test_an_export_with_violations_tells_them():
    export = to_export(full_config(), "1")
    export["configuration"]["seed"] = -1
    with pytest.raises(InvalidConfig, match="seed must be at least 0"):
        from_export(export)


def test_a_configuration_that_is_valid_already_is_taken_as_it_is():
    config = full_config()
    assert HpoConfig.model_validate(config) is config


def test_a_boolean_after_a_number_stays_a_boolean_in_the_first_export_of_a_process():
    program = (
        "from clearml_hpo_app.config import HpoConfig, to_export\n"
        "config = HpoConfig(base_task_id='x', objectives=[{'title': 'a', 'series': 'b'}],\n"
        "    parameters=[{'name': 'Args/o', 'type': 'discrete', 'values': [5, 1.5, True]}])\n"
        "print(to_export(config, '1')['configuration']['parameters'][0]['values'])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[5, 1.5, True]"
