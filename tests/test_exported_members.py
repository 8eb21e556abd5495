"""The public door: what is promised is there, and opening it is cheap."""

import subprocess
import sys

import pytest

import clearml_hpo_app


def test_the_public_names_are_sorted_and_each_can_be_imported():
    names = clearml_hpo_app.__all__
    assert names == sorted(names, key=lambda name: (name.startswith("_"), name)) or names == sorted(names)
    assert len(names) == len(set(names))
    for name in names:
        assert getattr(clearml_hpo_app, name) is not None
    assert {"HpoConfig", "HpoInstance", "launch"} <= set(names)


def test_a_name_that_is_not_there_says_so():
    with pytest.raises(AttributeError, match="has no attribute 'Optimizer'"):
        _ = clearml_hpo_app.Optimizer


def modules_after(statement: str) -> set[str]:
    """Return the top-level modules that a fresh interpreter has loaded after `statement`."""
    script = f"{statement}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    return set(done.stdout.split())


def test_importing_the_package_loads_no_heavy_library():
    loaded = modules_after("import clearml_hpo_app")
    assert not loaded & {"clearml", "optuna", "plotly", "scipy", "pydantic", "starlette"}


def test_a_configuration_needs_no_server_and_no_sampler():
    loaded = modules_after("from clearml_hpo_app import HpoConfig")
    assert "pydantic" in loaded
    assert not loaded & {"clearml", "optuna", "plotly", "scipy", "starlette"}
