"""Configurations that are wrong by themselves: every violation on a line, exit code 2, no connection."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from clearml_hpo_app import strategies
from clearml_hpo_app.cli import app
from clearml_hpo_app.config import HpoConfig, to_export

RANGE = {"type": "uniform", "name": "Args/lr", "min": 0.0, "max": 1.0}
VALID: dict[str, Any] = {
    "base_task_id": "base",
    "objectives": [{"title": "val", "series": "accuracy"}],
    "parameters": [RANGE],
}


def sentences(path: Path, command: str = "check") -> list[str]:
    """Return what is said about the file; the exit code is 2 and nothing else is printed."""
    result = CliRunner().invoke(app, [command, str(path)])
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    lines = result.stderr.splitlines()
    assert all(line.startswith("✗ ") for line in lines), lines
    return [line.removeprefix("✗ ") for line in lines]


def said_of(tmp_path: Path, **changes: Any) -> list[str]:
    path = tmp_path / "config.json"
    path.write_text(json.dumps({**VALID, **changes}))
    return sentences(path)


def said_of_parameter(tmp_path: Path, **changes: Any) -> list[str]:
    return said_of(tmp_path, parameters=[{**RANGE, **changes}])


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"min": 2.0}, "parameters.0 (Args/lr) must have min below max, but got min 2.0 and max 1.0."),
        ({"step": 0}, "parameters.0 (Args/lr) must have a step above 0, but got 0."),
        ({"step": 5}, "parameters.0 (Args/lr) must have a step no larger than max - min, but got step 5"),
        ({"min": float("nan")}, "parameters.0 (Args/lr).min must be a finite number, but got nan."),
        ({"name": "lr"}, "parameters.0 (lr).name must name its section and the parameter"),
        ({"type": "discrete"}, "parameters.0 (Args/lr).values must be given"),
        ({"max": "much"}, "parameters.0 (Args/lr).max must be a finite number, but got 'much'."),
    ],
)
def test_a_bad_parameter_is_told_with_its_path_and_name(
    changes: dict[str, Any], sentence: str, tmp_path: Path
) -> None:
    assert any(line.startswith(sentence) for line in said_of_parameter(tmp_path, **changes))


@pytest.mark.parametrize(
    ("values", "sentence"),
    [([], "but got 0."), (["a"], "but got 1. Use type fixed for a single value."), ("", "but got 0.")],
)
def test_a_list_without_two_values_is_told(values: Any, sentence: str, tmp_path: Path) -> None:
    discrete = {"type": "discrete", "name": "Args/mode", "values": values}
    lines = said_of(tmp_path, parameters=[discrete])
    assert len(lines) == 1
    assert lines[0].startswith("parameters.0 (Args/mode)")
    assert sentence in lines[0]


def test_a_parameter_given_twice_is_told_by_its_name(tmp_path: Path) -> None:
    assert said_of(tmp_path, parameters=[RANGE, RANGE]) == [
        "parameters must name every parameter once, but got Args/lr 2 times. Remove one."
    ]


def test_two_objectives_of_the_same_series_are_told(tmp_path: Path) -> None:
    goal = {"title": "val", "series": "accuracy"}
    lines = said_of(tmp_path, objectives=[goal, {**goal, "trend": "min"}])
    assert len(lines) == 1
    assert "val/accuracy 2 times" in lines[0]


def test_an_unknown_field_is_told_with_the_closest_name(tmp_path: Path) -> None:
    lines = said_of(tmp_path, metod="random")
    assert lines == ["metod must be a field that exists, but got an unknown one. Did you mean method?"]


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        ({"method": "bayesan"}, "Did you mean bayesian?"),
        ({"method": "Hyperband"}, "Did you mean hyperband?"),
        ({"early_stopping": "medain"}, "Did you mean median?"),
        ({"objectives": [{"title": "val", "series": "loss", "trend": "maximize"}]}, "Did you mean max?"),
    ],
)
def test_a_misspelt_choice_is_told_with_the_closest_one(
    changes: dict[str, Any], hint: str, tmp_path: Path
) -> None:
    (line,) = said_of(tmp_path, **changes)
    assert "must be one of " in line and line.endswith(hint)


def test_a_method_whose_library_is_missing_is_refused_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strategies, "find_spec", lambda name: None)  # PyTorch is installed where the tests run
    path = tmp_path / "config.json"
    path.write_text(json.dumps({**VALID, "method": "gaussian-process"}))
    result = CliRunner().invoke(app, ["run", str(path)])
    assert (result.exit_code, "clearml-hpo-app[gp]" in result.stderr) == (1, True)
    assert len(result.stderr.splitlines()) == 1


def test_a_configuration_may_come_from_stdin() -> None:
    result = CliRunner().invoke(app, ["check", "-"], input=json.dumps({**VALID, "metod": "random"}))
    assert (result.exit_code, "Did you mean method?" in result.stderr) == (2, True)


@pytest.mark.parametrize("command", ["check", "run", "launch"])
def test_all_violations_are_told_at_once_each_on_a_line_of_its_own(command: str, tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(
        "{base_task_id: b, parameters: [{type: uniform, name: lr, min: 2, max: 1}], limits: {total_tasks: 0}}"
    )
    paths = [line.split(" must ")[0] for line in sentences(path, command)]
    assert {"objectives", "limits.total_tasks"} < set(paths)
    assert any(path.startswith("parameters.0 (lr)") for path in paths)


@pytest.mark.parametrize("ending", [".json", ".yaml", ".conf", ".txt"])
def test_a_file_that_cannot_be_parsed_is_told_by_its_name(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"broken{ending}"
    path.write_text("{ [ nonsense: : ")
    (line,) = sentences(path)
    assert f"broken{ending}" in line


def test_a_file_that_does_not_exist_is_told(tmp_path: Path) -> None:
    (line,) = sentences(tmp_path / "missing.json")
    assert "missing.json must be a readable text file" in line


def test_a_folder_or_a_picture_is_no_configuration(tmp_path: Path) -> None:
    assert "must be a readable text file" in sentences(tmp_path)[0]
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"\x89PNG\xff\xfe\x00")
    assert "must be a readable text file" in sentences(picture)[0]


def test_an_export_of_another_app_is_told(tmp_path: Path) -> None:
    path = tmp_path / "export.json"
    path.write_text(json.dumps({"app": "other-app", "format": 1, "configuration": VALID}))
    assert sentences(path) == ["The file must be an export of clearml-hpo-app, but it is one of 'other-app'."]


def test_an_export_of_a_newer_format_is_told(tmp_path: Path) -> None:
    path = tmp_path / "export.json"
    newer = {**to_export(HpoConfig.model_validate(VALID), "9.0"), "format": 99}
    path.write_text(json.dumps(newer))
    (line,) = sentences(path)
    assert "but it is 99. It was written by version 9.0; update clearml-hpo-app" in line


def test_what_a_file_says_cannot_move_the_cursor_of_a_terminal(tmp_path: Path) -> None:
    lines = said_of(tmp_path, method="\x1b[2Jrandom\r")
    assert "\x1b" not in "".join(lines)
