"""Events as they were reported, and how they are deleted."""

import json

import pytest
from api_calls import Api


@pytest.fixture
def told(api: Api) -> str:
    """A task with three iterations of a scalar, a plot and an image."""
    task = api.task("tells much")
    for number in range(3):
        common = {"task": task, "iter": number, "variant": "v"}
        plot = json.dumps({"data": [{"y": [number]}], "layout": {}})
        api.lines(
            "events.add_batch",
            [
                {**common, "type": "training_stats_scalar", "metric": "loss", "value": number / 2},
                {**common, "type": "plot", "metric": "curve", "plot_str": plot},
                {**common, "type": "training_debug_image", "metric": "img", "url": f"http://x/{number}.png"},
            ],
        )
    return task


def test_the_points_of_a_metric_are_read_as_they_were_reported(api: Api, told: str) -> None:
    data = api("events.get_scalar_metric_data", task=told, metric="loss")
    assert sorted((event["iter"], event["value"]) for event in data["events"]) == [(0, 0.0), (1, 0.5), (2, 1.0)]
    (latest,) = api("events.get_task_latest_scalar_values", task=told)["metrics"]
    assert (latest["name"], latest["variants"][0]["last_value"]) == ("loss", 1.0)


def test_events_are_deleted_all_or_only_the_log(api: Api, told: str) -> None:
    api("events.add", type="log", task=told, msg="said", level="info")
    assert api("events.clear_task_log", task=told) == {"deleted": 1}
    assert api("events.clear_scroll", scroll_id="any") == {}
    assert api("events.get_task_events", task=told, event_type="plot")["returned"] == 3
    assert api("events.delete_for_task", task=told)["deleted"] == 9
    assert api("events.get_task_events", task=told)["events"] == []
