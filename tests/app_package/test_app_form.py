"""The launch form: an entry for every setting and for nothing else, with the setting's own words."""

import re
from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

import pytest
from app_conf_texts import our_zip
from pydantic.fields import FieldInfo
from pyhocon import ConfigFactory, ConfigTree

from clearml_hpo_app.app_package.form import ENTRY_NAMES, default_hyperparameters, form, form_text
from clearml_hpo_app.app_package.form_texts import CONDITIONS, LABELS, PLACEHOLDERS, RADIO, SOURCES
from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.config.form_rows import FORM_NAMES, MAY_BE_EMPTY, PARAMETER_TYPES, form_rows
from clearml_hpo_app.config.task_settings import GROUPS, LISTS, from_task, settings
from clearml_hpo_app.objective import Objective

DOCUMENTED = [
    "Initial Task to Optimize",
    "Optimization Configuration",
    "Optimization Method",
    "Optimization Objective Metric’s Title",
    "Optimization Objective Metric’s Series",
    "Optimization Objective Trend",
    "Execution Queue",
    "Parameters to Optimize",
    "Type",
    "Minimum Value",
    "Maximum Value",
    "Step Size",
    "Values",
    "Name",
    "Optimization Job Title",
    "Optimization Experiments Destination Project",
    "Maximum Concurrent Tasks",
    "Advanced Configuration",
    "Limit Total HPO Experiments",
    "Number of Top Experiments to Save",
    "Limit Single Experiment Running Time (Minutes)",
    "Minimal Number of Iterations Per Single Experiment",
    "Maximum Number of Iterations Per Single Experiment",
    "Limit Total Optimization Instance Time (Minutes)",
]
"""The words of ClearML's documentation of its own application."""


