"""For every test that talks to a server: which operations answered to it, held against the list of them."""

from collections.abc import Iterator

import pytest
from operation_record import OPTION, OperationRecord, read_entries

_RECORD = pytest.StashKey[OperationRecord]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(OPTION, action="store_true", help="write tests/covered_operations.txt; only with -n 0")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_RECORD] = OperationRecord(read_entries())


def pytest_sessionfinish(session: pytest.Session) -> None:
    if session.config.getoption(OPTION):
        session.config.stash[_RECORD].write()


@pytest.fixture
def answered(request: pytest.FixtureRequest) -> Iterator[set[str]]:
    """The operations that answered to the test: whoever calls for it adds them."""
    operations: set[str] = set()
    yield operations
    record, test = request.config.stash[_RECORD], request.node.nodeid
    record.note(test, operations)
    complaint = record.complaint(test, operations)
    if complaint and not request.config.getoption(OPTION):
        pytest.fail(complaint)
