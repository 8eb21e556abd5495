"""Ready-made spaces tried for real: each framework's script, real agents, and what the framework received."""

from typing import Any

import pytest
import yaml
from stage import Stage, config

pytestmark = [pytest.mark.xdist_group("e2e"), pytest.mark.timeout(290)]


def received(stage: Stage, task_id: str) -> dict[str, float]:
    """Return what a trial's script told that it received."""
    metrics = stage.api("tasks.get_by_id", task=task_id)["task"]["last_metrics"]
    return {
        series["variant"]: series["value"]
        for by_series in metrics.values()
        for series in by_series.values()
        if series["metric"] == "received"
    }


def trial_rows(stage: Stage, given: dict[str, Any]) -> list[dict[str, Any]]:
    outcome = stage.json("run", stage.write("given.json", given))
    rows: list[dict[str, Any]] = stage.json("show", outcome["instance"]["id"])["trial_rows"]
    assert {row["state"] for row in rows} == {"completed"}
    return rows


@pytest.mark.long
@pytest.mark.parametrize(
    ("module", "template", "script"),
    [
        ("sklearn", "scikit-learn", "trains_scikit_learn.py"),
        ("xgboost", "xgboost", "trains_xgboost.py"),
        ("lightgbm", "lightgbm", "trains_lightgbm.py"),
        ("hydra", "hydra", "trains_with_hydra.py"),
    ],
)
def test_a_ready_made_space_reaches_its_framework(stage: Stage, module: str, template: str, script: str) -> None:
    pytest.importorskip(module)
    base = stage.base_task(script)
    done = stage.call("init", base, "--template", template, "--queue", "trials")
    given = yaml.safe_load(done.stdout)
    assert "The base task does not have" not in done.stdout  # every parameter of the template is there
    given |= {"limits": {"total_tasks": 3}, "method": "random", "seed": 3, "max_concurrent_tasks": 2}
    rows = trial_rows(stage, given)
    assert len(rows) == 3
    assert all(row["values"] for row in rows)
    for row in rows:
        told = {name.partition("/")[2]: value for name, value in row["parameters"].items()}
        numbers = {name: value for name, value in told.items() if not isinstance(value, str)}
        seen = received(stage, row["task_id"])
        assert {name: seen[name] for name in numbers} == pytest.approx(numbers, rel=1e-4)


@pytest.mark.long
def test_hydra_takes_new_names_and_ignores_all_where_its_switch_says_so(stage: Stage) -> None:
    pytest.importorskip("hydra")
    base = stage.base_task("trains_with_hydra.py")
    parameters = [
        {"type": "discrete", "name": "Hydra/model.hidden", "values": [16, 128]},
        {"type": "fixed", "name": "Hydra/new.depth", "value": 3, "allow_new": True},
    ]
    goal = [{"title": "validation", "series": "loss", "trend": "min"}]
    rows = trial_rows(stage, config(base, parameters, objectives=goal))
    seen = sorted(
        (received(stage, row["task_id"])["model.hidden"], received(stage, row["task_id"])["new.depth"])
        for row in rows
    )
    assert seen == [(16, 3), (128, 3)]

    edited = stage.api("tasks.clone", task=base, new_task_name="edited")["id"]
    item = {"section": "Hydra", "name": "_allow_omegaconf_edit_", "value": "True", "type": "bool"}
    stage.api("tasks.edit_hyper_params", task=edited, hyperparams=[item], replace_hyperparams="none")
    file = stage.write("ignored.json", config(edited, parameters, objectives=goal))
    found = stage.call("check", file)
    assert found.returncode == 1
    assert "Hydra/_allow_omegaconf_edit_ must be false so that Hydra/model.hidden" in found.stdout


@pytest.mark.long
def test_sections_with_dots_blanks_and_slashes_reach_the_script(stage: Stage) -> None:
    base = stage.base_task("odd_sections.py")
    parameters = [
        {"type": "discrete", "name": "my.section/learning.rate", "values": [0.5, 0.6]},
        {"type": "fixed", "name": "my.section/a/b", "value": 0.7},
        {"type": "fixed", "name": "my section/dropout rate", "value": 0.8},
        {"type": "fixed", "name": "Model/deep/depth", "value": 0.9},
        {"type": "fixed", "name": "General/new one", "value": 1.5, "allow_new": True},
    ]
    rows = trial_rows(stage, config(base, parameters, method="grid"))
    others = {"a/b": 0.7, "dropout rate": 0.8, "depth": 0.9, "new one": 1.5}
    seen = [received(stage, row["task_id"]) for row in rows]
    assert sorted(one["learning.rate"] for one in seen) == pytest.approx([0.5, 0.6])
    for one in seen:
        assert {name: one[name] for name in others} == pytest.approx(others)
