"""What can be done with an optimisation that has ended: its best copied, renamed, as a table, deleted."""

from collections.abc import Iterator
from typing import Any

import pytest
from cli_server import Api, QuickWorker
from shell import Shell

from clearml_hpo_app import HpoInstance
from clearml_hpo_app.clearml_api import Client, connect_to
from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.errors import InvalidConfig, NotAnInstance, PreflightFailed, UsageError
from clearml_hpo_app.instances.runner import run_here
from clearml_hpo_app.local.server import ServerAddress

pytestmark = pytest.mark.xdist_group("cli-runs")

SET = {
    "type": "set",
    "combinations": [{"Args/lr": 0.01, "General/mode": "plain"}, {"Args/lr": 0.1, "General/mode": "rich"}],
}


@pytest.fixture(scope="module")
def client(address: ServerAddress) -> Client:
    return connect_to(address.api_host, address.access_key, address.secret_key, web_host=address.web_host)


def run(client: Client, address: ServerAddress, data: dict[str, Any], **changes: Any) -> HpoInstance:
    config = HpoConfig.model_validate({**data, **changes})
    with QuickWorker(Api(address), "trials"):
        return HpoInstance(run_here(client, config).task_id, client=client)


@pytest.fixture(scope="module")
def ended(client: Client, address: ServerAddress, api: Api, data: dict[str, Any]) -> Iterator[HpoInstance]:
    yield run(client, address, data)


def test_the_best_ones_come_in_order(ended: HpoInstance) -> None:
    values = [trial.values for trial in ended.best(5)]
    assert len(values) == 3
    assert values == sorted(values, reverse=True)
    assert ended.best(1) == (ended.best(),)
    with pytest.raises(UsageError, match=r"must be at least 1, but it is -1\."):
        ended.best(-1)


def test_the_best_is_cloned_as_a_draft_that_is_no_trial(ended: HpoInstance, api: Api, shell: Shell) -> None:
    best = ended.best()
    assert best is not None
    copy = shell("best", ended.id, "--clone").stdout.split()[-1]
    task, source = (api("tasks.get_by_id", task=key)["task"] for key in (copy, best.task_id))
    assert (task["status"], task["parent"]) == ("created", best.task_id)
    assert task["hyperparams"]["Args"] == source["hyperparams"]["Args"]
    assert task["hyperparams"]["General"] == source["hyperparams"]["General"]
    assert not [name for name in task["hyperparams"].get("properties", {}) if name.startswith("hpo")]
    assert not [tag for tag in task.get("tags", []) if tag.startswith("opt")]
    assert len(ended.trials()) == 3
    api("tasks.delete", task=copy, force=True)


def test_the_trials_are_rows_with_values_and_parameters(ended: HpoInstance) -> None:
    trials = ended.trials()
    rows = trials.rows()
    assert [row["number"] for row in rows] == [0, 1, 2]
    for row, trial in zip(rows, trials, strict=True):
        assert row["val/accuracy"] == (trial.values or [None])[0]
        assert row["Args/lr"] == trial.parameters["Args/lr"]
        assert (row["state"], row["archived"]) == ("completed", False)


def test_the_trials_are_a_table_of_pandas(ended: HpoInstance) -> None:
    pytest.importorskip("pandas")
    table = ended.trials().to_pandas()
    assert list(table["number"]) == [0, 1, 2]
    assert table["val/accuracy"].dtype == table["Args/lr"].dtype == float
    assert table["val/accuracy"].max() == ended.best(1)[0].values[0]  # type: ignore[index]


def test_an_instance_gets_another_name_and_keeps_it_in_an_export(ended: HpoInstance) -> None:
    ended.rename("Another\n name")
    again = HpoInstance(ended.id, client=ended.client)
    assert (ended.name, again.name, again.export()["configuration"]["title"]) == ("Another name",) * 3
    with pytest.raises(InvalidConfig, match="title must have at least 3 characters"):
        ended.rename("ab")
    assert HpoInstance(ended.id, client=ended.client).name == "Another name"


