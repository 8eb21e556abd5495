"""What is done with many tasks at once: read, clone, enqueue, stop, archive; ids in, one call out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from clearml_hpo_app.clearml_api import queues
from clearml_hpo_app.clearml_api.client import Client
from clearml_hpo_app.clearml_api.rows import PROPERTIES, TaskRow, child_fields, poll_fields, read_row, read_time
from clearml_hpo_app.errors import RequestRefused
from clearml_hpo_app.objective import Objective

PAGE = 500
"""Rows that the server gives at most per call."""

ALREADY_QUEUED = 706
UNKNOWN_TASK = 101


@dataclass(frozen=True)
class CloneOrder:
    """One clone to make, everything in one call.

    Attributes:
        hyperparameters: Whole sections (they replace the base task's), each name with its item.
        project: Id of the project, or empty; then `project_name` says it, or else it is the base task's.
        container: What differs from the base task's container, empty for nothing.
    """

    base: str
    name: str
    comment: str
    parent: str
    tags: Sequence[str]
    hyperparameters: Mapping[str, Mapping[str, Mapping[str, str]]]
    project: str = ""
    container: Mapping[str, str] = field(default_factory=dict)


def get_rows(client: Client, ids: Sequence[str], objectives: Sequence[Objective]) -> dict[str, TaskRow]:
    """Return the rows of the tasks `ids` by id; one that is missing was deleted. No ids, no call.

    API: https://clear.ml/docs/latest/docs/references/api/tasks (`get_all`). An empty id list would mean
    every task of the server, so it is never sent.
    """
    rows: dict[str, TaskRow] = {}
    for chunk in _chunks(ids):
        answer = client.call(
            "tasks.get_all",
            id=chunk,
            only_fields=poll_fields(objectives),
            order_by=["created"],
            page=0,
            page_size=PAGE,
            search_hidden=True,
        )
        rows.update((raw["id"], read_row(raw, objectives)) for raw in answer["tasks"])
    return rows


def get_children(
    client: Client, parent: str, objectives: Sequence[Objective], *, since: datetime | None = None
) -> list[TaskRow]:
    """Return the rows of all children of task `parent`, archived ones included, the oldest first.

    With `since`, only of those that the server has heard of since that moment, and with their hyperparameters.
    """
    rows: list[TaskRow] = []
    fields = [*child_fields(objectives), *(() if since is None else ["hyperparams"])]
    filters = {} if since is None else {"last_update": [f">={since.isoformat(timespec='milliseconds')}"]}
    while True:
        answer = client.call(
            "tasks.get_all",
            parent=[parent],
            **filters,
            only_fields=fields,
            order_by=["created", "id"],
            page=len(rows) // PAGE,
            page_size=PAGE,
            search_hidden=True,
        )
        rows += [read_row(raw, objectives) for raw in answer["tasks"]]
        if len(answer["tasks"]) < PAGE:
            return rows


def get_task(client: Client, task_id: str) -> dict[str, Any]:
    """Return the whole JSON of one task; for the base task and the controller, never for trials.

    Raises:
        RequestRefused: There is no such task (`subcode` 101).
    """
    return dict(client.call("tasks.get_by_id", task=task_id)["task"])


def whole_rows(client: Client, ids: Sequence[str], fields: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return some fields of tasks as the server has them, by id; deleted ones are missing. No ids, no call."""
    rows: dict[str, dict[str, Any]] = {}
    for chunk in _chunks(ids):
        answer = client.call(
            "tasks.get_all",
            id=chunk,
            only_fields=["id", *fields],
            order_by=["created"],
            page=0,
            page_size=PAGE,
            search_hidden=True,
        )
        rows.update((str(raw["id"]), raw) for raw in answer["tasks"])
    return rows


def find_task(client: Client, task_id: str) -> dict[str, Any] | None:
    """Return the whole JSON of one task, `None` when the server has none of this id."""
    try:
        return get_task(client, task_id)
    except RequestRefused as error:
        if error.subcode == UNKNOWN_TASK:
            return None
        raise


def metric_names(client: Client, task_id: str) -> list[str]:
    """Return the names (`title/series`) of the scalars that a task reported, sorted; monitoring is left out."""
    answer = client.call("tasks.get_all", id=[task_id], only_fields=["last_metrics"], search_hidden=True)
    return sorted(
        f"{series['metric']}/{series['variant']}"
        for raw in answer["tasks"]
        for by_series in (raw.get("last_metrics") or {}).values()
        for series in by_series.values()
        if not str(series["metric"]).startswith(":monitor:")
    )


def clone(client: Client, order: CloneOrder) -> str:
    """Make one clone and return its id."""
    body: dict[str, Any] = {
        "task": order.base,
        "new_task_name": order.name,
        "new_task_comment": order.comment,
        "new_task_parent": order.parent,
        "new_task_tags": list(order.tags),
        "new_task_system_tags": [],
        "new_task_hyperparams": order.hyperparameters,
    }
    if order.project:
        body["new_task_project"] = order.project
    if order.container:
        body["new_task_container"] = dict(order.container)
    return str(client.call("tasks.clone", **body)["id"])


def edit_draft(client: Client, task_id: str, **fields: Any) -> None:
    """Change fields of a task that was created and not queued yet (`output_dest`, `script`)."""
    client.call("tasks.edit", task=task_id, **fields)


def enqueue(client: Client, ids: Sequence[str], queue: str, reason: str) -> dict[str, str]:
    """Put tasks into the queue with the id `queue`; return why, for those that could not be, by id.

    A task that is in the queue already counts as enqueued.

    Raises:
        RequestRefused: There is no such queue (`subcode` 701).
    """
    refused: dict[str, str] = {}
    for chunk in _chunks(ids):
        answer = client.call("tasks.enqueue_many", ids=chunk, queue=queue, status_reason=reason)
        for done in answer.get("succeeded", []):
            moment = read_time((done.get("fields") or {}).get("status_changed"))
            if moment is not None:
                client.observe_server_time(moment)
        if any(failure["error"]["codes"][-1] == queues.UNKNOWN_QUEUE for failure in answer.get("failed", [])):
            raise RequestRefused("tasks.enqueue_many", f"There is no queue {queue!r}.", 400, queues.UNKNOWN_QUEUE)
        refused.update(_failures(answer, ignored={ALREADY_QUEUED}))
    return refused


def dequeue(client: Client, ids: Sequence[str], reason: str) -> dict[str, str]:
    """Make drafts of tasks that wait; return failures by id.

    Of tasks that `queues.remove` took off their queue only: this makes a draft of a running one as well.
    """
    return _many(client, "tasks.dequeue_many", ids, status_reason=reason)


def stop(client: Client, ids: Sequence[str], reason: str) -> dict[str, str]:
    """Ask the workers of running tasks to end them, and take queued ones off; return failures by id."""
    return _many(client, "tasks.stop_many", ids, status_reason=reason)


def stopped(client: Client, task_id: str, reason: str, message: str, *, draft: bool = False) -> None:
    """Declare one task stopped at once, without waiting for its worker.

    One that ended in the meantime keeps its status; `draft` is for a task that was never queued.

    Raises:
        RequestRefused: It is in no status that can be stopped (`subcode` 110), or there is none (101).
    """
    client.call("tasks.stopped", task=task_id, status_reason=reason, status_message=message, force=draft)


def archive(client: Client, ids: Sequence[str], reason: str, message: str) -> dict[str, str]:
    """Give tasks the `archived` tag; their status texts are passed again, or the server would erase them."""
    return _many(client, "tasks.archive_many", ids, status_reason=reason, status_message=message)


def unarchive(client: Client, ids: Sequence[str], reason: str, message: str) -> dict[str, str]:
    """Take the `archived` tag off again; the status texts as with `archive`."""
    return _many(client, "tasks.unarchive_many", ids, status_reason=reason, status_message=message)


def delete_draft(client: Client, task_id: str) -> None:
    """Delete a task that never started; a task in any other state is refused by the server."""
    client.call("tasks.delete", task=task_id, force=False)


def edit_parameters(client: Client, task_id: str, items: Sequence[Mapping[str, str]]) -> None:
    """Write hyperparameters of a draft (`item`); the others stay."""
    client.call("tasks.edit_hyper_params", task=task_id, hyperparams=list(items), replace_hyperparams="none")


def write_properties(client: Client, task_id: str, texts: Mapping[str, str]) -> None:
    """Write user properties of one task, in whatever status it is; others of its properties stay."""
    client.call(
        "tasks.edit_hyper_params",
        task=task_id,
        hyperparams=[item(PROPERTIES, name, text) for name, text in texts.items()],
        replace_hyperparams="none",
    )


def delete_properties(client: Client, task_id: str, names: Iterable[str]) -> None:
    """Remove user properties of one task."""
    client.call(
        "tasks.delete_hyper_params",
        task=task_id,
        hyperparams=[{"section": PROPERTIES, "name": name} for name in names],
    )


def item(section: str, name: str, text: str, *, kind: str = "str", description: str = "") -> dict[str, str]:
    """Return one hyperparameter as ClearML stores it."""
    return {"section": section, "name": name, "value": text, "type": kind, "description": description}


def _many(client: Client, operation: str, ids: Sequence[str], **body: Any) -> dict[str, str]:
    refused: dict[str, str] = {}
    for chunk in _chunks(ids):
        refused.update(_failures(client.call(operation, ids=chunk, **body)))
    return refused


def _failures(answer: Mapping[str, Any], ignored: frozenset[int] | set[int] = frozenset()) -> dict[str, str]:
    return {
        str(failure["id"]): str(failure["error"]["msg"])
        for failure in answer.get("failed", [])
        if failure["error"]["codes"][-1] not in ignored
    }


def _chunks(ids: Sequence[str]) -> Iterator[list[str]]:
    return (list(ids[start : start + PAGE]) for start in range(0, len(ids), PAGE))
