"""A task's life: what each step does from each status, and what it leaves behind."""

import json
from pathlib import Path

import pytest
from api_calls import Api, Refused

MATRIX = json.loads((Path(__file__).parent / "status_matrix.json").read_text("utf-8"))
WAYS = {
    "created": [],
    "queued": ["enqueue"],
    "in_progress": ["started"],
    "stopped": ["started", "stopped"],
    "failed": ["started", "failed"],
    "completed": ["started", "completed"],
    "published": ["started", "completed", "publish"],
}


@pytest.mark.parametrize("verb", sorted(MATRIX))
@pytest.mark.parametrize("status", sorted(WAYS))
def test_a_step_leads_where_the_real_server_leads_it(api: Api, verb: str, status: str) -> None:
    task = api.task()
    for step in WAYS[status]:
        api(f"tasks.{step}", task=task)
    assert api.read(task)["status"] == status
    force = {"force": True} if verb.endswith("!") else {}
    try:
        api(f"tasks.{verb.rstrip('!')}", task=task, **force)
        after = api.read(task)["status"]
    except Refused as refusal:
        after = "gone" if refusal.codes == (400, 101) else "/".join(map(str, refusal.codes))
    assert after == MATRIX[verb][status]


def test_a_status_change_always_overwrites_reason_and_message(api: Api) -> None:
    task = api.task()
    api("tasks.started", task=task, status_reason="why", status_message="what")
    api("tasks.failed", task=task)
    assert (api.read(task)["status_reason"], api.read(task)["status_message"]) == ("", "")


def test_stopping_a_task_that_a_worker_runs_asks_the_worker(api: Api) -> None:
    task = api.task()
    api("tasks.started", task=task)
    api("workers.status_report", worker="contract:0", task=task, timestamp=1)
    api("tasks.stop", task=task, status_reason="enough", status_message="dropped")
    seen = api.read(task)
    assert (seen["status"], seen["status_reason"], seen["status_message"]) == ("in_progress", "enough", "stopping")
    api("workers.unregister", worker="contract:0")


def test_a_reset_keeps_properties_and_takes_what_the_run_produced(api: Api) -> None:
    task = api.task(tags=["kept"])
    api("tasks.started", task=task)
    event = {"type": "training_stats_scalar", "task": task, "metric": "m", "variant": "v", "iter": 3, "value": 1}
    api.lines("events.add_batch", [event])
    api("tasks.edit", task=task, runtime={"run": "abc"}, force=True)
    note = {"section": "properties", "name": "note", "value": "hi"}
    api("tasks.edit_hyper_params", task=task, hyperparams=[note])
    api("tasks.completed", task=task)
    api("tasks.reset", task=task)
    seen = api.read(task)
    assert seen["hyperparams"]["properties"]["note"] == note
    assert (seen["tags"], seen["runtime"], seen["last_metrics"], seen["last_iteration"]) == (["kept"], {}, {}, 0)
    assert "started" not in seen and "completed" not in seen
    assert api("events.scalar_metrics_iter_histogram", task=task) == {}


def test_a_clone_keeps_what_describes_a_task_and_takes_new_maps_whole(api: Api) -> None:
    source = api.task(
        hyperparams={"Args": {"lr": {"section": "Args", "name": "lr", "value": "0.1"}}},
        configuration={"General": {"name": "General", "value": "a = 1"}},
        tags=["t"],
    )
    api("tasks.started", task=source)
    number = {"properties": {"number": {"section": "properties", "name": "number", "value": "7"}}}
    clone = api("tasks.clone", task=source, new_task_name="trial 7", new_task_hyperparams=number)["id"]
    seen = api.read(clone)
    assert (seen["name"], seen["status"], seen["parent"], seen["tags"]) == ("trial 7", "created", source, ["t"])
    assert seen["hyperparams"] == number
    assert seen["configuration"]["General"]["value"] == "a = 1"


def test_a_clone_is_not_in_development(api: Api) -> None:
    source = api.task(system_tags=["development", "kept"])
    assert api.read(api("tasks.clone", task=source)["id"])["system_tags"] == ["kept"]