def flat(entries: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for entry in entries:
        yield entry
        yield from flat(entry.get("item_template", []))


ENTRIES = list(flat(form()["entries"]))
BY_NAME = {entry["name"]: entry for entry in ENTRIES}
LIST_FIELDS = {name: [item["name"] for item in BY_NAME[name]["item_template"]] for name in LISTS.values()}


def test_every_documented_field_is_found_in_the_package_with_nothing_but_pyhocon() -> None:
    with our_zip() as package:
        tree = ConfigFactory.parse_string(package.read("hpo.app.conf").decode())

    def titles(entries: list[ConfigTree]) -> Iterator[str]:
        for entry in entries:
            yield entry["title"]
            yield from titles(entry.get("item_template", []))

    found = list(titles(tree["wizard.entries"]))
    assert [title for title in DOCUMENTED if title not in found] == []
    top = [entry["title"] for entry in tree["wizard.entries"]]
    assert [title for title in DOCUMENTED if title in top] == [title for title in top if title in DOCUMENTED]
    labels = [choice["label"] for choice in tree["wizard.entries"][3]["item_template"][0]["choices"]]
    assert labels[:2] == ["Uniform Parameters", "Discrete Parameters"]


def test_the_form_has_an_entry_for_every_setting_and_for_nothing_else() -> None:
    single = {ENTRY_NAMES.get(setting.name, setting.name) for setting in settings()}
    groups = {entry["name"] for entry in ENTRIES if entry["type"] == "group"}
    rows = {name for names in LIST_FIELDS.values() for name in names}

    assert set(BY_NAME) == single | set(LISTS.values()) | groups | rows
    assert len(groups) == len(GROUPS) + 1


def test_the_lists_have_the_fields_of_their_models() -> None:
    names = {FORM_NAMES.get(name, name) for name in LIST_FIELDS["objectives"]}
    assert names == set(Objective.model_fields)
    fields = {name for model in PARAMETER_TYPES.values() for name in model.model_fields}
    assert set(LIST_FIELDS["parameters"]) == fields


def test_a_name_is_used_once_so_that_overriding_it_means_one_entry() -> None:
    assert len(BY_NAME) == len(ENTRIES)


def fields_with_entries() -> Iterator[tuple[str, FieldInfo]]:
    for setting in settings():
        yield ENTRY_NAMES.get(setting.name, setting.name), setting.field
    for field in LISTS.values():
        yield field, HpoConfig.model_fields[field]
    own = {field: name for name, field in FORM_NAMES.items()}
    for name, field in Objective.model_fields.items():
        yield own.get(name, name), field
    for model in PARAMETER_TYPES.values():
        yield from ((name, field) for name, field in model.model_fields.items() if name not in ("type", "name"))


@pytest.mark.parametrize(
    ("name", "field"), list(fields_with_entries()), ids=lambda item: item if isinstance(item, str) else ""
)
def test_an_entry_says_what_its_setting_says(name: str, field: FieldInfo) -> None:
    entry = BY_NAME[name]
    plain = re.sub(r"</?code>|`", "", f"{entry['info']} {entry.get('hint', '')}").replace("&gt;", ">")
    words = set(re.findall(r"\w+", (field.description or "").replace("`", "")))

    assert entry["title"] == field.title
    assert words - set(re.findall(r"\w+", plain)) <= (
        {"Empty", "named", "after", "the", "initial", "task"} if name == "job_title" else set()
    )
    assert entry.get("default") == (None if field.default in ("", ()) or field.is_required() else field.default)
    assert entry["required"] or not field.is_required() or name in MAY_BE_EMPTY


def test_every_choice_is_offered_and_has_a_label_of_its_own() -> None:
    for name, field in fields_with_entries():
        if get_origin(field.annotation) is Literal:
            assert [choice["value"] for choice in BY_NAME[name]["choices"]] == list(get_args(field.annotation))
            assert set(get_args(field.annotation)) == set(LABELS[name]), name
            assert "default" in BY_NAME[name]


def test_texts_are_kept_for_entries_that_exist_only() -> None:
    for texts in (LABELS, PLACEHOLDERS, RADIO, SOURCES, CONDITIONS):
        assert set(texts) <= set(BY_NAME)


def test_base_task_queue_and_project_are_chosen_from_what_the_server_has() -> None:
    chosen = {name: BY_NAME[name]["choices"]["source"] for name in SOURCES}
    assert chosen == {"base_task_id": "task", "execution_queue": "queue", "destination_project": "project"}


def test_fields_of_one_type_of_parameter_are_shown_for_it_alone() -> None:
    def shown_for(name: str) -> dict[str, str]:
        return {each["name"]: each["value"] for each in BY_NAME[name]["conditional"]["entries"]}

    assert shown_for("min") == shown_for("scale") == {"type": "uniform"}
    assert shown_for("step") == {"type": "uniform", "scale": "linear"}
    assert shown_for("values") == {"type": "discrete"}
    assert shown_for("grid_order") == {"method": "grid"}
    assert "conditional" not in BY_NAME["name"]


def test_every_value_goes_where_the_controller_reads_it() -> None:
    targets = {entry["name"]: entry["target"] for entry in ENTRIES if "target" in entry}
    assert targets.pop("job_title") == "name"
    assert {title: LISTS[title] for title in LISTS} == {targets.pop(name)["name"]: name for name in LISTS.values()}
    assert set(targets) == {setting.name for setting in settings()} - {"title"}
    for name, target in targets.items():
        assert target == {"field": "hyperparams", "section": "HPO", "name": name}


def test_what_the_form_sends_untouched_is_the_default_configuration() -> None:
    texts = {name: str(value) for name, value in default_hyperparameters().items()}
    row = {item["name"]: item.get("default", "") for item in BY_NAME["parameters"]["item_template"]}
    goal = {item["name"]: item.get("default", "") for item in BY_NAME["objectives"]["item_template"]}
    parameters = [{**row, "name": "Args/x", "min": "0", "max": "1"}]
    objectives = [{**goal, "title": "t", "series": "s"}]
    objects = {"Objectives": str(objectives), "Parameters": str(parameters)}

    config = from_task({**texts, "base_task_id": "base"}, objects)

    assert config == HpoConfig(
        base_task_id="base",
        objectives=[{"title": "t", "series": "s"}],
        parameters=[{"type": "uniform", "name": "Args/x", "min": 0, "max": 1}],
    )
    assert form_rows(parameters)[0].keys() >= {"name", "min", "max"}


def test_the_text_of_the_form_is_read_as_what_it_was_made_of() -> None:
    assert ConfigFactory.parse_string(form_text()).as_plain_ordered_dict() == {"wizard": form()}
