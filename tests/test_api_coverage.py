"""The page on the API's coverage, and what it rests on."""

import ast

import api_coverage
from operation_record import OperationRecord, read_entries


def test_the_page_is_up_to_date() -> None:
    assert api_coverage.main(["--check"]) == 0


def test_every_operation_that_is_served_has_a_test() -> None:
    assert api_coverage.served() - set(read_entries()) == set()


def test_every_test_that_covers_an_operation_exists() -> None:
    for test in set(read_entries().values()):
        path, _, name = test.partition("[")[0].partition("::")
        tree = ast.parse((api_coverage.ROOT / path).read_text("utf-8"))
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, test


def test_only_what_the_real_server_exposes_is_served() -> None:
    assert api_coverage.served() - api_coverage.exposed() == set()


def test_a_test_that_does_not_call_what_it_covers_is_told() -> None:
    record = OperationRecord({"tasks.clone": "test_clones", "tasks.stop": "test_stops"})
    assert record.complaint("test_clones", {"tasks.clone", "tasks.stop"}) is None
    assert "covers tasks.clone" in str(record.complaint("test_clones", {"tasks.stop"}))
    assert "name a test for tasks.edit" in str(record.complaint("test_stops", {"tasks.stop", "tasks.edit"}))