def test_a_clone_is_a_draft_of_its_own(ended: HpoInstance) -> None:
    copy = ended.clone("A copy", changes={"total_tasks": "7"})
    assert (copy.status(), copy.name, copy.config.limits.total_tasks) == ("created", "A copy", 7)
    assert copy.config.title == "A copy"
    assert copy.delete() == 1
    with pytest.raises(NotAnInstance):
        HpoInstance(copy.id, client=ended.client)


def test_a_copy_is_called_by_its_title_unless_it_gets_a_name_and_lists_may_be_lists(ended: HpoInstance) -> None:
    copy = ended.clone(changes={"title": "My other run", "tags": ["gpu", "a, b"]})
    assert (copy.name, copy.config.trial.tags) == ("My other run", ("gpu", "a, b"))
    copy.delete()
    unnamed = ended.clone("  ")
    assert unnamed.name == f"Clone of {ended.name}"
    unnamed.delete()


def test_a_name_that_no_server_takes_is_refused_before_anything_is_made(ended: HpoInstance) -> None:
    with pytest.raises(InvalidConfig, match="title must have at least 3 characters"):
        ended.clone("c")
    with pytest.raises(UsageError, match="A name must have at least 3 characters, but it is 'c'"):
        ended.clone_best("c")


def test_what_was_set_is_in_the_configuration_the_export_and_the_copy(ended: HpoInstance) -> None:
    ended.set(total_tasks=13)
    assert ended.config.limits.total_tasks == 13
    assert ended.export()["configuration"]["limits"]["total_tasks"] == 13
    ended.set(total_tasks=17)
    copy = ended.clone()
    assert copy.config.limits.total_tasks == 17
    copy.delete()


def test_an_export_and_a_copy_are_as_others_have_set_it_in_the_meantime(ended: HpoInstance) -> None:
    other = HpoInstance(ended.id, client=ended.client)
    other.set(max_concurrent_tasks=5)
    assert ended.export()["configuration"]["max_concurrent_tasks"] == 5
    other.set(max_concurrent_tasks=6)
    copy = ended.clone()
    assert copy.config.max_concurrent_tasks == 6
    copy.delete()


def test_a_set_of_parameters_reaches_the_trials_together(
    client: Client, address: ServerAddress, api: Api, data: dict[str, Any]
) -> None:
    instance = run(client, address, data, parameters=[SET], method="grid", limits={})
    rows = instance.trials().rows()
    assert sorted((row["Args/lr"], row["General/mode"]) for row in rows) == [(0.01, "plain"), (0.1, "rich")]
    for row in rows:
        sections = api("tasks.get_by_id", task=row["task_id"])["task"]["hyperparams"]
        given = sections["Args"]["lr"]["value"], sections["General"]["mode"]["value"]
        assert given == (str(row["Args/lr"]), row["General/mode"])
        assert set(sections["Args"]) == {"lr", "epochs"}
    assert instance.best(1)[0].parameters == {"Args/lr + General/mode": "lr=0.01, mode=plain"}


def test_deleting_takes_the_trials_along_and_leaves_copies_of_people(
    client: Client, address: ServerAddress, api: Api, data: dict[str, Any]
) -> None:
    instance = run(client, address, data, limits={"total_tasks": 2})
    trials = [trial.task_id for trial in instance.trials()]
    copy = api("tasks.clone", task=trials[0], new_task_name="somebody's")["id"]
    assert instance.delete(with_trials=True) == 3
    left = api("tasks.get_all", id=[instance.id, *trials, copy], search_hidden=True)["tasks"]
    assert [task["id"] for task in left] == [copy]


def test_what_waits_is_not_deleted(client: Client, queued: str) -> None:
    with pytest.raises(PreflightFailed, match="must not wait or run"):
        HpoInstance(queued, client=client).delete(with_trials=True)
    assert HpoInstance(queued, client=client).status() == "queued"
