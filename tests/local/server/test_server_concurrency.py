"""Many clients at once: every queue entry goes to one of them, in order, and no change is lost."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.error import HTTPError

import pytest
from server_calls import call

from clearml_hpo_app.local.server import ServerAddress

_CLIENTS = 8
_CHANGES = 24


def _task(server: ServerAddress, name: str) -> str:
    return str(call(server, "tasks.create", name=name, type="training")["id"])


def _in_parallel(act: Callable[[int], object], times: int, clients: int = _CLIENTS) -> list[object]:
    with ThreadPoolExecutor(clients) as pool:
        return list(pool.map(act, range(times)))


def _queue_with(server: ServerAddress, name: str, entries: int) -> tuple[str, list[str]]:
    queue = str(call(server, "queues.create", name=name)["id"])
    tasks = [_task(server, f"task {number}") for number in range(entries)]
    if tasks:
        call(server, "tasks.enqueue_many", ids=tasks, queue=queue)
    return queue, tasks


def _poll(server: ServerAddress, queue: str) -> list[str]:
    popped = []
    while entry := call(server, "queues.get_next_task", queue=queue):
        popped.append(entry["entry"]["task"])
    return popped


def test_every_entry_is_popped_exactly_once_and_in_order_by_parallel_pollers(server: ServerAddress) -> None:
    queue, tasks = _queue_with(server, "contended", 120)
    order = {task: place for place, task in enumerate(tasks)}
    start = threading.Barrier(32)
    popped: dict[int, list[str]] = {}

    def poll(number: int) -> None:
        start.wait(timeout=30)
        popped[number] = _poll(server, queue)

    _in_parallel(poll, 32, clients=32)
    assert Counter(task for own in popped.values() for task in own) == Counter(tasks)
    for own in popped.values():
        assert [order[task] for task in own] == sorted(order[task] for task in own)
    assert len([own for own in popped.values() if own]) > 1


def test_what_is_enqueued_while_others_poll_is_popped_once_and_in_its_order(server: ServerAddress) -> None:
    queue, _ = _queue_with(server, "busy queue", 0)
    made = [[_task(server, f"task {maker} {number}") for number in range(20)] for maker in range(3)]
    popped: list[str] = []
    done = threading.Event()

    def consume() -> None:
        while True:
            ended = done.is_set()
            found = _poll(server, queue)
            popped.extend(found)
            if ended and not found:
                return

    consumer = threading.Thread(target=consume)
    consumer.start()
    _in_parallel(lambda maker: [call(server, "tasks.enqueue", task=task, queue=queue) for task in made[maker]], 3)
    done.set()
    consumer.join(timeout=60)
    assert Counter(popped) == Counter(task for tasks in made for task in tasks)
    for tasks in made:
        assert [task for task in popped if task in tasks] == tasks


def test_parallel_changes_of_one_task_are_all_kept(server: ServerAddress) -> None:
    task = _task(server, "shared")

    def change(number: int) -> None:
        item = {"section": "properties", "name": f"p{number}", "value": str(number)}
        artifact = {"key": f"a{number}", "type": "json", "uri": f"http://files/{number}"}
        call(server, "tasks.edit_hyper_params", task=task, hyperparams=[item])
        call(server, "tasks.edit_runtime", task=task, add_or_update={f"r{number}": number})
        call(server, "tasks.update_tags", ids=[task], add_tags=[f"t{number}"])
        call(server, "tasks.add_or_update_artifacts", task=task, artifacts=[artifact])
        call(server, "tasks.edit_configuration", task=task, configuration=[{"name": f"c{number}", "value": "x"}])

    _in_parallel(change, _CHANGES)
    seen = call(server, "tasks.get_by_id", task=task)["task"]
    kept = (
        seen["hyperparams"]["properties"],
        seen["runtime"],
        seen["tags"],
        seen["execution"]["artifacts"],
        seen["configuration"],
    )
    assert [len(part) for part in kept] == [_CHANGES] * len(kept)


def test_parallel_reports_of_one_task_are_all_counted(server: ServerAddress) -> None:
    task = _task(server, "reporting")
    head = {"task": task, "type": "training_stats_scalar", "metric": "m", "variant": "v"}

    def report(number: int) -> None:
        call(server, "events.add", **head, iter=number, value=float(number))

    _in_parallel(report, _CHANGES)
    metrics = call(server, "tasks.get_by_id", task=task)["task"]["last_metrics"]
    (entry,) = (entry for variants in metrics.values() for entry in variants.values())
    assert (entry["count"], entry["min_value"], entry["max_value"]) == (_CHANGES, 0, _CHANGES - 1)
    assert len(call(server, "events.get_scalar_metric_data", task=task, metric="m")["events"]) == _CHANGES


@pytest.mark.parametrize("operation", ["tasks.started", "tasks.enqueue"])
def test_of_parallel_attempts_to_make_one_step_one_succeeds_or_all_agree(
    server: ServerAddress, operation: str
) -> None:
    """Enqueuing a task twice is refused, starting it twice is not; the queue has it once in any case."""
    queue, _ = _queue_with(server, f"queue for {operation}", 0)
    task = _task(server, "one step")
    body = {"queue": queue} if operation == "tasks.enqueue" else {}

    def attempt(_: int) -> bool:
        try:
            call(server, operation, task=task, **body)
        except HTTPError:
            return False
        return True

    succeeded = _in_parallel(attempt, _CLIENTS).count(True)
    assert succeeded == (1 if operation == "tasks.enqueue" else _CLIENTS)
    assert _poll(server, queue) == ([task] if operation == "tasks.enqueue" else [])
