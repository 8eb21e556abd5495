"""The clone call that makes a trial: texts and types, identity, what the base task has, overrides."""

import json
from typing import Any

from controller_builders import config

from clearml_hpo_app.clearml_api.base_task import BaseTask
from clearml_hpo_app.controller.acting.orders import OrderBook
from clearml_hpo_app.space.values import Value


def item(section: str, name: str, value: str, **more: str) -> dict[str, str]:
    return {"section": section, "name": name, "value": value, "type": "str", **more}


BASE = BaseTask(
    id="base",
    name="digits",
    project="project",
    status="completed",
    iterations=1,
    sections={
        "Args": {
            "units": item("Args", "units", "4", type="int", description="width"),
            "kept": item("Args", "kept", "as it was"),
        },
        "properties": {
            "owner": item("properties", "owner", "ann"),
            "hpo_trial": item("properties", "hpo_trial", "9"),
            "verdict": item("properties", "verdict", "pruned"),
        },
    },
    metrics=frozenset(),
    objects={},
    run_seconds=None,
    container={"image": "base:1", "arguments": "--ipc=host", "setup_shell_script": "true"},
    script={"repository": "r", "branch": "main", "version_num": "abc", "tag": "v1", "diff": "d"},
)


def book(**trial: Any) -> OrderBook:
    return OrderBook(config(trial=trial), BASE, "controller", "run", "destination")


def test_values_arrive_as_the_text_that_gives_them_back_with_their_type():
    values: dict[str, Value] = {
        "Args/units": 8,
        "Args/rate": 1e-05,
        "Args/third": 0.1,
        "Args/flag": True,
        "Args/kind": "1",
        "Args/none": None,
        "General/nested/key": 2,
    }
    sections = book().order(0, values).hyperparameters
    found = {f"{s}/{name}": (i["value"], i["type"]) for s, items in sections.items() for name, i in items.items()}
    assert {name: found[name] for name in values} == {
        "Args/units": ("8", "int"),
        "Args/rate": ("1e-05", "float"),
        "Args/third": ("0.1", "float"),
        "Args/flag": ("True", "bool"),
        "Args/kind": ("1", "str"),
        "Args/none": ("", "NoneType"),
        "General/nested/key": ("2", "int"),
    }


def test_everything_else_of_the_base_task_is_kept():
    sections = book().order(0, {"Args/units": 8}).hyperparameters
    assert sections["Args"]["kept"] == item("Args", "kept", "as it was")
    assert sections["Args"]["units"]["description"] == "width"
    assert sections["properties"]["owner"]["value"] == "ann"
    assert BASE.sections["Args"]["units"]["value"] == "4"


def test_the_identity_is_written_in_the_same_call_and_that_of_another_run_is_not_taken_over():
    properties = book().order(7, {"Args/units": 8, "Args/kind": "é"}, attempt=2).hyperparameters["properties"]
    texts = {name: entry["value"] for name, entry in properties.items()}
    assert json.loads(texts.pop("hpo_parameters")) == {"Args/units": 8, "Args/kind": "é"}
    assert texts == {"owner": "ann", "hpo_run": "run", "hpo_trial": "7", "hpo_attempt": "2"}


def test_a_trial_is_named_tagged_and_placed():
    order = book(tags="night, gpu").order(3, {"Args/units": 8})
    assert (order.base, order.name, order.parent) == ("base", "digits: trial 3", "controller")
    assert (order.project, order.container) == ("destination", {})
    assert order.tags == ["optimization", "opt: controller", "night", "gpu"]
    assert order.comment == "Trial 3 of the optimization controller.\nArgs/units = 8"
    assert book().name(3, attempt=2) == "digits: trial 3 (attempt 2)"


def test_a_description_lists_some_of_many_parameters():
    comment = book().order(0, {f"Args/p{at}": at for at in range(40)}).comment
    assert comment.endswith("Args/p29 = 29\n… and 10 more")


def test_a_container_is_the_base_tasks_with_what_was_overridden():
    assert book(container_image="mine:2").order(0, {}).container == {
        "image": "mine:2",
        "arguments": "--ipc=host",
        "setup_shell_script": "true",
    }


def test_only_an_output_or_a_branch_needs_an_edit_of_the_draft():
    assert book(container_image="mine:2").draft_edits() == {}
    assert book(output_uri="s3://models").draft_edits() == {"output_dest": "s3://models"}
    script = book(branch="next").draft_edits()["script"]
    assert script == {"repository": "r", "branch": "next", "version_num": "", "tag": "", "diff": "d"}
