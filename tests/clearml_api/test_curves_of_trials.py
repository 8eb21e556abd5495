"""Curves of many tasks in as few calls as the server allows."""

from typing import Any

from fake_session import Answer, client_of, ok

from clearml_hpo_app.clearml_api.scalars import TASKS_PER_CALL, read_curves
from clearml_hpo_app.objective import Objective

LOSS = Objective(title="val", series="loss", trend="min")


def curves(operation: str, body: Any) -> Answer:
    """Answer as a real server does: a task that never reported the metric is left out, points as they come."""
    assert operation == "events.multi_task_scalar_metrics_iter_histogram"
    assert body["metrics"] == [{"metric": "val", "variants": ["loss"]}]
    told = {task: {"name": task, "x": [3, 1], "y": [0.25, 1.5]} for task in body["tasks"] if task != "silent"}
    return ok({"metrics": {"val": {"loss": told}} if told else {}})


def test_a_curve_ascends_and_a_task_that_never_reported_has_an_empty_one():
    client, _ = client_of(curves)
    found = read_curves(client, ["one", "silent"], LOSS)
    assert found == {"one": [(1, 1.5), (3, 0.25)], "silent": ()}
    assert read_curves(client, ["silent"], LOSS) == {"silent": ()}


def test_a_call_is_made_for_each_hundred_of_tasks_and_none_for_no_task():
    client, session = client_of(curves)
    ids = [f"task{number}" for number in range(2 * TASKS_PER_CALL + 1)]
    assert list(read_curves(client, ids, LOSS)) == ids
    assert [len(body["tasks"]) for _, _, body in session.requests] == [100, 100, 1]
    assert read_curves(client, [], LOSS) == {}
    assert len(session.requests) == 3
