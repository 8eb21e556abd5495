"""Queues, workers, reports: what waits, who serves it, what is written down."""

import pytest
from api_calls import Api, Refused


def test_tasks_leave_a_queue_in_the_order_of_their_coming(api: Api) -> None:
    queue = api("queues.create", name=api.name("contract order"))["id"]
    tasks = [api.task() for _ in range(3)]
    api("tasks.enqueue_many", ids=tasks, queue=queue)
    assert api("queues.get_num_entries", queue=queue) == {"num": 3}
    assert [api("queues.get_next_task", queue=queue)["entry"]["task"] for _ in tasks] == tasks
    assert api("queues.get_next_task", queue=queue) == {}


def test_a_popped_task_stays_queued_and_may_be_queued_again(api: Api) -> None:
    queue, task = api("queues.create", name=api.name("contract popped"))["id"], api.task()
    api("tasks.enqueue", task=task, queue=queue)
    with pytest.raises(Refused) as refusal:
        api("tasks.enqueue", task=task, queue=queue)
    assert refusal.value.codes == (400, 706)
    api("queues.get_next_task", queue=queue)
    assert api.read(task)["status"] == "queued"
    assert api("tasks.enqueue", task=task, queue=queue)["fields"]["enqueue_status"] == "created"


def test_a_task_that_moves_to_another_queue_leaves_the_first(api: Api) -> None:
    one, two = (api("queues.create", name=api.name(f"contract move {n}"))["id"] for n in (1, 2))
    task = api.task()
    api("tasks.enqueue", task=task, queue=one)
    api("tasks.enqueue", task=task, queue=two)
    assert (api("queues.get_num_entries", queue=one)["num"], api("queues.get_num_entries", queue=two)["num"]) == (
        0,
        1,
    )


def test_a_dequeued_task_returns_to_the_status_before(api: Api) -> None:
    task = api.task()
    api("tasks.started", task=task)
    api("tasks.stopped", task=task)
    api("tasks.enqueue", task=task, queue_name=api.name("contract dequeue"))
    assert api("tasks.dequeue", task=task)["fields"]["status"] == "stopped"


def test_deleting_a_queue_sends_its_tasks_back(api: Api) -> None:
    queue, task = api("queues.create", name=api.name("contract deleted"))["id"], api.task()
    api("tasks.enqueue", task=task, queue=queue)
    with pytest.raises(Refused, match="Queue is not empty"):
        api("queues.delete", queue=queue)
    api("queues.delete", queue=queue, force=True)
    seen = api.read(task)
    assert (seen["status"], seen["status_reason"]) == ("created", f"Queue {queue} was deleted")


def test_a_worker_shows_what_it_runs_until_it_reports_otherwise(api: Api) -> None:
    queue, task = api("queues.create", name=api.name("contract worker"))["id"], api.task("run by it")
    api("workers.register", worker="contract:1", queues=[queue])
    api("workers.status_report", worker="contract:1", task=task, timestamp=1, queues=[queue])

    def mine() -> dict[str, object]:
        workers = api("workers.get_all", last_seen=3600)["workers"]
        return next(dict(worker) for worker in workers if worker["id"] == "contract:1")

    assert mine()["task"] == {"id": task, "name": "run by it", "running_time": 0, "last_iteration": 0}
    assert api("queues.get_all_ex", id=[queue])["queues"][0]["workers"][0]["name"] == "contract:1"
    api("workers.status_report", worker="contract:1", timestamp=2, machine_stats={"disk_free_home": 79.9})
    assert "task" not in mine()
    api("workers.unregister", worker="contract:1")
    api("workers.unregister", worker="contract:1")


def test_the_agents_question_for_runtime_properties_is_answered_as_by_open_source(api: Api) -> None:
    with pytest.raises(
        Refused, match=r"Unable to find endpoint for name workers\.get_runtime_properties"
    ) as refusal:
        api("workers.get_runtime_properties", worker="contract:1")
    assert refusal.value.codes == (404, 0)


def test_a_report_is_written_changed_listed_and_deleted(api: Api) -> None:
    project = api("projects.create", name=api.name("Contract reports"))["id"]
    report = api("reports.create", name="a report", report="# One", project=project)
    api("reports.update", task=report["id"], report="# Two")
    listed = api("reports.get_all_ex", project=[project], only_fields=["id", "report", "type"])["tasks"]
    assert listed == [{"id": report["id"], "report": "# Two", "type": "report"}]
    assert api("tasks.get_all", project=[report["project_id"]])["tasks"] == []
    api("reports.delete", task=report["id"])
    with pytest.raises(Refused, match="Invalid task id"):
        api("reports.update", task=report["id"], report="# Three")


def test_a_model_is_made_changed_listed_and_deleted(api: Api) -> None:
    task = api.task()
    model = api("models.create", name="a model", uri="file:///m", task=task, ready=False)["id"]
    api("models.edit", model=model, uri="file:///n", labels={"cat": 1})
    listed = api("models.get_all", task=[task], only_fields=["id", "uri", "ready"])["models"]
    assert listed == [{"id": model, "uri": "file:///n", "ready": False}]
    api("models.delete", model=model)
    with pytest.raises(Refused, match="Invalid model id"):
        api("models.get_by_id", model=model)


def test_a_project_makes_those_above_it_and_goes_with_them(api: Api) -> None:
    tree = api.name("Contract tree")
    leaf = api("projects.create", name=f"{tree}/mid/leaf")["id"]
    root = api("projects.get_all", name=f"^{tree}$", only_fields=["id"])["projects"][0]["id"]
    assert len(api("projects.get_by_id", project=leaf)["project"]["path"]) == 2
    task = api.task(project=leaf)
    with pytest.raises(Refused, match="Project has associated tasks"):
        api("projects.delete", project=root)
    assert api("projects.delete", project=root, force=True)["deleted"] == 3
    assert "project" not in api.read(task)


def test_only_a_stop_takes_a_task_out_of_its_queue(api: Api) -> None:
    queue = api("queues.create", name="contract stops")["id"]
    ended, stopped = api.task(), api.task()
    for task in (ended, stopped):
        api("tasks.enqueue", task=task, queue=queue)
    api("tasks.stopped", task=ended)
    api("tasks.stop", task=stopped)
    assert [entry["task"] for entry in api("queues.get_by_id", queue=queue)["queue"]["entries"]] == [ended]
