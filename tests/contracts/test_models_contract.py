"""Models: their notes and tags, and what is done to many at once."""

from collections.abc import Iterator

import pytest
from api_calls import Api, Refused


@pytest.fixture
def models(api: Api) -> Iterator[list[str]]:
    """Three models of a project."""
    project = api("projects.create", name=api.name("Contract models"))["id"]
    numbers = range(3)
    yield [
        api("models.create", name=f"model {n}", uri=f"file:///{n}", project=project, ready=False)["id"]
        for n in numbers
    ]
    api("projects.delete", project=project, force=True, delete_contents=True)


def test_a_batch_over_models_answers_for_each(api: Api, models: list[str]) -> None:
    first, second, third = models
    assert [row["id"] for row in api("models.publish_many", ids=[first])["succeeded"]] == [first]
    (again,) = api("models.publish_many", ids=[first])["failed"]
    assert again["error"]["codes"] == [400, 203]
    archived = api("models.archive_many", ids=[second, "nope"])
    assert archived["succeeded"] == [{"id": second, "archived": True}]
    assert [row["error"]["codes"] for row in archived["failed"]] == [[400, 201]]
    assert api("models.get_by_id", model=second)["model"]["system_tags"] == ["archived"]
    assert api("models.unarchive_many", ids=[second])["succeeded"] == [{"id": second, "unarchived": True}]
    assert [row["id"] for row in api("models.delete_many", ids=[second, third])["succeeded"]] == [second, third]


def test_a_models_tags_notes_project_and_readiness_change(api: Api, models: list[str]) -> None:
    model = models[0]
    assert api("models.update", model=model, name="renamed", tags=["q"])["updated"] == 1
    api("models.update_tags", ids=[model], add_tags=["at"], remove_tags=["q"])
    api("models.add_or_update_metadata", model=model, metadata=[{"key": "k", "type": "str", "value": "v"}])
    moved = api("models.move", ids=[model], project_name=api.name("Contract moved models"))["project_id"]
    seen = api("models.get_by_id", model=model)["model"]
    assert (seen["name"], seen["tags"], seen["project"]) == ("renamed", ["at"], moved)
    assert seen["metadata"]["k"]["value"] == "v"
    assert api("models.delete_metadata", model=model, keys=["k"]) == {"updated": 1}
    assert api("models.get_by_id", model=model)["model"]["metadata"] == {}
    assert api("models.set_ready", model=model)["updated"] == 1
    assert api("models.get_by_id", model=model)["model"]["ready"] is True


@pytest.mark.parametrize("operation", ["models.update_for_task", "models.get_by_task_id"])
def test_calls_of_old_api_versions_say_what_came_instead(api: Api, operation: str) -> None:
    with pytest.raises(Refused) as refusal:
        api(operation, task="any")
    assert refusal.value.codes == (301, 1)


def test_a_model_has_values_of_its_own(api: Api, models: list[str]) -> None:
    model = models[0]
    event = {
        "type": "training_stats_scalar",
        "task": model,
        "model_event": True,
        "metric": "accuracy",
        "variant": "v",
    }
    rows = [{**event, "iter": number, "value": number / 4} for number in (1, 3)]
    assert api.lines("events.add_batch", rows)["added"] == 2
    seen = api("models.get_by_id", model=model)["model"]
    (metric,) = seen["last_metrics"].values()
    (value,) = metric.values()
    assert (value["value"], value["min_value"], seen["last_iteration"]) == (0.75, 0.25, 3)
    curves = api("events.scalar_metrics_iter_histogram", task=model, model_events=True)
    assert curves["accuracy"]["v"]["x"] == [1, 3]
    with pytest.raises(Refused, match="Invalid task id"):
        api("events.scalar_metrics_iter_histogram", task=model)
    api("models.set_ready", model=model)
    with pytest.raises(Refused, match="Invalid model id"):
        api.lines("events.add_batch", rows)