def test_an_empty_new_map_means_as_the_source(api: Api) -> None:
    args = {"Args": {"lr": {"section": "Args", "name": "lr", "value": "0.1"}}}
    clone = api("tasks.clone", task=api.task(hyperparams=args), new_task_hyperparams={})["id"]
    assert api.read(clone)["hyperparams"] == args


def test_user_properties_are_editable_at_any_status_and_parameters_are_not(api: Api) -> None:
    task = api.task()
    api("tasks.started", task=task)
    api("tasks.completed", task=task, publish=True)
    verdict = {"section": "properties", "name": "verdict", "value": "pruned"}
    api("tasks.edit_hyper_params", task=task, hyperparams=[verdict])
    with pytest.raises(Refused, match="expected=created, status=published"):
        parameter = {"section": "Args", "name": "lr", "value": "1"}
        api("tasks.edit_hyper_params", task=task, hyperparams=[parameter], force=True)
    assert api.read(task)["hyperparams"] == {"properties": {"verdict": verdict}}


def test_a_runtime_edit_merges_and_a_task_edit_replaces(api: Api) -> None:
    task = api.task()
    api("tasks.edit", task=task, runtime={"run": "abc"})
    api("tasks.edit_runtime", task=task, add_or_update={"progress": "5"})
    assert api.read(task)["runtime"] == {"run": "abc", "progress": "5"}
    api("tasks.edit", task=task, runtime={"run": "def"})
    assert api.read(task)["runtime"] == {"run": "def"}


def test_a_batch_answers_for_every_task(api: Api) -> None:
    one, two = api.task(), api.task()
    answer = api("tasks.enqueue_many", ids=[one, "nope", two], queue_name=api.name("contract batch"))
    assert [row["id"] for row in answer["succeeded"]] == [one, two]
    assert [(row["id"], row["error"]["codes"]) for row in answer["failed"]] == [("nope", [400, 101])]
    stopped = api("tasks.stop_many", ids=[one, two], status_reason="over")["succeeded"]
    assert [row["fields"]["status"] for row in stopped] == ["stopped", "stopped"]


def test_archiving_is_a_tag_and_erases_the_status_texts_unless_they_are_given_again(api: Api) -> None:
    task = api.task()
    api("tasks.started", task=task)
    api("tasks.completed", task=task, status_reason="done")
    api("tasks.archive_many", ids=[task])
    assert (api.read(task)["system_tags"], api.read(task)["status_reason"]) == (["archived"], "")
    api("tasks.unarchive_many", ids=[task], status_reason="back")
    assert (api.read(task)["system_tags"], api.read(task)["status_reason"]) == ([], "back")


def test_a_deleted_parent_is_remembered_by_its_children(api: Api) -> None:
    parent = api.task()
    child = api.task(parent=parent)
    assert api("tasks.delete", task=parent)["updated_children"] == 1
    assert api.read(child)["parent"] == f"__DELETED__{parent}"


def test_tags_and_batch_updates_leave_last_update_alone(api: Api) -> None:
    one, two = api.task(), api.task()
    before = api.read(one)["last_update"]
    api("tasks.update_tags", ids=[one, two], add_tags=["best", "also"])
    api.lines("tasks.update_batch", [{"task": one, "comment": "first"}, {"task": two, "comment": "second"}])
    seen = api.read(one)
    assert (seen["tags"], seen["comment"], seen["last_update"]) == (["also", "best"], "first", before)
    assert api.read(two)["comment"] == "second"


def test_a_wrong_value_is_named_in_the_real_servers_words(api: Api) -> None:
    with pytest.raises(Refused, match=r"error for field 'name'\. field is required!"):
        api("tasks.create", type="training")
    with pytest.raises(Refused, match="'nope' is not a valid choice"):
        api("tasks.create", name="abc", type="nope")
    with pytest.raises(Refused, match="length is lower than allowed minimum"):
        api("tasks.stop_many", ids=[])
    with pytest.raises(Refused, match="String value is too short"):
        api("tasks.create", name="ab", type="training")
