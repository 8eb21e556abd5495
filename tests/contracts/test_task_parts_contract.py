"""The parts of a task that have calls of their own, and calls over many tasks."""

from api_calls import Api

_MODEL = {"name": "weights", "type": "input"}


def test_configurations_are_edited_read_and_deleted(api: Api) -> None:
    task = api.task()
    items = [{"name": "General", "value": "b=2", "type": "dictionary"}, {"name": "Second", "value": "zz"}]
    assert api("tasks.edit_configuration", task=task, configuration=items) == {"updated": 1}
    names = api("tasks.get_configuration_names", tasks=[task])["configurations"]
    assert names == [{"task": task, "names": ["General", "Second"]}]
    assert api("tasks.delete_configuration", task=task, configuration=["General"]) == {"deleted": 1}
    left = api("tasks.get_configurations", tasks=[task])["configurations"]
    assert left == [{"task": task, "configuration": [items[1]]}]


def test_hyperparameters_are_read_of_many_tasks_and_deleted(api: Api) -> None:
    rate = {"section": "Args", "name": "lr", "value": "0.1"}
    task = api.task(hyperparams={"Args": {"lr": rate}})
    assert api("tasks.get_hyper_params", tasks=[task])["params"] == [{"task": task, "hyperparams": [rate]}]
    assert api("tasks.delete_hyper_params", task=task, hyperparams=[{"section": "Args", "name": "lr"}])
    assert api("tasks.get_hyper_params", tasks=[task])["params"] == [{"task": task, "hyperparams": []}]


def test_models_and_artifacts_are_put_on_a_task_and_taken_off(api: Api) -> None:
    task = api.task()
    model = api("models.create", name="weights", uri="file:///w")["id"]
    assert api("tasks.add_or_update_model", task=task, model=model, **_MODEL) == {"updated": 1}
    assert [row["model"] for row in api.read(task)["models"]["input"]] == [model]
    assert api("tasks.delete_models", task=task, models=[_MODEL]) == {"updated": 1}
    assert api.read(task)["models"]["input"] == []
    artifact = {"key": "a", "type": "custom", "mode": "output", "uri": "file:///a"}
    api("tasks.add_or_update_artifacts", task=task, artifacts=[artifact])
    assert [row["key"] for row in api.read(task)["execution"]["artifacts"]] == ["a"]
    api("tasks.delete_artifacts", task=task, artifacts=[{"key": "a", "mode": "output"}])
    assert api.read(task)["execution"]["artifacts"] == []
    api("models.delete", model=model, force=True)


def test_requirements_replace_those_of_the_script(api: Api) -> None:
    task = api.task(script={"binary": "python", "requirements": {"pip": "numpy"}})
    api("tasks.set_requirements", task=task, requirements={"pip": "scipy"})
    assert api.read(task)["script"]["requirements"] == {"pip": "scipy"}


def test_an_update_changes_what_describes_a_task_in_any_status(api: Api) -> None:
    task = api.task()
    api("tasks.started", task=task)
    api("tasks.completed", task=task, publish=True)
    changed = api("tasks.update", task=task, name="renamed", comment="c2")
    assert (changed["updated"], changed["fields"]["name"]) == (1, "renamed")
    assert api("tasks.update", task=task) == {"updated": 0, "fields": {}}
    (seen,) = api("tasks.get_by_id_ex", id=[task], only_fields=["id", "name", "comment", "user.name"])["tasks"]
    assert (seen["name"], seen["comment"], bool(seen["user"]["name"])) == ("renamed", "c2", True)


def test_a_task_is_archived_and_moved(api: Api) -> None:
    task = api.task()
    assert api("tasks.archive", tasks=[task]) == {"archived": 1}
    project = api("tasks.move", ids=[task], project_name=api.name("Contract moved"))["project_id"]
    seen = api.read(task)
    assert (seen["project"], seen["system_tags"]) == (project, ["archived"])


def test_many_tasks_are_published_dequeued_reset_and_deleted(api: Api) -> None:
    one, two = api.task(), api.task()
    api("tasks.enqueue_many", ids=[one, two], queue_name=api.name("contract many"))
    dequeued = api("tasks.dequeue_many", ids=[one, two])["succeeded"]
    assert [row["fields"]["status"] for row in dequeued] == ["created", "created"]
    api("tasks.started", task=one)
    reset = api("tasks.reset_many", ids=[one, two])
    assert [(row["id"], row["fields"]["status"]) for row in reset["succeeded"]] == [
        (one, "created"),
        (two, "created"),
    ]
    api("tasks.started", task=one)
    api("tasks.completed", task=one)
    published = api("tasks.publish_many", ids=[one, two])
    assert [row["id"] for row in published["succeeded"]] == [one]
    assert [(row["id"], row["error"]["codes"]) for row in published["failed"]] == [(two, [400, 110])]
    deleted = api("tasks.delete_many", ids=[one, two])
    assert [row["id"] for row in deleted["succeeded"]] == [two]
    assert [row["error"]["codes"] for row in deleted["failed"]] == [[400, 123]]
