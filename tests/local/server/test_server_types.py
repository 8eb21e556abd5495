"""Wrong types: refused with the API's own code, and never stored, where they would break lists for everybody."""

import json
import urllib.error
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from server_calls import call, send

from clearml_hpo_app.local.server import ServerAddress
from clearml_hpo_app.local.server.registry import OPERATIONS
from clearml_hpo_app.local.server.schema import sdk_schema

WRONG: dict[str, list[Any]] = {
    "string": [5, ["x"], {"a": 1}],
    "object": [5, "x", ["x"]],
    "array": [5, "x", {"a": 1}],
    "integer": ["x", [1], {}],
    "boolean": ["x", [1], {}],
    "number": ["x", [1], {}],
}
ROW = {"key": "k", "type": "t", "name": "n", "section": "s", "value": "v", "task": "t", "model": "m"}
NEVER_OR_GONE = {"auth.logout", "models.get_by_task_id", "models.update_for_task"}
FREE = {"auth.login", "events.add", "workers.get_count"}  # what they take was recorded: see their handlers
LISTS = [f"{name}.get_all" for name in ("tasks", "projects", "models", "queues")]
LISTS += ["tasks.get_all_ex", "queues.get_all_ex", "reports.get_all_ex"]
FILTERS = ["id", "status", "type", "project", "parent", "user", "tags", "system_tags", "created", "last_update"]
FILTERS += ["last_iteration", "execution.queue", "hyperparams.Args.x.value", "last_metrics.a.b.value", "scroll_id"]
FILTERS += ["only_fields", "order_by", "filters", "_any_", "_all_", "size", "start"]


def code(address: ServerAddress, operation: str, body: dict[str, Any]) -> int:
    """The result code, whatever it is."""
    try:
        send(address, f"{address.api_host}/v2.31/{operation}", json.dumps(body).encode())
    except urllib.error.HTTPError as error:
        return error.code
    return 200


def types_of(rule: dict[str, Any]) -> set[str]:
    kinds = rule.get("type", ())
    return {kinds} if isinstance(kinds, str) else set(kinds)


def wrong_requests(operation: str, given: dict[str, Any]) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Requests of an operation that are right but for one field, by the SDK's own schema."""
    properties = (sdk_schema(operation) or {}).get("properties", {})
    right = {name: value for name, value in given.items() if name in properties}
    for name, rule in properties.items():
        for value in wrong_values(rule):
            yield name, value, {**right, name: value}


def wrong_values(rule: dict[str, Any]) -> list[Any]:
    kinds = types_of(rule) - {"null"}
    return WRONG.get(min(kinds), []) if kinds else []


def wrong_rows(operation: str, given: dict[str, Any]) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Requests with one row that is right but for one field, for every field that takes rows."""
    schema = sdk_schema(operation) or {}
    properties, shared = schema.get("properties", {}), schema.get("definitions", {})
    right = {name: value for name, value in given.items() if name in properties}
    for field, rule in properties.items():
        row = shared.get(rule.get("items", {}).get("$ref", "").rpartition("/")[2], {}).get("properties", {})
        full = {name: ROW[name] for name in row if name in ROW}
        for name, part in row.items():
            for value in wrong_values(part):
                yield f"{field}.{name}", value, {**right, field: [{**full, name: value}]}


def wrong_maps(operation: str, given: dict[str, Any]) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Requests with a map, or a map of maps, one of whose entries is wrong, for every field that takes them."""
    schema = sdk_schema(operation) or {}
    properties, shared = schema.get("properties", {}), schema.get("definitions", {})
    right = {name: value for name, value in given.items() if name in properties}
    for field, rule in properties.items():
        for value in wrong_entries(rule, shared):
            yield field, value, {**right, field: value}


def wrong_entries(rule: dict[str, Any], shared: dict[str, Any]) -> Iterator[dict[str, Any]]:
    entry = rule.get("additionalProperties")
    entry = (
        shared.get(entry["$ref"].rpartition("/")[2], {}) if isinstance(entry, dict) and "$ref" in entry else entry
    )
    if not isinstance(entry, dict) or not types_of(entry):
        return
    yield from ({"k": value} for value in wrong_values(entry))
    if types_of(entry) and "null" not in types_of(entry):
        yield {"k": None}
    yield from ({"k": value} for value in wrong_entries(entry, shared))
    for name, part in entry.get("properties", {}).items():
        yield from ({"k": {name: value}} for value in wrong_values(part))


