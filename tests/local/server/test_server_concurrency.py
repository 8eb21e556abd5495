"""Many clients at once: every queue entry goes to one of them, and no change is lost."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from server_calls import call

from clearml_hpo_app.local.server import ServerAddress


def test_every_entry_is_popped_exactly_once_by_parallel_pollers(server: ServerAddress) -> None:
    queue = call(server, "queues.create", name="contended")["id"]
    tasks = [call(server, "tasks.create", name=f"task {n}", type="training")["id"] for n in range(60)]
    call(server, "tasks.enqueue_many", ids=tasks, queue=queue)

    def poll(_: int) -> list[str]:
        popped = []
        while entry := call(server, "queues.get_next_task", queue=queue):
            popped.append(entry["entry"]["task"])
        return popped

    with ThreadPoolExecutor(8) as pool:
        popped = [task for tasks in pool.map(poll, range(8)) for task in tasks]
    assert Counter(popped) == Counter(tasks)


def test_parallel_changes_of_one_task_are_all_kept(server: ServerAddress) -> None:
    task = call(server, "tasks.create", name="shared", type="training")["id"]

    def change(number: int) -> None:
        item = {"section": "properties", "name": f"p{number}", "value": str(number)}
        call(server, "tasks.edit_hyper_params", task=task, hyperparams=[item])
        call(server, "tasks.edit_runtime", task=task, add_or_update={f"r{number}": number})
        call(server, "tasks.update_tags", ids=[task], add_tags=[f"t{number}"])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(change, range(24)))
    seen = call(server, "tasks.get_by_id", task=task)["task"]
    assert len(seen["hyperparams"]["properties"]) == len(seen["runtime"]) == len(seen["tags"]) == 24
