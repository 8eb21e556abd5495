"""Every filter that SDK, agent and application use finds its rows by an index (EXPLAIN QUERY PLAN)."""

import importlib
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from clearml_hpo_app.local.server.catalog import TASKS
from clearml_hpo_app.local.server.database import Database
from clearml_hpo_app.local.server.identity import Caller
from clearml_hpo_app.local.server.keys import Keys
from clearml_hpo_app.local.server.registry import OPERATIONS, Call
from clearml_hpo_app.local.server.scrolls import Scrolls
from clearml_hpo_app.local.server.services.queues import model
from clearml_hpo_app.local.server.services.tasks.record import blank

_CALLER = Caller("company", "user")
_NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)
_VALUE = "last_metrics.a.b.min_value"
# Few rows of few bytes: there, reading all of them is what is quickest.
_SMALL = ("SCAN projects", "SCAN queues", "SCAN workers", "SCAN json_each")

_FILTERS: list[dict[str, Any]] = [
    {"id": ["a"]},
    {"id": ["a", "b"]},
    {"id": ["a"] * 30},
    {"id": ["a"], "status": ["queued", "in_progress"]},
    {"parent": ["a"]},
    {"parent": ["a"], "status": ["completed"]},
    {"parent": ["a"], "order_by": [_VALUE]},
    {"project": ["a"]},
    {"project": ["a"], "name": "x"},
    {"project": ["a", "b"], "tags": ["t"]},
    {"status": ["in_progress", "queued"]},
    {"status": ["in_progress"], "type": ["training"], "system_tags": ["-archived"]},
]
# A page of a sorted list: what is beyond the page is not sorted, nor read.
_PAGES: list[dict[str, Any]] = [
    {"order_by": ["-last_update"]},
    {"order_by": ["last_update"]},
    {"order_by": ["-created"]},
    {"order_by": ["-created"], "type": ["training"]},
    {"order_by": ["-created"], "type": ["optimizer"], "tags": ["t"], "system_tags": ["-archived"]},
    {"order_by": ["-last_update"], "project": ["a"], "name": "x", "system_tags": ["-archived"]},
    {"order_by": ["-last_update"], "project": ["a"], "status": ["completed"], "tags": ["t"]},
]
_OTHERS: list[tuple[str, dict[str, Any]]] = [
    ("models.get_all", {"task": ["TASK"], "order_by": ["created"]}),
    ("models.get_all", {"project": ["a"], "tags": ["t"], "order_by": ["-created"]}),
    ("projects.get_all", {"id": ["a"]}),
    ("projects.get_all", {"name": "^a$", "order_by": ["last_update"]}),
    ("queues.get_all", {"name": "^a$", "only_fields": ["name", "id"]}),
    ("queues.get_by_id", {"queue": "QUEUE"}),
    ("queues.get_next_task", {"queue": "QUEUE"}),
    ("workers.get_all", {"last_seen": 3600}),
    ("workers.status_report", {"worker": "w", "task": "TASK", "timestamp": 1}),
    ("tasks.get_by_id", {"task": "TASK"}),
    ("tasks.enqueue", {"task": "TASK", "queue": "QUEUE"}),
    ("tasks.dequeue", {"task": "TASK"}),
    ("tasks.stop", {"task": "TASK", "force": True}),
    ("tasks.delete", {"task": "TASK", "force": True}),
    ("events.scalar_metrics_iter_histogram", {"task": "TASK"}),
    ("events.get_task_latest_scalar_values", {"task": "TASK"}),
    ("events.get_task_single_value_metrics", {"tasks": ["TASK"]}),
    ("events.get_scalar_metric_data", {"task": "TASK", "metric": "m"}),
    ("events.get_task_events", {"task": "TASK", "event_type": "plot"}),
    ("events.get_task_log", {"task": "TASK", "batch_size": 100}),
    ("events.get_task_plots", {"task": "TASK"}),
]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    importlib.import_module("clearml_hpo_app.local.server.services").load()
    database = Database(tmp_path / "db")
    database.migrate()
    yield database
    database.close()


def _nested_plan(database: Database, operation: str, body: dict[str, Any]) -> list[tuple[int, str]]:
    """Return the steps by which SQLite reads what an operation asks it for, each with the step that it serves."""
    statements: list[str] = []
    with database.write() as db:
        names = {"TASK": "t" * 32, "QUEUE": model.create(db, "company", _NOW, name="queue")}
        TASKS.insert(db, {**blank(_CALLER, _NOW, "task", "training"), "id": names["TASK"]})
        named = {
            key: [names.get(item, item) for item in value] if isinstance(value, list) else names.get(value, value)
            for key, value in body.items()
        }
        keys = Keys("a", "b", "c", "company", "user")
        db.set_trace_callback(statements.append)
        OPERATIONS[operation].handler(
            Call(
                operation,
                (2, 23),
                named,
                [],
                db,
                _CALLER,
                _NOW,
                address="",
                keys=keys,
                scrolls=Scrolls(),
            )
        )
        db.set_trace_callback(None)
        reads = [text for text in statements if text.split()[0] in ("SELECT", "UPDATE", "DELETE")]
        return [(row[1], row[3]) for text in reads for row in db.execute(f"EXPLAIN QUERY PLAN {text}")]


def _plan(database: Database, operation: str, body: dict[str, Any]) -> list[str]:
    return [step for _, step in _nested_plan(database, operation, body)]


def _read_whole(steps: list[str]) -> list[str]:
    scans = [step for step in steps if step.startswith("SCAN") and " USING " not in step]
    return [step for step in scans if not step.startswith(_SMALL)]


@pytest.mark.parametrize("body", [*_FILTERS, *_PAGES], ids=str)
def test_a_filter_of_tasks_uses_an_index(database: Database, body: dict[str, Any]) -> None:
    steps = _plan(database, "tasks.get_all", body)
    assert any(step.startswith(("SEARCH tasks USING", "SCAN tasks USING")) for step in steps)
    assert _read_whole(steps) == []


@pytest.mark.parametrize("body", _PAGES, ids=str)
def test_a_page_of_a_sorted_list_needs_no_sorting_of_all(database: Database, body: dict[str, Any]) -> None:
    choosing = [step for outer, step in _nested_plan(database, "tasks.get_all", body) if outer]
    assert choosing, "the rows of the page are chosen first, by their numbers"
    assert "USE TEMP B-TREE FOR ORDER BY" not in choosing


@pytest.mark.parametrize(("operation", "body"), _OTHERS, ids=str)
def test_what_clients_call_reads_no_whole_table(database: Database, operation: str, body: dict[str, Any]) -> None:
    steps = _plan(database, operation, body)
    assert steps
    assert _read_whole(steps) == []


def test_a_filter_without_an_index_is_seen(database: Database) -> None:
    assert _read_whole(_plan(database, "tasks.get_all", {"search_text": "x"})) == ["SCAN tasks"]
