"""Configurations from elsewhere: what each source gives, what all of them promise."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clearml_hpo_app.config import HpoConfig, from_export, to_export
from clearml_hpo_app.config.task_settings import to_configuration_objects, to_hyperparameters
from clearml_hpo_app.errors import InvalidConfig, UnreadableFile, UsageError
from clearml_hpo_app.importing import Imported, import_config, official_app, own_instance, sdk_optimizer
from clearml_hpo_app.importing.imported import TaskTexts
from clearml_hpo_app.importing.sdk_strategies import strategy_settings
from clearml_hpo_app.importing.sources import task_texts

RECORDED = json.loads((Path(__file__).parent / "official_instance.json").read_text(encoding="utf-8"))

OWN = HpoConfig(
    base_task_id="base",
    objectives=[{"title": "loss", "series": "validation", "trend": "min"}],
    parameters=[
        {"type": "uniform", "name": "Args/lr", "min": 1e-5, "max": 0.1, "scale": "log"},
        {"type": "set", "combinations": [{"Args/a": 1, "Args/b": "x"}, {"Args/a": 2, "Args/b": None}]},
    ],
    limits={"total_tasks": 9},
)

SPACE = """parameter_optimization_space = [{
    type = "UniformParameterRange"
    name = "Args/lr"
    min_value = 0.1
    max_value = 0.9
    step_size = 0.1
    include_max = true
  },
  {
    type = "LogUniformParameterRange"
    name = "Args/decay"
    min_value = -5.0
    max_value = -1.0
    step_size = null
    include_max = true
    base = 10
  },
  {
    type = "DiscreteParameterRange"
    name = "Args/optimizer"
    values = ["adam", 1, true, null]
  },
  {
    type = "ParameterSet"
    name = null
    values = [{
        Args/a = 1
        Args/b = <clearml.automation.parameters.UniformParameterRange object at 0x7f53971dc550>
      },
      {
        Args/a = 2
      }]
  }]"""

OPTIMIZER = {
    "base_task_id": "base",
    "objective_metric_title": '["loss"]',
    "objective_metric_series": '["validation"]',
    "objective_metric_sign": '["min_global"]',
    "max_number_of_concurrent_tasks": "2",
    "execution_queue": "trials",
    "optimization_time_limit": "120.0",
    "compute_time_limit": "",
    "optimizer_kwargs/total_max_jobs": "4",
    "optimizer_kwargs/min_iteration_per_job": "0",
    "optimizer_kwargs/max_iteration_per_job": "100",
    "optimizer_kwargs/pool_period_min": "0.2",
    "optimizer_kwargs/time_limit_per_job": "10.0",
    "optimizer_class": "OptimizerOptuna",
}


def official(**changes: str) -> TaskTexts:
    task = task_texts(RECORDED)
    return TaskTexts(task.id, task.name, {"Args": {**task.sections["Args"], **changes}}, task.objects)


def optimizer(**changes: str) -> TaskTexts:
    arguments = {f"opt/{name}": text for name, text in {**OPTIMIZER, **changes}.items()}
    return TaskTexts("id", "searching", {"General": arguments}, {"General": SPACE})


def own(**changes: str) -> TaskTexts:
    texts = {**to_hyperparameters(OWN), **changes}
    return TaskTexts("id", "ours", {"HPO": texts}, to_configuration_objects(OWN))


def read_official(task: TaskTexts) -> Imported:
    return official_app.read(task, project_of=str, queue_of=str)


SOURCES = [
    pytest.param(own_instance.recognises, own_instance.read, own, id="own"),
    pytest.param(official_app.recognises, read_official, official, id="official"),
    pytest.param(sdk_optimizer.recognises, sdk_optimizer.read, optimizer, id="sdk"),
]


@pytest.mark.parametrize(("recognises", "read", "build"), SOURCES)
def test_every_source_knows_its_own_tasks_only_and_gives_a_configuration_that_can_be_exported(
    recognises: Any, read: Any, build: Any
) -> None:
    tasks = [own(), official(), optimizer(), TaskTexts("id", "any", {"Args": {"lr": "1"}}, {})]
    assert [recognises(task) for task in tasks] == [task.sections == build().sections for task in tasks]
    found = read(build())
    assert from_export(to_export(found.config, "1")) == found.config
    assert all(sentence[0].isupper() and sentence.endswith(".") for sentence in found.lost)


@pytest.mark.parametrize(("recognises", "read", "build"), SOURCES)
def test_every_source_tells_what_it_does_not_know(recognises: Any, read: Any, build: Any) -> None:
    found = read(build(surprise="42"))
    assert len([sentence for sentence in found.lost if "surprise" in sentence and "42" in sentence]) == 1
    assert found.config == read(build()).config


def test_a_recorded_instance_of_the_official_application_is_carried_over_whole() -> None:
    found = read_official(task_texts(RECORDED))
    assert found.lost == ()
    assert found.config == HpoConfig(
        base_task_id="5c2f6b0e1a8d4f57b0b3a2f1e1c6d7a9",
        title="HPO keras digits",
        method="bayesian",
        early_stopping="median",
        objectives=[{"title": "epoch_accuracy", "series": "validation: epoch_accuracy", "trend": "max"}],
        execution_queue="trials",
        destination_project="HPO keras/trials",
        max_concurrent_tasks=3,
        limits={
            "top_tasks_to_keep": 5,
            "task_minutes": 30,
            "min_iterations": 10,
            "max_iterations": 100,
            "total_tasks": 20,
        },
        parameters=[
            {"type": "uniform", "name": "General/layer_1", "min": 128, "max": 512, "step": 128},
            {"type": "uniform", "name": "General/dropout", "min": 0.1, "max": 0.5, "step": 0.1},
            {"type": "uniform", "name": "General/lr", "min": 0.0001, "max": 0.1},
            {"type": "discrete", "name": "General/batch_size", "values": [96, 128, 160]},
            {"type": "discrete", "name": "General/optimizer", "values": ["adam", "sgd"]},
            {"type": "fixed", "name": "General/epochs", "value": 30},
        ],
    )


@pytest.mark.parametrize("strategy", official_app.STRATEGIES)
def test_every_strategy_of_the_official_application_searches_and_stops_as_the_class_that_it_is_made_of(
    strategy: str,
) -> None:
    config = read_official(official(strategy=strategy)).config
    expected = strategy_settings(official_app.STRATEGIES[strategy], objectives=1)
    assert {name: getattr(config, name) for name in expected} == expected


@pytest.mark.parametrize("space", ["{", "[1, 2", '[{"param_name": "a", "param_type": "Beta"}]'])
def test_a_space_that_cannot_be_read_is_named_beside_what_it_leads_to(space: str) -> None:
    with pytest.raises(InvalidConfig, match=r"(?s)parameters must have at least 1.*(search space|unknown type)"):
        read_official(replace(official(), objects={**official().objects, official_app.SPACE: space}))


def test_a_range_without_ends_is_named_and_left_out() -> None:
    rows = [
        {"param_type": "Uniform", "param_name": "Args/empty", "min_val": "", "max_val": None, "step_size": ""},
        {"param_type": "Discrete", "param_name": "Args/x", "discrete_values": "1,2"},
    ]
    task = official()
    found = read_official(TaskTexts(task.id, task.name, task.sections, {"params_list": json.dumps(rows)}))
    assert [parameter.name for parameter in found.config.parameters] == ["Args/x"]
    assert "The range of Args/empty must have two ends" in found.lost[-1]


def test_values_that_the_official_application_has_as_text_stay_text() -> None:
    text = json.dumps([{"param_type": "Discrete", "param_name": "Args/x", "discrete_values": "true,1,0.5,b"}])
    task = official()
    found = read_official(TaskTexts(task.id, task.name, task.sections, {"params_list": text}))
    assert found.config.parameters[0].values == ("true", 1, 0.5, "b")


def test_what_is_strange_about_an_official_instance_is_told() -> None:
    found = read_official(official(strategy="Swarm", metric_sign="up", max_jobs="many"))
    assert [sentence.split(":")[0] for sentence in found.lost] == [
        "The strategy 'Swarm' is not known here",
        "Args/max_jobs is 'many', which is no number",
        "The trend 'up' is neither max nor min",
    ]


def test_an_official_instance_without_a_readable_space_is_refused_with_what_is_missing() -> None:
    task = official()
    with pytest.raises(InvalidConfig, match="parameters must have at least 1 entry"):
        read_official(TaskTexts(task.id, task.name, task.sections, {"params_list": "[{"}))


def test_an_optimizer_of_the_sdk_is_carried_over() -> None:
    found = sdk_optimizer.read(optimizer())
    assert found.config == HpoConfig(
        base_task_id="base",
        title="searching",
        method="bayesian",
        early_stopping="median",
        objectives=[{"title": "loss", "series": "validation", "trend": "min", "value": "best"}],
        execution_queue="trials",
        max_concurrent_tasks=2,
        limits={"total_minutes": 120, "total_tasks": 4, "max_iterations": 100, "task_minutes": 10},
        parameters=[
            {"type": "uniform", "name": "Args/lr", "min": 0.1, "max": 0.9, "step": 0.1},
            {"type": "uniform", "name": "Args/decay", "min": 1e-5, "max": 0.1, "scale": "log"},
            {"type": "discrete", "name": "Args/optimizer", "values": ["adam", 1, True, None]},
            {"type": "set", "combinations": [{"Args/a": 1}, {"Args/a": 2}]},
        ],
    )
    assert found.lost == (
        sdk_optimizer.NOT_ON_THE_TASK,
        "The SDK did not write down the range of Args/b in a set of parameters.",
    )


def test_arguments_in_a_section_of_their_own_are_found_too() -> None:
    """As versions of the SDK before 1.0 wrote them."""
    task = TaskTexts("id", "searching", {"opt": dict(OPTIMIZER)}, {"General": SPACE})
    assert sdk_optimizer.read(task).config == sdk_optimizer.read(optimizer()).config


def test_several_objectives_of_the_sdk_are_carried_over_and_stop_nothing_early() -> None:
    signs = {"objective_metric_title": "['loss', 'size']", "objective_metric_series": "['validation', 'MB']"}
    found = sdk_optimizer.read(optimizer(**signs, objective_metric_sign="['min', 'max']"))
    assert [(goal.name, goal.trend) for goal in found.config.objectives] == [
        ("loss/validation", "min"),
        ("size/MB", "max"),
    ]
    assert found.config.early_stopping == "none"


def test_an_own_instance_gives_its_configuration_again() -> None:
    assert own_instance.read(own()) == Imported(OWN, own_instance.SOURCE)


def test_an_own_instance_from_before_early_stopping_stops_nothing_early() -> None:
    texts = to_hyperparameters(OWN)
    del texts["early_stopping"]
    found = own_instance.read(TaskTexts("id", "ours", {"HPO": texts}, to_configuration_objects(OWN)))
    assert found.config.early_stopping == "none"


def test_a_task_that_only_keeps_an_export_gives_it() -> None:
    text = json.dumps(to_export(OWN, "1"))
    task = TaskTexts("id", "kept", {}, {"Configuration": text})
    assert own_instance.recognises(task)
    assert own_instance.read(task).config == OWN
    assert not own_instance.recognises(TaskTexts("id", "kept", {}, {"Configuration": "a: 1"}))


def test_a_file_is_read_whatever_its_format(tmp_path: Path) -> None:
    path = tmp_path / "old.json"
    path.write_text(json.dumps({**to_export(OWN, "0.0.1"), "format": 1}), encoding="utf-8")
    assert import_config(path) == Imported(OWN, "an export of this application")
    assert import_config(str(path)).config == OWN
    path.write_text(json.dumps(OWN.model_dump(mode="json")), encoding="utf-8")
    assert import_config(path).source == "a configuration file"


def test_what_is_neither_a_file_nor_a_task_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="must be a file or the id of a task"):
        import_config("nonsense")
    with pytest.raises(UnreadableFile, match="must be a readable text file"):
        import_config(str(tmp_path / "missing.json"))


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=12)


@settings(deadline=None)
@given(
    st.dictionaries(st.sampled_from([*OPTIMIZER, *RECORDED["hyperparams"]["Args"]]), texts, max_size=4),
    st.one_of(st.none(), texts, st.text('[]{}",:=abc01.-', max_size=30)),
)
def test_whatever_stands_on_a_task_gives_a_configuration_or_its_violations(
    changes: dict[str, str], space: Any
) -> None:
    for build, read in ((official, read_official), (optimizer, sdk_optimizer.read)):
        task = build(**changes)
        objects = (
            task.objects if space is None else {"params_list": space, "General": f"{sdk_optimizer.SPACE}={space}"}
        )
        try:
            found = read(TaskTexts(task.id, task.name, task.sections, objects))
        except UsageError:
            continue
        assert from_export(to_export(found.config, "1")) == found.config
