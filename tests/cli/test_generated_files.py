"""The generated files: up to date, complete, and checked by a command that names what differs."""

import json
from pathlib import Path

import pytest

from clearml_hpo_app.cli.generate import ROOT, generated, main, outdated
from clearml_hpo_app.config.task_settings import settings
from clearml_hpo_app.space.parameters import Uniform


def test_the_generated_files_are_up_to_date() -> None:
    assert outdated(ROOT) == []
    assert main(["--check"]) == 0


def test_a_missing_or_changed_file_is_named(tmp_path: Path) -> None:
    for path, text in generated().items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    assert outdated(tmp_path) == []
    (tmp_path / "docs/cli.md").write_text("changed")
    (tmp_path / "docs/configuration.md").unlink()
    assert outdated(tmp_path) == ["docs/configuration.md", "docs/cli.md"]


def test_an_unknown_option_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--chek"]) == 2
    assert "The only option is --check" in capsys.readouterr().err


def test_the_reference_has_every_setting_with_its_flat_name() -> None:
    page = generated()["docs/configuration.md"]
    for setting in settings():
        assert f"`HPO/{setting.name}`" in page
    for name in Uniform.model_fields:
        assert f"| `{name}` |" in page


def test_the_schema_describes_the_configuration() -> None:
    schema = json.loads(generated()["app_schema/hpo-config.schema.json"])
    assert set(schema["required"]) == {"base_task_id", "objectives", "parameters"}
    assert schema["additionalProperties"] is False
