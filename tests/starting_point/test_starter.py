"""A first configuration from a base task's own hyperparameters and metrics."""

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from clearml_hpo_app.clearml_api.base_task import BaseTask
from clearml_hpo_app.config import HpoConfig, parse_config
from clearml_hpo_app.config.files import parse_data
from clearml_hpo_app.errors import HpoError
from clearml_hpo_app.preflight.parameter_check import parameter_findings
from clearml_hpo_app.space.parameters import Fixed
from clearml_hpo_app.starting_point import ready_made, starter
from clearml_hpo_app.starting_point.proposal import goals, proposals, values_of

METRICS = {("train", "loss"), ("val", "accuracy"), (":monitor:gpu", "load"), ("Summary", "epoch")}


def base(
    sections: dict[str, dict[str, str]], metrics: Any = METRICS, objects: Any = None, **more: Any
) -> BaseTask:
    items = {
        section: {name: {"section": section, "name": name, "value": text} for name, text in texts.items()}
        for section, texts in sections.items()
    }
    facts: dict[str, Any] = {"run_seconds": 90.0, "iterations": 12, **more}
    return BaseTask(
        "id",
        "train",
        "project",
        "completed",
        items,
        frozenset(metrics),
        objects or {},
        container={},
        script={},
        **facts,
    )


def read(task: BaseTask, **options: Any) -> HpoConfig:
    return parse_config(starter(task, **options).text, ending=".yaml")


TRAINING = {
    "Args": {
        "lr": "0.01",
        "weight_decay": "0.0",
        "batch_size": "48",
        "dropout": "0.1",
        "momentum": "0.9",
        "hidden": "64",
        "epochs": "10",
        "seed": "1",
        "data": "/data",
        "gamma": "0.7",
        "nesterov": "True",
    },
    "properties": {"rating": "5"},
}


def test_what_the_names_tell_is_varied_and_the_rest_is_listed() -> None:
    found = starter(base(TRAINING))
    config = parse_config(found.text, ending=".yaml")
    assert {p.name.removeprefix("Args/"): p.model_dump(exclude_defaults=True) for p in config.parameters} == {
        "lr": {"name": "Args/lr", "min": 0.001, "max": 0.1, "scale": "log"},
        "weight_decay": {"name": "Args/weight_decay", "min": 1e-06, "max": 0.01, "scale": "log"},
        "batch_size": {"name": "Args/batch_size", "values": [32, 48, 64, 128, 256]},
        "dropout": {"name": "Args/dropout", "min": 0.0, "max": 0.5},
        "momentum": {"name": "Args/momentum", "min": 0.8, "max": 0.99},
        "hidden": {"name": "Args/hidden", "min": 32, "max": 128},
    }
    assert (found.varied, found.others) == (6, 5)
    assert "# base task: 0.01" in found.text
    assert "  # - {type: uniform, name: Args/gamma, min: 0.35, max: 1.4}" in found.text
    assert "  # - {type: discrete, name: Args/nesterov, values: [true, false]}" in found.text
    for never in ("epochs, value: 10", "seed, value: 1"):
        assert f"  # - {{type: fixed, name: Args/{never}}}" in found.text


def uncommented(text: str) -> dict[str, Any]:
    """Return the parameters by name, with those that are listed as comments."""
    space = text[text.index("parameters:") : text.index("\nexecution_queue:")]
    rows = parse_data(space.replace("  # - {", "  - {"), ending=".yaml")["parameters"]
    return {row["name"]: row for row in rows}


