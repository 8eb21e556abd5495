"""The demo: what it looks at before it starts anything."""

import pytest

from clearml_hpo_app import strategies
from clearml_hpo_app.errors import MissingExtra
from clearml_hpo_app.local.demo import DemoOptions, run_demo


def test_a_method_whose_library_is_missing_is_refused_before_anything_is_started(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(strategies, "find_spec", lambda name: None)  # PyTorch is installed where the tests run
    said: list[str] = []
    with pytest.raises(MissingExtra, match=r"gaussian-process.*clearml-hpo-app\[gp\]"):
        run_demo(DemoOptions(method="gaussian-process", web=False), say=said.append)
    assert not said