@pytest.fixture(scope="module")
def make(server: ServerAddress) -> Callable[[], dict[str, Any]]:
    """Make what requests are about, and return the fields that name it."""
    queue = call(server, "queues.create", name="typed queue")["id"]
    project = call(server, "projects.create", name="typed project", description="")["id"]

    def making() -> dict[str, Any]:
        task = call(server, "tasks.create", name="typed task", type="training")["id"]
        model = call(server, "models.create", name="typed model", uri="file:///x")["id"]
        named = {"task": task, "model": model, "queue": queue, "project": project, "tasks": [task], "ids": [task]}
        return {
            **named,
            "name": f"typed {task}",
            "type": "training",
            "uri": "file:///x",
            "worker": "w",
            "timestamp": 0,
        }

    return making


def served(*, lists: bool) -> list[str]:
    named = [name for name in OPERATIONS if sdk_schema(name) and name not in NEVER_OR_GONE | FREE]
    return sorted(name for name in named if (".get_all" in name) == lists)


def test_every_operation_refuses_every_field_of_a_wrong_type(
    server: ServerAddress, make: Callable[[], dict[str, Any]]
) -> None:
    given, wrong = make(), []
    for operation in served(lists=False):
        kinds = (wrong_requests, wrong_rows, wrong_maps)
        for name, value, body in (each for kind in kinds for each in kind(operation, given)):
            answered = code(server, operation, body)
            if answered != 400:
                wrong.append((operation, name, value, answered))
                given = make()
    assert wrong == []


def test_a_map_of_a_models_metadata_has_no_empty_entry(
    server: ServerAddress, make: Callable[[], dict[str, Any]]
) -> None:
    assert code(server, "models.edit", {"model": make()["model"], "metadata": {"k": None}}) == 400


@pytest.mark.parametrize("metadata", [["x"], "x", 5, [None], {"a": None}, {"a": 1}, [{"value": "no key"}]])
def test_a_queue_has_no_metadata_that_could_not_be_read_back(server: ServerAddress, metadata: Any) -> None:
    assert code(server, "queues.create", {"name": "odd queue", "metadata": metadata}) == 400


def test_a_list_of_metadata_of_a_queue_becomes_a_map(server: ServerAddress) -> None:
    entry = {"key": "a", "type": "str", "value": "1"}
    queue = call(server, "queues.create", name="a queue with metadata", metadata=[entry])["id"]
    assert call(server, "queues.get_by_id", queue=queue)["queue"]["metadata"] == {"a": entry}


@pytest.mark.parametrize("name", ["", " ", "/", "ab"])
def test_what_exists_is_renamed_to_no_name_that_it_could_not_be_made_with(
    server: ServerAddress, make: Callable[[], dict[str, Any]], name: str
) -> None:
    given = make()
    for kind in ("project", "queue"):
        assert code(server, f"{kind}s.update", {kind: given[kind], "name": name}) == 400


@pytest.mark.parametrize("event", [{"type": []}, {"type": {}}, {"type": "log", "task": ["x"]}])
def test_an_event_of_no_type_or_task_is_counted_as_wrong(server: ServerAddress, event: dict[str, Any]) -> None:
    assert code(server, "events.add", {"task": "x", **event}) == 400


@pytest.mark.parametrize("operation", LISTS)
def test_lists_can_be_read_whatever_was_sent(server: ServerAddress, operation: str) -> None:
    for filters in ({}, {"tags": ["-a"]}, {"system_tags": ["-archived"]}, {"order_by": ["-last_update"]}):
        assert code(server, operation, filters) == 200


@pytest.mark.parametrize("operation", LISTS)
@pytest.mark.parametrize("value", [{"$ne": 1}, [{}], [[1]]])
def test_a_filter_of_a_wrong_type_is_no_failure_of_the_server(
    server: ServerAddress, operation: str, value: Any
) -> None:
    codes = {name: code(server, operation, {name: value}) for name in FILTERS}
    assert {name: found for name, found in codes.items() if found >= 500} == {}


def test_what_clients_do_send_is_taken(server: ServerAddress, make: Callable[[], dict[str, Any]]) -> None:
    given = make()
    for filters in ({"id": given["task"]}, {"tags": "x"}, {"created": ">=2026-01-01"}, {"parent": [None]}):
        assert code(server, "tasks.get_all", filters) == 200
    as_list = {"name": "typed model", "uri": "x", "metadata": [{"key": "k", "type": "str", "value": "v"}]}
    model = call(server, "models.create", **as_list)["id"]
    assert call(server, "models.get_by_id", model=model)["model"]["metadata"]["k"]["value"] == "v"