def test_texts_lists_and_nothing_are_listed_with_what_the_base_task_has() -> None:
    values = {"act": "relu", "layers": "[64, 32]", "norm": "", "note": "it's: #1", "yes": "yes", "lr": "0.1"}
    task = base({"General": values})
    found = uncommented(starter(task).text)
    fields = {name.partition("/")[2]: row.get("values", row.get("value")) for name, row in found.items()}
    del fields["lr"]
    assert fields == {
        "act": ["relu"],
        "layers": "[64, 32]",
        "norm": None,
        "note": ["it's: #1"],
        "yes": ["yes"],
    }
    assert "# base task: relu; add what else to try" in starter(task).text
    assert "# base task: None" in starter(task).text
    fixed = [Fixed(**row) for row in found.values() if row["type"] == "fixed"]
    assert parameter_findings(task, fixed) == ([], [])


def test_text_that_looks_like_a_number_stays_text() -> None:
    task = base({"Args": {"lr": "0.1", "code": "007", "release": "1.10"}})
    for name in ("code", "release"):
        task.sections["Args"][name]["type"] = "str"
    assert values_of(task) == {"Args/lr": 0.1, "Args/code": "007", "Args/release": "1.10"}
    assert [one.row["name"] for one in proposals(task)] == ["Args/lr"]
    rows = uncommented(starter(task).text)
    assert (rows["Args/code"], rows["Args/release"]) == (
        {"type": "discrete", "name": "Args/code", "values": ["007"]},
        {"type": "discrete", "name": "Args/release", "values": ["1.10"]},
    )


def test_long_texts_and_those_beyond_the_hundredth_are_named_only() -> None:
    many = {f"k{number:03}": "text" for number in range(120)}
    found = starter(base({"Args": {"lr": "0.1", "prompt": "tell " * 100, **many}}))
    assert found.others == 100
    assert "tell" not in found.text
    named = next(line for line in found.text.splitlines() if line.startswith("  # Beside these it has "))
    assert named.count("Args/") == 21 and "Args/prompt" in named and "Args/k119" in named


def test_the_objective_is_the_likeliest_metric_and_the_others_are_listed() -> None:
    text = starter(base(TRAINING)).text
    assert parse_config(text, ending=".yaml").objective.name == "val/accuracy"
    assert "# - {title: train, series: loss, trend: min}" in text
    assert ":monitor:" not in text


@pytest.mark.parametrize(
    ("metrics", "first"),
    [
        ({("loss", "train"), ("loss", "validation")}, ("loss", "validation", "min")),
        ({("train", "accuracy"), ("eval", "loss")}, ("eval", "loss", "min")),
        ({("validation", "rmse"), ("validation", "r2")}, ("validation", "r2", "max")),
        ({("test", "mAP")}, ("test", "mAP", "max")),
        ({("val_loss", "val_loss"), ("epoch", "epoch")}, ("val_loss", "val_loss", "min")),
    ],
)
def test_names_of_metrics_tell_which_to_optimize_and_how(metrics: Any, first: tuple[str, str, str]) -> None:
    goal = goals(metrics)[0]
    assert (goal.title, goal.series, goal.trend) == first


def test_a_template_varies_what_the_base_task_has_of_it_and_lists_the_rest() -> None:
    task = base({"General": {"learning_rate": "0.1", "num_leaves": "31", "other": "3.0"}}, {("validation", "auc")})
    found = starter(task, template=ready_made("lightgbm"), queue="trials")
    config = parse_config(found.text, ending=".yaml")
    assert [parameter.name for parameter in config.parameters] == ["General/learning_rate", "General/num_leaves"]
    assert config.parameters[:1] == ready_made("lightgbm").config.parameters[:1]
    assert "# - {type: uniform, name: General/min_data_in_leaf, min: 5, max: 100}" in found.text
    assert "General/other" in found.text
    assert "task.connect(params) before lightgbm.train" in found.text
    assert (config.objective.name, config.objective.trend) == ("validation/auc", "max")
    assert config.execution_queue == "trials"


