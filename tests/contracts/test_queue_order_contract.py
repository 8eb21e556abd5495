"""A queue's order and notes, as the web UI changes them."""

from collections.abc import Callable

import pytest
from api_calls import Api, Refused

Line = tuple[str, list[str], Callable[[], list[int]]]


@pytest.fixture
def line(api: Api) -> Line:
    """A queue with four tasks, and what tells their order by number."""
    queue = api("queues.create", name=api.name("contract order"))["id"]
    tasks = [api.task(f"number {number}") for number in range(4)]
    for task in tasks:
        assert api("queues.add_task", queue=queue, task=task) == {"added": 1}

    def order() -> list[int]:
        entries = api("queues.get_by_id", queue=queue)["queue"]["entries"]
        return [tasks.index(entry["task"]) for entry in entries]

    return queue, tasks, order


def test_a_task_is_moved_within_its_queue(api: Api, line: Line) -> None:
    queue, tasks, order = line
    assert api("queues.move_task_forward", queue=queue, task=tasks[3], count=2) == {"position": 1}
    assert order() == [0, 3, 1, 2]
    assert api("queues.move_task_backward", queue=queue, task=tasks[3], count=10) == {"position": 3}
    assert api("queues.move_task_to_front", queue=queue, task=tasks[2]) == {"position": 0}
    assert api("queues.move_task_to_back", queue=queue, task=tasks[0]) == {"position": 3}
    assert order() == [2, 1, 3, 0]
    assert api("queues.peek_task", queue=queue) == {"task": tasks[2]}


def test_taking_a_task_out_of_a_queue_leaves_its_status_alone(api: Api, line: Line) -> None:
    queue, tasks, order = line
    assert api.read(tasks[1])["status"] == "created"
    assert api("queues.remove_task", queue=queue, task=tasks[1]) == {"removed": 1}
    assert order() == [0, 2, 3]
    with pytest.raises(Refused) as refusal:
        api("queues.remove_task", queue=queue, task=tasks[1])
    assert refusal.value.codes == (400, 703)


def test_a_cleared_queue_names_what_it_held(api: Api, line: Line) -> None:
    queue, tasks, order = line
    assert sorted(api("queues.clear_queue", queue=queue)["removed_tasks"]) == sorted(tasks)
    assert (order(), api("queues.peek_task", queue=queue)) == ([], {"task": None})


def test_a_queue_carries_notes_and_may_be_renamed(api: Api) -> None:
    queue = api("queues.create", name=api.name("contract notes"))["id"]
    note = {"key": "m", "type": "str", "value": "1"}
    api("queues.add_or_update_metadata", queue=queue, metadata=[note])
    assert api("queues.get_by_id", queue=queue)["queue"]["metadata"] == {"m": note}
    assert api("queues.delete_metadata", queue=queue, keys=["m"]) == {"updated": 1}
    name = api.name("contract renamed")
    changed = api("queues.update", queue=queue, name=name, tags=["n"])
    assert changed == {"updated": 1, "fields": {"name": name, "tags": ["n"]}}
    seen = api("queues.get_by_id", queue=queue)["queue"]
    assert (seen["name"], seen["metadata"]) == (name, {})


def test_the_default_queue_is_one(api: Api) -> None:
    assert api("queues.get_default") == api("queues.get_default")
    assert api("queues.get_default")["name"] == "default"
