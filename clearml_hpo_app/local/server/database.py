"""The SQLite file: connections, transactions, numbered migrations.

Readers see a snapshot and never wait; there is one writer at a time, and a write is on disk's side of the
process (WAL) before its request is answered, so killing the process loses nothing that was acknowledged.
"""

import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MIGRATIONS = Path(__file__).parent / "migrations"


class Database:
    """One SQLite file, used from several threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._writing = threading.Lock()
        self._opened: list[sqlite3.Connection] = []

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Give a connection on one snapshot of the data."""
        connection = self._connection()
        connection.execute("BEGIN")
        try:
            yield connection
        finally:
            connection.execute("ROLLBACK")

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Give a connection inside a transaction: committed at the end, rolled back when something raises.

        An exception with a true `keep` attribute is raised after the commit.
        """
        connection = self._connection()
        with self._writing:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException as error:
                connection.execute("COMMIT" if getattr(error, "keep", False) else "ROLLBACK")
                raise
            connection.execute("COMMIT")

    def migrate(self) -> int:
        """Run the migrations that this file has not seen; return the number of the last one."""
        with self.write() as connection:
            done = connection.execute("PRAGMA user_version").fetchone()[0]
            for script in sorted(_MIGRATIONS.glob("[0-9]*.sql")):
                number = int(script.name.split("_")[0])
                if number > done:
                    for statement in _statements(script.read_text("utf-8")):
                        connection.execute(statement)
                    connection.execute(f"PRAGMA user_version = {number}")
                    done = number
        return int(done)

    def close(self) -> None:
        """Close all connections; no thread may be using one."""
        for connection in self._opened:
            connection.close()
        self._opened.clear()

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self._path, timeout=30, isolation_level=None, check_same_thread=False)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.create_function("REGEXP", 2, _matches, deterministic=True)
            connection.create_collation("DIGITS", _natural)
            self._local.connection = connection
            self._opened.append(connection)
        return connection


@contextmanager
def attempt(connection: sqlite3.Connection) -> Iterator[None]:
    """Undo what the block wrote when it raises, and let the transaction go on (one item of a batch)."""
    connection.execute("SAVEPOINT item")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK TO item")
        connection.execute("RELEASE item")
        raise
    connection.execute("RELEASE item")


def _statements(script: str) -> list[str]:
    lines = [line for line in script.splitlines() if not line.lstrip().startswith("--")]
    return [part.strip() for part in "\n".join(lines).split(";\n") if part.strip()]


def _matches(pattern: str, value: object) -> bool:
    return isinstance(value, str) and re.search(pattern, value) is not None


def _natural(left: str, right: str) -> int:
    """Compare as people sort: runs of digits by their number (2 < 9 < 10)."""
    one, two = _parts(left), _parts(right)
    return (one > two) - (one < two)


def _parts(text: str) -> list[tuple[int, int, str]]:
    found = re.findall(r"(\d+)|(\D+)", text)
    return [(0, int(digits), "") if digits else (1, 0, other) for digits, other in found]
