"""What a later look at the children of a task reads, and what it still shows."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from fake_session import Answer, FakeSession, client_of, ok

from clearml_hpo_app.clearml_api.children import NEWEST, SETTLED_AFTER, Children
from clearml_hpo_app.objective import Objective

LOSS = (Objective(title="val", series="loss", trend="min"),)


@dataclass
class Table:
    """A server with children of one task, in the order in which they were made."""

    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, *numbers: int, status: str = "in_progress", ago: timedelta = timedelta(0)) -> None:
        moment = (datetime.now(timezone.utc) - ago).isoformat()
        for number in numbers:
            key = f"task{number}"
            self.tasks[key] = {"id": key, "status": status, "last_update": moment}

    def __call__(self, operation: str, body: Any) -> Answer:
        if "id" in body:
            return ok({"tasks": [self.tasks[key] for key in body["id"] if key in self.tasks]})
        found = list(self.tasks.values())
        if body["order_by"] == ["-created"]:
            found.reverse()
        start = body["page"] * body["page_size"]
        return ok({"tasks": found[start : start + body["page_size"]]})


@pytest.fixture
def table() -> Table:
    return Table()


def looking(table: Table) -> tuple[Children, FakeSession]:
    client, session = client_of(table)
    return Children(client, "parent", LOSS), session


def statuses(children: Children) -> dict[str, str]:
    return {row.id: row.status for row in children.look()}


def test_a_later_look_at_ten_thousand_children_reads_the_active_and_the_newest(table: Table) -> None:
    table.add(*range(10_000), status="completed", ago=timedelta(hours=1))
    table.add(10_000, 10_001)
    children, session = looking(table)
    assert len(children.look()) == 10_002
    session.requests.clear()
    assert len(children.look()) == 10_002
    active, newest = session.bodies("tasks.get_all")
    assert active["id"] == ["task10000", "task10001"]
    assert (newest["page"], newest["page_size"]) == (0, NEWEST)


def test_a_later_look_shows_changes_of_active_children_and_new_ones_in_their_order(table: Table) -> None:
    table.add(0, status="completed", ago=timedelta(hours=1))
    table.add(1, 2)
    children, _ = looking(table)
    children.look()
    table.add(1, status="completed")
    table.add(3, 4)
    assert list(statuses(children).items()) == [
        ("task0", "completed"),
        ("task1", "completed"),
        ("task2", "in_progress"),
        ("task3", "in_progress"),
        ("task4", "in_progress"),
    ]


@pytest.mark.parametrize("count", [NEWEST - 1, NEWEST, 3 * NEWEST + 1])
def test_new_children_are_found_however_many_there_are(table: Table, count: int) -> None:
    table.add(0, status="completed", ago=timedelta(hours=1))
    children, _ = looking(table)
    children.look()
    table.add(*range(1, count + 1))
    assert list(statuses(children)) == [f"task{number}" for number in range(count + 1)]


def test_an_active_child_that_is_deleted_is_gone(table: Table) -> None:
    table.add(0, 1)
    children, _ = looking(table)
    children.look()
    del table.tasks["task0"]
    assert list(statuses(children)) == ["task1"]


@pytest.mark.parametrize(("ago", "seen"), [(timedelta(0), "1"), (2 * SETTLED_AFTER, "0")])
def test_a_child_is_read_again_for_a_while_after_its_end(table: Table, ago: timedelta, seen: str) -> None:
    table.add(0, status="completed", ago=ago)
    table.tasks["task0"]["name"] = "0"
    children, _ = looking(table)
    children.look()
    table.tasks["task0"]["name"] = "1"
    assert [row.name for row in children.look()] == [seen]


def test_the_first_children_are_found_by_a_look_that_came_too_early(table: Table) -> None:
    children, _ = looking(table)
    assert children.look() == []
    table.add(0)
    assert list(statuses(children)) == ["task0"]
