"""The template task on a server: put there once, brought up to date in place, and never taken for an instance."""

from typing import Any

import pytest

from clearml_hpo_app import __version__
from clearml_hpo_app.app_package import template_task, template_texts
from clearml_hpo_app.app_package.template_task import Template, install, uninstall
from clearml_hpo_app.clearml_api import Client, instances, tasks, templates
from clearml_hpo_app.config.files import parse_config
from clearml_hpo_app.config.task_settings import from_task, settings
from clearml_hpo_app.errors import InvalidConfig
from clearml_hpo_app.instances.instance import list_instances

NAMED = Template(package="clearml-hpo-app==0.1.0", readme="https://git.example/hpo")


def texts_of(task: dict[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    section = {name: item["value"] for name, item in task["hyperparams"]["HPO"].items()}
    return section, {name: item["value"] for name, item in task["configuration"].items()}


def test_the_same_again_changes_nothing(client: Client) -> None:
    first = install(client, NAMED)
    before = tasks.get_task(client, first.id)
    writes = client.calls.total()
    again = install(client, NAMED)

    assert (first.outcome, again.outcome, again.before) == ("created", "unchanged", __version__)
    assert again.id == first.id
    assert tasks.get_task(client, first.id) == before
    assert client.calls.total() - writes == 4  # three that look, and this test's own


def test_what_somebody_changed_on_the_template_is_set_right_again(client: Client) -> None:
    first = install(client, NAMED)
    before = texts_of(tasks.get_task(client, first.id))
    tasks.edit_parameters(client, first.id, [tasks.item("HPO", "seed", "7"), tasks.item("HPO", "mine", "1")])
    assert install(client, NAMED).outcome == "updated"
    instances.write_configuration(client, first.id, "Parameters", "[]")
    assert install(client, NAMED).outcome == "updated"
    assert texts_of(tasks.get_task(client, first.id)) == before
    assert install(client, NAMED).outcome == "unchanged"


def test_another_version_updates_the_template_in_place(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as older:  # there is no older version to install
        older.setattr(template_task, "__version__", "0.0.9")
        first = install(client, Template(queue="old"))
    tasks.edit_parameters(client, first.id, [tasks.item("HPO", "seed", "7")])
    again = install(client, Template(project="Elsewhere", queue="new", package="clearml-hpo-app==9"))
    task = tasks.get_task(client, again.id)

    assert (again.id, again.outcome, again.before) == (first.id, "updated", "0.0.9")
    assert f"version {__version__}." in task["comment"]
    assert "queue new" in task["comment"]
    assert instances.project_name(client, task["project"]) == "Elsewhere"
    assert task["hyperparams"]["HPO"]["seed"]["value"] == ""
    assert task["script"]["requirements"]["pip"] == "clearml-hpo-app==9"
    assert not task["execution"].get("artifacts")
    assert len(templates.find_templates(client)) == 1


def test_an_install_that_was_cut_off_is_done_again(client: Client) -> None:
    first = install(client, NAMED)
    templates.mark(client, first.id, f"{__version__} {template_task.UNFINISHED}")
    assert install(client, NAMED).outcome == "updated"
    assert install(client, NAMED).outcome == "unchanged"


def test_of_two_installs_at_the_same_time_the_older_template_stays(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    other: list[template_task.Installed] = []

    def first_another(*arguments: Any) -> str:
        monkeypatch.undo()
        other.append(install(client, NAMED))
        return instances.create(*arguments)

    monkeypatch.setattr(template_task.instances, "create", first_another)
    late = install(client, NAMED)
    assert (late.id, late.outcome) == (other[0].id, "unchanged")
    assert [row.id for row in templates.find_templates(client)] == [late.id]


def test_the_running_version_travels_with_the_template_and_its_clones(client: Client) -> None:
    template = install(client, Template())
    copy = tasks.get_task(client, instances.clone(client, template.id, "copy"))

    (artifact,) = copy["execution"]["artifacts"]
    assert artifact["key"] == "package"
    assert artifact["uri"].endswith(f"clearml_hpo_app-{__version__}-py3-none-any.whl")
    assert install(client, Template()).outcome == "unchanged"


def test_every_setting_stands_there_with_its_type_and_what_it_means(client: Client) -> None:
    items = tasks.get_task(client, install(client, NAMED).id)["hyperparams"]["HPO"]

    assert set(items) == {setting.name for setting in settings()}
    for setting in settings():
        assert items[setting.name]["type"] == setting.type_name
        assert items[setting.name]["description"].startswith(" ".join((setting.field.description or "").split()))
    assert items["grid_order"]["description"].endswith(". One of: random, listed")


def test_the_example_lacks_a_base_task_and_nothing_else(client: Client) -> None:
    texts, objects = texts_of(tasks.get_task(client, install(client, NAMED).id))
    with pytest.raises(InvalidConfig, match="base_task_id must be given") as refused:
        from_task(texts, objects)
    assert len(refused.value.violations) == 1

    config = from_task({**texts, "base_task_id": "some"}, objects)
    assert config.limits.total_tasks == 20
    assert [parameter.type for parameter in config.parameters] == ["uniform", "uniform", "discrete"]


def test_what_is_commented_out_in_the_example_is_right_too() -> None:
    rows = template_texts.PARAMETERS.replace("# -", "-").replace("\n#   ", "\n  ")
    data = f"base_task_id: x\nobjectives:\n{template_texts.OBJECTIVES}parameters:\n{rows}"
    assert parse_config(data, ending=".yaml").parameters[-1].model_dump()["value"] is True


def test_the_description_says_what_to_edit_and_where_to_read_on(client: Client) -> None:
    comment = tasks.get_task(client, install(client, NAMED).id)["comment"]
    for word in ("base_task_id", "execution_queue", "Objectives", "Parameters", "queue services"):
        assert word in comment
    assert comment.rstrip().endswith("README: https://git.example/hpo")
    assert "README" not in tasks.get_task(client, install(client, Template()).id)["comment"]


def test_the_template_is_no_instance_but_its_clones_are(client: Client) -> None:
    template = install(client, NAMED)
    copy = instances.clone(client, template.id, "copy")
    assert [row.id for row in list_instances(client)] == [copy]
    assert [row.id for row in templates.find_templates(client)] == [template.id]


def test_an_archived_template_is_left_alone_and_removed_with_the_others(client: Client) -> None:
    first = install(client, NAMED)
    copy = instances.clone(client, first.id, "copy")
    tasks.archive(client, [first.id], "", "")
    second = install(client, NAMED)

    assert second.outcome == "created"
    assert uninstall(client) == [first.id, second.id]
    assert uninstall(client) == []
    assert tasks.find_task(client, first.id) is None
    assert tasks.get_task(client, copy)["name"] == "copy"
