"""The SQLite file: connections, transactions, numbered migrations.

Readers see a snapshot and never wait; there is one writer at a time, and a write is on disk's side of the
process (WAL) before its request is answered, so killing the process loses nothing that was acknowledged.
A write that fails, at its end or before, leaves nothing of it behind.
"""

import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clearml_hpo_app.errors import UsageError
from clearml_hpo_app.local.server.patterns import Searches

_MIGRATIONS = Path(__file__).parent / "migrations"
_PATIENCE_SECONDS = 5.0


class Database:
    """One SQLite file, used from several threads.

    Args:
        path: The file; made when it is missing.
        migrations: Folder of the numbered SQL files that make and change its tables.
        patience: Seconds that a write waits while another process writes.
    """

    def __init__(self, path: Path, *, migrations: Path = _MIGRATIONS, patience: float = _PATIENCE_SECONDS) -> None:
        self._path = path
        self._migrations = migrations
        self._patience = patience
        self._local = threading.local()
        self._writing = threading.Lock()
        self._opened: list[sqlite3.Connection] = []

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Give a connection on one snapshot of the data."""
        connection = self._connection()
        connection.execute("BEGIN")
        try:
            with self._bounded_searches():
                yield connection
        finally:
            _undo(connection)

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Give a connection inside a transaction: committed at the end, rolled back when something raises.

        An exception with a true `keep` attribute is raised after the commit.

        Raises:
            sqlite3.Error: The disk is full, or another process writes for longer than the patience.
        """
        connection = self._connection()
        with self._writing:
            connection.execute("BEGIN IMMEDIATE")
            try:
                with self._bounded_searches():
                    yield connection
            except BaseException as error:
                if getattr(error, "keep", False):
                    _commit(connection)
                raise
            else:
                _commit(connection)
            finally:
                _undo(connection)

    def migrate(self) -> int:
        """Run the migrations that this file has not seen, each in a transaction; return the last one's number.

        Raises:
            UsageError: The file was made by a newer version of this package.
        """
        scripts = {int(file.name.split("_")[0]): file for file in self._migrations.glob("[0-9]*.sql")}
        for number, file in sorted(scripts.items()):
            with self.write() as connection:
                if _version(connection) < number:
                    for statement in _statements(file.read_text("utf-8")):
                        connection.execute(statement)
                    connection.execute(f"PRAGMA user_version = {number}")
        with self.read() as connection:
            done = _version(connection)
        if done > max(scripts):
            raise UsageError(
                f"The database {self._path} must have version {max(scripts)} or older, but got {done}: a newer "
                "version of this package made it. Install that one, or choose another data folder."
            )
        return done

    def close(self) -> None:
        """Close all connections; no thread may be using one."""
        for connection in self._opened:
            connection.close()
        self._opened.clear()

    @contextmanager
    def _bounded_searches(self) -> Iterator[None]:
        """Raise the refusal of a pattern that took too long, where SQLite only says that a function failed."""
        searches: Searches = self._local.searches
        searches.renew()
        try:
            yield
        except sqlite3.OperationalError as error:
            raise searches.refusal or error from error

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._opened_connection()
            self._opened.append(connection)
        return connection

    def _opened_connection(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=self._patience, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            self._local.searches = Searches()
            connection.create_function("REGEXP", 2, self._local.searches.matches, deterministic=True)
            connection.create_collation("DIGITS", _natural)
        except sqlite3.Error:
            connection.close()
            raise
        return connection


@contextmanager
def attempt(connection: sqlite3.Connection) -> Iterator[None]:
    """Undo what the block wrote when it raises, and let the transaction go on (one item of a batch)."""
    connection.execute("SAVEPOINT item")
    try:
        yield
    except BaseException:
        if connection.in_transaction:  # a full disk may have ended the whole of it
            connection.execute("ROLLBACK TO item")
            connection.execute("RELEASE item")
        raise
    connection.execute("RELEASE item")


def is_locked(error: sqlite3.Error) -> bool:
    """Return whether a write failed only because another process was writing: trying again may help."""
    return isinstance(error, sqlite3.OperationalError) and "locked" in str(error)


def _commit(connection: sqlite3.Connection) -> None:
    """Commit; where SQLite itself gave the transaction up (a full disk), a COMMIT would fail and say less."""
    if not connection.in_transaction:
        raise sqlite3.OperationalError("the transaction was given up")
    connection.execute("COMMIT")


def _undo(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _statements(script: str) -> list[str]:
    lines = [line for line in script.splitlines() if not line.lstrip().startswith("--")]
    return [part.strip() for part in "\n".join(lines).split(";\n") if part.strip()]


def _natural(left: str, right: str) -> int:
    """Compare as people sort: runs of digits by their number (2 < 9 < 10)."""
    one, two = _parts(left), _parts(right)
    return (one > two) - (one < two)


def _parts(text: str) -> list[tuple[int, int, str]]:
    found = re.findall(r"(\d+)|(\D+)", text)
    return [(0, int(digits), "") if digits else (1, 0, other) for digits, other in found]