def test_names_of_hydra_come_from_its_configuration() -> None:
    objects = {"OmegaConf": "optimizer:\n  lr: 0.1\n  name: adam\nmodel:\n  hidden: 64\n  layers: [1, 2]\n"}
    flags = {"multirun": "False", "help": "False", "config_dir": ""}
    task = base({"Hydra": {"_allow_omegaconf_edit_": "False"}, "Args": flags}, objects=objects)
    assert [name for name in values_of(task) if name.startswith("Args/")] == []
    config = read(task)
    assert [parameter.name for parameter in config.parameters] == ["Hydra/optimizer.lr", "Hydra/model.hidden"]
    assert [p.name for p in read(task, template=ready_made("hydra")).parameters] == [
        "Hydra/optimizer.lr",
        "Hydra/model.hidden",
    ]


def test_a_tuple_is_proposed_as_the_list_as_which_it_reaches_the_script() -> None:
    found = starter(base({"Args": {"lr": "0.1", "betas": "(0.9, 0.999)"}}))
    assert '{type: fixed, name: Args/betas, value: "[0.9, 0.999]"}' in found.text


def test_sections_that_no_script_reads_are_left_out() -> None:
    names = {"learning_rate": "0.1"}
    task = base({"Args": names, "TB_hparams": names, "Transformers": names, "HPO": {"total_tasks": "3"}})
    assert [one.row["name"] for one in proposals(task)] == ["Args/learning_rate"]


def test_where_no_name_tells_anything_the_first_numbers_are_varied() -> None:
    found = read(base({"General": {"a": "1.0", "b": "7", "c": "x", "d": "2.0", "e": "3.0"}}))
    assert [parameter.name for parameter in found.parameters] == ["General/a", "General/b", "General/d"]


@pytest.mark.parametrize("sections", [{}, {"Args": {"name": "x"}}])
def test_a_task_without_a_number_is_refused(sections: dict[str, dict[str, str]]) -> None:
    with pytest.raises(HpoError, match="must have a number that can be varied"):
        starter(base(sections))
    with pytest.raises(HpoError, match="must have a parameter of the template xgboost"):
        starter(base(sections), template=ready_made("xgboost"))


@pytest.mark.parametrize(
    ("given", "hint"),
    [("5c2f", "give its base task, 5c2f"), ("", "give the task that it shall optimize")],
)
def test_an_optimization_is_no_base_task(given: str, hint: str) -> None:
    task = base({"HPO": {"base_task_id": given, "total_tasks": "20"}, "Args": {"lr": "0.1"}})
    with pytest.raises(HpoError, match=f"'train' is an optimization itself: {hint}.*clearml-hpo import id"):
        starter(task)


@pytest.mark.parametrize("name", ["lr ", "lr\n", "l\rr", "\r"])
def test_a_name_that_no_configuration_can_hold_is_left_out(name: str) -> None:
    found = starter(base({"Args": {name: "0.1", "dropout": "0.1"}}))
    assert found.varied + found.others == 1


keys = st.one_of(
    st.sampled_from(["lr", "weight_decay", "batch_size", "dropout", "hidden", "momentum", "subsample"]),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=8),
)
numbers = st.one_of(
    st.integers(-(10**12), 10**12).map(str), st.floats(allow_nan=False).map(repr), st.text(max_size=5)
)
names = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=8)


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["Args", "my section", "a.b"]), st.dictionaries(keys, numbers, max_size=5), max_size=2
    ),
    st.sets(st.tuples(names, names), max_size=3),
)
@example({"Args": {"lr": "0"}}, {("0", "\r")})
def test_whatever_a_task_holds_the_text_is_a_configuration_that_its_script_will_receive(
    sections: dict[str, dict[str, str]], metrics: set[tuple[str, str]]
) -> None:
    task = base(sections, metrics)
    try:
        found = starter(task)
    except HpoError:
        return
    config = parse_config(found.text, ending=".yaml")
    assert len(config.parameters) == found.varied
    errors, _ = parameter_findings(task, config.parameters)
    assert errors == []
    assert len(uncommented(found.text)) == found.varied + found.others
