"""The ready-made spaces: valid, explained, and part of what is installed."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from clearml_hpo_app.errors import UsageError
from clearml_hpo_app.starting_point import ready_made, ready_made_names
from clearml_hpo_app.starting_point.ready_made import PLACEHOLDER

ROOT = Path(__file__).parents[2]
NAMES = ["hugging-face", "hydra", "lightgbm", "lightning", "pytorch", "scikit-learn", "xgboost"]
SECTIONS = {"hydra": "Hydra", "lightgbm": "General", "scikit-learn": "General", "xgboost": "General"}


def test_there_is_one_for_each_common_framework() -> None:
    assert ready_made_names() == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_each_is_a_valid_configuration_with_limits_and_names_of_its_framework(name: str) -> None:
    found = ready_made(name)
    assert found.config.base_task_id == PLACEHOLDER
    assert found.config.limits.total_tasks is not None
    assert {parameter.section for parameter in found.config.parameters} == {SECTIONS.get(name, "Args")}
    assert f"section {SECTIONS.get(name, 'Args')}" in " ".join(found.notes)


def test_a_name_that_is_not_there_is_refused_with_the_closest_one() -> None:
    with pytest.raises(UsageError, match="Did you mean lightgbm"):
        ready_made("lightgmb")


def test_the_wheel_contains_them(tmp_path: Path) -> None:
    make = f"import hatchling.build as backend; print(backend.build_wheel({str(tmp_path)!r}))"
    done = subprocess.run([sys.executable, "-c", make], cwd=ROOT, capture_output=True, text=True, check=True)
    with zipfile.ZipFile(tmp_path / done.stdout.split()[-1]) as wheel:
        wheel.extractall(tmp_path / "installed")
    look = "from clearml_hpo_app.starting_point import ready_made_names; print(*ready_made_names())"
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, '.'); {look}"]
    done = subprocess.run(command, cwd=tmp_path / "installed", capture_output=True, text=True, check=True)
    assert done.stdout.split() == NAMES
