"""Batches: ids in, as few calls as the server's pages allow, and never a call about nothing."""

from typing import Any

import pytest
from fake_session import Answer, client_of, ok, refused

from clearml_hpo_app.clearml_api import tasks
from clearml_hpo_app.objective import Objective

LOSS = (Objective(title="val", series="loss", trend="min"),)
IDS = [f"task{number}" for number in range(1001)]


def rows(operation: str, body: Any) -> Answer:
    return ok({"tasks": [{"id": key, "status": "queued"} for key in body["id"]]})


def test_no_ids_no_call():
    client, session = client_of(ok({}))
    assert tasks.get_rows(client, [], LOSS) == {}
    assert tasks.enqueue(client, [], "queue", "why") == {}
    assert tasks.stop(client, [], "why") == tasks.archive(client, [], "r", "m") == {}
    assert session.requests == []


def test_rows_are_asked_for_in_pages_of_five_hundred():
    client, session = client_of(rows)
    found = tasks.get_rows(client, IDS, LOSS)
    assert list(found) == IDS
    assert [len(body["id"]) for body in session.bodies("tasks.get_all")] == [500, 500, 1]
    assert all(len(body["only_fields"]) < 25 for body in session.bodies("tasks.get_all"))


@pytest.mark.parametrize("count", [0, 499, 500, 501, 1000])
def test_children_are_read_to_the_last_page_in_a_given_order(count: int):
    def page(operation: str, body: Any) -> Answer:
        start = body["page"] * body["page_size"]
        found = [{"id": key} for key in IDS[:count][start : start + body["page_size"]]]
        return ok({"tasks": found})

    client, session = client_of(page)
    assert [row.id for row in tasks.get_children(client, "parent", LOSS)] == IDS[:count]
    assert {tuple(body["order_by"]) for body in session.bodies("tasks.get_all")} == {("created", "id")}
    assert len(session.requests) == count // 500 + 1


def test_refusals_of_single_tasks_are_told_by_id_and_one_that_waits_already_is_none():
    failed = [
        {"id": "gone", "error": {"codes": [400, 101], "msg": "Invalid task id"}},
        {"id": "there", "error": {"codes": [400, 706], "msg": "already queued"}},
    ]
    answer = ok({"succeeded": [], "failed": failed})
    assert tasks.enqueue(client_of(answer)[0], ["gone", "there"], "q", "why") == {"gone": "Invalid task id"}
    assert tasks.stop(client_of(answer)[0], ["gone", "there"], "why").keys() == {"gone", "there"}


def test_the_answer_to_enqueueing_tells_the_servers_time():
    done = {"id": "a", "fields": {"status_changed": "2031-01-01T00:00:00.000000+00:00"}}
    client, _ = client_of(ok({"succeeded": [done]}))
    tasks.enqueue(client, ["a"], "q", "why")
    assert client.now().year == 2031


def test_archiving_passes_the_status_texts_again():
    client, session = client_of(ok({}))
    tasks.archive(client, ["a"], "reason", "message")
    tasks.unarchive(client, ["a"], "reason", "message")
    texts = {"ids": ["a"], "status_reason": "reason", "status_message": "message"}
    assert [body for _, _, body in session.requests] == [texts, texts]


def test_a_clone_says_everything_in_one_call():
    client, session = client_of(ok({"id": "new"}))
    order = tasks.CloneOrder("base", "name", "comment", "parent", ["tag"], {"Args": {}}, "project", {"image": "i"})
    assert tasks.clone(client, order) == "new"
    assert session.bodies("tasks.clone") == [
        {
            "task": "base",
            "new_task_name": "name",
            "new_task_comment": "comment",
            "new_task_parent": "parent",
            "new_task_tags": ["tag"],
            "new_task_system_tags": [],
            "new_task_hyperparams": {"Args": {}},
            "new_task_project": "project",
            "new_task_container": {"image": "i"},
        }
    ]


def test_a_task_that_is_not_there_is_none_and_other_refusals_are_raised():
    assert tasks.find_task(client_of(refused(400, 101, "Invalid task id"))[0], "gone") is None
    with pytest.raises(tasks.RequestRefused, match="not yours"):
        tasks.find_task(client_of(refused(403, 1, "not yours"))[0], "gone")


def test_only_a_draft_is_stopped_by_force():
    client, session = client_of(ok({}))
    tasks.stopped(client, "a", "r", "m")
    tasks.stopped(client, "a", "r", "m", draft=True)
    assert [body["force"] for body in session.bodies("tasks.stopped")] == [False, True]
