"""Events: what is stored, what a task remembers, what is read back."""

import hashlib
from typing import Any

import pytest
from api_calls import Api, Refused


def _scalar(task: str, iteration: int, value: Any, metric: str = "m", variant: str = "v") -> dict[str, Any]:
    return {
        "type": "training_stats_scalar",
        "task": task,
        "metric": metric,
        "variant": variant,
        "iter": iteration,
        "value": value,
    }


def _entry(api: Api, task: str, metric: str = "m", variant: str = "v") -> dict[str, Any]:
    keys = [hashlib.md5(name.encode(), usedforsecurity=False).hexdigest() for name in (metric, variant)]
    entry: dict[str, Any] = api.read(task)["last_metrics"][keys[0]][keys[1]]
    return entry


def test_the_last_value_is_that_of_the_highest_iteration_of_the_last_batch(api: Api) -> None:
    task = api.task()
    api.lines("events.add_batch", [_scalar(task, n, float(9 - n)) for n in range(8)])
    api.lines("events.add_batch", [_scalar(task, 3, -99)])
    entry = _entry(api, task)
    assert (entry["value"], entry["min_value"], entry["max_value"], entry["count"]) == (-99, -99, 9.0, 9)
    assert api.read(task)["last_iteration"] == 7


def test_a_machine_monitor_does_not_move_the_iteration(api: Api) -> None:
    task = api.task()
    api.lines("events.add_batch", [_scalar(task, 99, 1.0, ":monitor:machine", "cpu")])
    assert api.read(task)["last_iteration"] == 0


def test_a_value_that_is_no_number_refuses_the_call_but_keeps_the_good_events(api: Api) -> None:
    task = api.task()
    with pytest.raises(Refused) as refusal:
        api.lines("events.add_batch", [_scalar(task, 0, 1.0, "good"), _scalar(task, 0, float("nan"), "bad")])
    assert refusal.value.codes == (500, 100)
    assert set(api("events.scalar_metrics_iter_histogram", task=task)) == {"good"}
    assert api.read(task)["last_metrics"] == {}


def test_good_events_of_a_mixed_batch_are_taken_and_the_others_counted(api: Api) -> None:
    task = api.task()
    rows = [_scalar(task, 0, 1.0), {"type": "nope", "task": task}, _scalar("nope", 0, 1.0)]
    answer = api.lines("events.add_batch", rows)
    assert answer == {
        "added": 1,
        "errors": 2,
        "errors_info": {"Invalid event type nope": 1, "Invalid task id nope": 1},
    }


def test_curves_are_32_bit_and_averaged_to_the_asked_number_of_points(api: Api) -> None:
    task = api.task()
    api.lines("events.add_batch", [_scalar(task, n, 0.1) for n in range(100)])
    curve = api("events.scalar_metrics_iter_histogram", task=task, samples=10)["m"]["v"]
    assert curve["x"] == list(range(0, 100, 10))
    assert curve["y"] == pytest.approx([0.10000000149011612] * 10)
    many = api("events.multi_task_scalar_metrics_iter_histogram", tasks=[task], samples=1)["metrics"]
    assert many["m"]["v"][task]["x"] == [0]


def test_the_log_is_read_from_the_end_or_on_from_a_time(api: Api) -> None:
    task = api.task()
    rows = [{"type": "log", "task": task, "msg": f"line {n}", "timestamp": 1000 + n} for n in range(6)]
    api.lines("events.add_batch", rows)

    def read(**query: Any) -> list[str]:
        return [event["msg"][-1] for event in api("events.get_task_log", task=task, **query)["events"]]

    assert read(batch_size=2) == ["5", "4"]
    assert read(batch_size=2, order="asc") == ["4", "5"]
    assert read(batch_size=2, navigate_earlier=False) == ["0", "1"]
    assert read(navigate_earlier=False, from_timestamp=1003) == ["4", "5"]
    assert read(navigate_earlier=True, from_timestamp=1002) == ["1", "0"]


def test_a_plot_is_replaced_at_its_iteration_and_the_newest_is_shown(api: Api) -> None:
    task = api.task()
    plot = {"type": "plot", "task": task, "metric": "figure", "variant": "one"}
    for iteration, text in ((0, "{}"), (0, '{"data": []}'), (1, '{"data": [1]}')):
        api.lines("events.add_batch", [{**plot, "iter": iteration, "plot_str": text}])
    shown = api("events.get_task_plots", task=task)["plots"]
    assert [(event["iter"], event["plot_str"]) for event in shown] == [(1, '{"data": [1]}')]
    assert len(api("events.get_task_plots", task=task, iters=5)["plots"]) == 2


def test_single_values_are_on_no_curve(api: Api) -> None:
    task = api.task()
    api.lines("events.add_batch", [_scalar(task, -(2**31), 0.5, "Summary", "final")])
    values = api("events.get_task_single_value_metrics", tasks=[task])["tasks"][0]["values"]
    assert [(value["variant"], value["value"]) for value in values] == [("final", 0.5)]
    assert api("events.scalar_metrics_iter_histogram", task=task) == {}


def test_a_published_task_takes_events_only_on_request(api: Api) -> None:
    task = api.task()
    api("tasks.started", task=task)
    api("tasks.completed", task=task, publish=True)
    with pytest.raises(Refused, match="Events not added"):
        api.lines("events.add_batch", [_scalar(task, 0, 1.0)])
    api.lines("events.add_batch", [{**_scalar(task, 0, 1.0), "allow_locked": True}])


def test_debug_images_are_scrolled_from_the_newest_iteration_to_the_first(api: Api) -> None:
    task = api.task()
    image = {
        "type": "training_debug_image",
        "task": task,
        "metric": "img",
        "variant": "a",
        "url": "http://x/y.png",
    }
    api.lines("events.add_batch", [{**image, "iter": number} for number in range(3)])
    asked = {"metrics": [{"task": task, "metric": "img"}], "iters": 2}
    first = api("events.debug_images", **asked)
    second = api("events.debug_images", **asked, scroll_id=first["scroll_id"])
    third = api("events.debug_images", **asked, scroll_id=first["scroll_id"])
    pages = [page["metrics"][0]["iterations"] for page in (first, second, third)]
    assert [[row["iter"] for row in page] for page in pages] == [[2, 1], [0], []]
    assert [event["url"] for event in pages[1][0]["events"]] == ["http://x/y.png"]
