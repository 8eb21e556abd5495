"""Files that people write."""

import json
from pathlib import Path

import pytest
from config_builders import full_config

from clearml_hpo_app.config import HpoConfig, parse_config, read_config, to_export_text
from clearml_hpo_app.config.files import parse_data
from clearml_hpo_app.errors import InvalidConfig, UnreadableFile

YAML = """
base_task_id: base
method: grid
objectives: [{title: validation, series: loss, trend: min}]
parameters:
  - {type: discrete, name: Args/lr, values: [1e-5, 1E+2, .5e-3, 1]}  # without a point, as people write it
  - {type: uniform, name: Args/x, min: 1e-3, max: 1e-1, step: 0.099}
  - {type: discrete, name: Args/mode, values: [1, true, "2", null, 1e, e5]}
limits: {task_minutes: 5}
"""
HOCON = """
base_task_id = base   // a comment
method = grid
objectives = [{title = validation, series = loss, trend = min}]
parameters = [
  {type = discrete, name = Args/lr, values = [1e-5, 1E+2, 0.5e-3, 1]}
  {type = uniform, name = Args/x, min = 1e-3, max = 1e-1, step = 0.099}
  {type = discrete, name = Args/mode, values = [1, true, "2", null, 1e, e5]}
]
limits.task_minutes = 5
"""


def expected() -> HpoConfig:
    return HpoConfig(
        base_task_id="base",
        method="grid",
        objectives=[{"title": "validation", "series": "loss", "trend": "min"}],
        parameters=[
            {"type": "discrete", "name": "Args/lr", "values": [1e-5, 100.0, 0.0005, 1]},
            {"type": "uniform", "name": "Args/x", "min": 0.001, "max": 0.1, "step": 0.099},
            {"type": "discrete", "name": "Args/mode", "values": [1, True, "2", None, "1e", "e5"]},
        ],
        limits={"task_minutes": 5},
    )


@pytest.mark.parametrize(
    ("name", "text"), [("a.yaml", YAML), ("a.YML", YAML), ("a.conf", HOCON), ("a.hocon", HOCON), ("a.txt", YAML)]
)
def test_a_file_is_read_in_the_notation_of_its_ending(tmp_path: Path, name: str, text: str):
    (tmp_path / name).write_text(text, encoding="utf-8")
    config = read_config(tmp_path / name)
    assert config == expected()
    assert repr(config.parameters) == repr(expected().parameters)


@pytest.mark.parametrize("text", [YAML, HOCON, json.dumps(expected().model_dump(mode="json"))])
def test_text_without_an_ending_is_read_in_the_first_notation_that_fits(text: str):
    assert parse_config(text) == expected()


def test_an_export_is_a_file_like_any_other(tmp_path: Path):
    path = tmp_path / "export.json"
    path.write_text(to_export_text(full_config(), "1"), encoding="utf-8")
    assert read_config(path) == full_config()


def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(UnreadableFile, match=r"missing\.json must be a readable text file"):
        read_config(tmp_path / "missing.json")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path):
    (tmp_path / "a.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UnreadableFile, match="must be a readable text file"):
        read_config(tmp_path / "a.json")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "must hold a group of fields, but it holds NoneType"),
        ("- 1", "must hold a group of fields, but it holds list"),
        ('{\n "title": ]', "JSON: line 2, column 11: Expecting value."),
        ("a: [\n b: }", "YAML: line 2, column 5: expected the node content, but found '}'."),
        ("title = [\n1 = 2", "HOCON: line 2, column 3: it cannot be read on in '1 = 2'."),
        ("title {\n a = 1\n", "HOCON: line 3, column 1: it ends, and a bracket is open."),
        ("just words", "must be JSON or YAML or HOCON, but it is not. JSON: .*YAML: .*HOCON: "),
        ("{", "must be JSON or YAML or HOCON"),
        ("a = ${b}", "Cannot resolve variable"),
    ],
)
def test_text_that_holds_no_configuration_is_refused_with_what_is_wrong(text: str, sentence: str):
    with pytest.raises(UnreadableFile, match=sentence) as refused:
        parse_config(text)
    assert len(str(refused.value)) < 800


def test_only_the_notation_of_the_ending_is_tried():
    with pytest.raises(UnreadableFile, match=r"^my\.json must be JSON, but it is not"):
        parse_config(YAML, name="my.json", ending=".json")


def test_yaml_makes_no_objects():
    with pytest.raises(UnreadableFile, match="could not determine a constructor"):
        parse_data("a: !!python/object/apply:os.getcwd []", ending=".yaml")


def test_a_file_with_violations_tells_them_all():
    with pytest.raises(InvalidConfig, match=r"(?s)base_task_id must be given.*objectives must be given"):
        parse_config("{}")


BOMB = "\n".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10 if before else ['x'] * 10)}]"
    for before, name in zip(["", *"abcdefgh"], "abcdefghi", strict=True)
)


@pytest.mark.parametrize("text", [BOMB, "a: &a [*a]", "&a {b: *a}"], ids=["a billion", "list", "group"])
def test_aliases_that_have_no_end_are_refused(text: str):
    with pytest.raises(UnreadableFile, match="it holds more than 200000 values, or itself"):
        parse_data(text, ending=".yaml")


def test_aliases_may_be_used_as_usual():
    assert parse_data("a: &a [1, 2]\nb: *a", ending=".yaml") == {"a": [1, 2], "b": [1, 2]}


def test_none_without_quotes_is_nothing_in_yaml():
    data = parse_data('{step: None, values: [adam, None, "None", Nones]}', ending=".yaml")
    assert data == {"step": None, "values": ["adam", None, "None", "Nones"]}


@pytest.mark.parametrize(
    ("ending", "text", "sentence"),
    [
        (".yaml", "a: 1\nb: 2\na: 3\n", "but has 'a' on line 1 and again on line 3. Remove one."),
        (
            ".json",
            '{"a": 1,\n\t"b": [{"c": 1, "c": 2}],\n"a": 3}',
            "'a' on line 1 and again on line 3, 'c' on line 2",
        ),
        ("", '{"a": 1,\n"a": 2}', "the text must have every key once in its group, but has 'a' on line 1"),
        (".yaml", "- a: 1\n- b: 1\n  b: 2\n", "'b' on line 2 and again on line 3"),
    ],
)
def test_a_key_that_stands_twice_in_its_group_is_told_with_its_lines(ending: str, text: str, sentence: str):
    with pytest.raises(UnreadableFile) as refused:
        parse_data(text, ending=ending)
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "a: {x: 1}\nb: {x: 1}\n",
        "a: &a {x: 1}\nb: *a\nc: {<<: *a, <<: *a}\n",
        "a: &a [1]\nb: *a\n",
        '{1: a, "1": b}',
    ],
)
def test_a_key_may_stand_again_in_another_group(text: str):
    assert len(parse_data(text, ending=".yaml")) > 1


def test_in_hocon_a_later_key_adds_to_the_earlier_one():
    assert parse_data("a.b = 1\na.c = 2", ending=".conf") == {"a": {"b": 1, "c": 2}}


def test_an_empty_text_is_no_ceiling_and_no_seed():
    given = {
        "base_task_id": "0" * 32,
        "objectives": [{"title": "loss", "series": "total"}],
        "parameters": [{"type": "uniform", "name": "Args/lr", "min": 0, "max": 1}],
        "max_calls_per_minute": "",
        "seed": " ",
    }
    config = HpoConfig.model_validate(given)
    assert (config.max_calls_per_minute, config.seed) == (None, None)
