"""The database file: migrations, a full disk, a lock that another process holds."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path

import pytest
import requests
from server_calls import call

from clearml_hpo_app.errors import UsageError
from clearml_hpo_app.local.server import EmbeddedServer, ServerAddress
from clearml_hpo_app.local.server import database as database_module
from clearml_hpo_app.local.server.catalog import TASKS
from clearml_hpo_app.local.server.database import Database, is_locked
from clearml_hpo_app.local.server.identity import Caller
from clearml_hpo_app.local.server.services.tasks.record import blank

Start = Callable[..., ServerAddress]

_MIGRATIONS = Path(database_module.__file__).parent / "migrations"
_SERVE = "from clearml_hpo_app.local.server.__main__ import main; main()"
_LIMITED = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4_000_000, 4_000_000)); " + _SERVE
_ON_SMALL_DISK = 'mount -t tmpfs -o size=8m tmpfs "$1" && exec "$2" -c "$3" --data "$1/data"'
_NAMESPACE = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]


def _scripts(folder: Path, **texts: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name[1:]}.sql").write_text(text)
    return folder


def _tables(file: Path) -> tuple[int, list[str]]:
    with closing(sqlite3.connect(file)) as db:
        rows = db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
        return int(db.execute("PRAGMA user_version").fetchone()[0]), [row[0] for row in rows]


def _migrated(file: Path, scripts: Path) -> int:
    with closing(Database(file, migrations=scripts)) as database:
        return database.migrate()


def test_a_migration_runs_once_and_leaves_its_number(tmp_path: Path) -> None:
    file = tmp_path / "db"
    scripts = _scripts(tmp_path / "sql", _0001_a="CREATE TABLE a (x);\n", _0002_b="-- why;\nCREATE TABLE b (x);\n")
    for _ in range(2):
        assert _migrated(file, scripts) == 2
    _scripts(scripts, _0007_c="CREATE TABLE c (x);\nINSERT INTO a VALUES (1);\n")
    assert _migrated(file, scripts) == 7
    assert _tables(file) == (7, ["a", "b", "c"])


def test_a_migration_that_fails_in_the_middle_leaves_the_version_before_it(tmp_path: Path) -> None:
    file = tmp_path / "db"
    broken = "CREATE TABLE b (x);\nINSERT INTO a VALUES (1);\nINSERT INTO nowhere VALUES (1);\n"
    scripts = _scripts(tmp_path / "sql", _0001_a="CREATE TABLE a (x);\n", _0002_b=broken)
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        _migrated(file, scripts)
    assert _tables(file) == (1, ["a"])
    _scripts(scripts, _0002_b="CREATE TABLE b (x);\n")
    assert _migrated(file, scripts) == 2


def test_a_file_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path, port=0):
        pass
    with closing(sqlite3.connect(tmp_path / "server.sqlite")) as db:
        db.execute("PRAGMA user_version = 9999")
    with pytest.raises(UsageError, match="or older, but got 9999"):
        EmbeddedServer(tmp_path, port=0).start()


def test_a_database_of_the_first_version_keeps_its_tasks(tmp_path: Path) -> None:
    first = _MIGRATIONS / "0001_start.sql"
    old = Database(
        tmp_path / "server.sqlite", migrations=_scripts(tmp_path / "sql", _0001_start=first.read_text())
    )
    old.migrate()
    task = blank(Caller("company", "user"), datetime(2026, 1, 1, tzinfo=timezone.utc), "a task", "training")
    with old.write() as db:
        TASKS.insert(db, task)
        before = TASKS.select(db)
    old.close()
    new = Database(tmp_path / "server.sqlite")
    assert new.migrate() > 1
    with new.read() as db:
        assert TASKS.select(db) == before == [task]
        assert db.execute("SELECT seq, type FROM tasks").fetchall() == [(1, "training")]
    new.close()


def test_it_is_in_wal_mode(tmp_path: Path) -> None:
    database = Database(tmp_path / "db")
    database.migrate()
    with database.read() as db:
        assert db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    database.close()


def test_a_write_that_finds_the_file_locked_leaves_nothing_and_the_next_one_works(tmp_path: Path) -> None:
    database = Database(tmp_path / "db", patience=0.05)
    database.migrate()
    with closing(sqlite3.connect(tmp_path / "db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError, match="locked") as refusal, database.write():
            pass
        assert is_locked(refusal.value)
    with database.write() as db:
        db.execute("INSERT INTO revoked VALUES ('one', 1)")
    with database.read() as db:
        assert db.execute("SELECT count(*) FROM revoked").fetchone()[0] == 1
    database.close()


def test_while_another_process_holds_the_lock_writes_are_refused_and_reads_answered(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path, port=0) as address:
        task = call(address, "tasks.create", name="before", type="training")["id"]
        other = sqlite3.connect(tmp_path / "server.sqlite", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(_post, address, "tasks.create", name="meanwhile", type="training")
            assert call(address, "tasks.get_by_id", task=task)["task"]["name"] == "before"
            answer = waiting.result()
        other.close()
        assert (answer.status_code, answer.json()["meta"]["result_code"]) == (503, 503)
        assert "in use by another process" in answer.json()["meta"]["result_msg"]
        call(address, "tasks.create", name="after", type="training")
        names = [row["name"] for row in call(address, "tasks.get_all", only_fields=["name"])["tasks"]]
    assert names == ["before", "after"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a server by a command line; it is ended after the test."""
    processes = []

    def begin(*command: str) -> ServerAddress:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        processes.append(process)
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            pytest.skip(f"no small disk can be mounted here: {process.communicate()[1].strip()[-200:]}")
        return ServerAddress(**json.loads(line))

    yield begin
    for process in processes:
        process.terminate()
        process.communicate(timeout=20)


def _post(address: ServerAddress, operation: str, **body: object) -> requests.Response:
    pair = (address.access_key, address.secret_key)
    return requests.post(f"{address.api_host}/v2.31/{operation}", json=body, auth=pair, timeout=30)


def _fill(address: ServerAddress) -> tuple[list[str], requests.Response]:
    """Create tasks with much text until one is refused; return the acknowledged names, and the refusal."""
    names: list[str] = []
    for number in range(1000):
        name = f"task {number}"
        answer = _post(address, "tasks.create", name=name, type="training", comment="x" * 100_000)
        if answer.status_code != 200:
            return names, answer
        names.append(name)
    raise AssertionError("The disk was never full.")


def _names(address: ServerAddress) -> list[str]:
    return [row["name"] for row in _post(address, "tasks.get_all", only_fields=["name"]).json()["data"]["tasks"]]


def test_a_file_that_may_not_grow_is_an_error_answer_and_never_half_a_write(tmp_path: Path, start: Start) -> None:
    address = start(sys.executable, "-c", _LIMITED, "--data", str(tmp_path))
    names, refusal = _fill(address)
    meta = refusal.json()["meta"]
    assert (refusal.status_code, meta["result_code"], meta["result_subcode"]) == (500, 500, 100)
    assert _names(address) == names
    with closing(sqlite3.connect(tmp_path / "server.sqlite")) as db:
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert db.execute("SELECT count(*) FROM tasks").fetchone()[0] == len(names)


def test_on_a_full_disk_writes_and_uploads_are_refused_until_there_is_room(tmp_path: Path, start: Start) -> None:
    address = start(*_NAMESPACE, _ON_SMALL_DISK, "sh", str(tmp_path), sys.executable, _SERVE)
    pair = (address.access_key, address.secret_key)
    ballast = {"ballast": ("ballast", b"x" * 1_000_000)}
    assert requests.post(address.files_host, files=ballast, auth=pair, timeout=30).json() == ["ballast"]
    names, refusal = _fill(address)
    assert "database or disk is full" in refusal.json()["meta"]["result_msg"]
    assert _names(address) == names
    for _ in range(2):
        upload = requests.post(address.files_host, files={"b": ("b", b"y" * 2_000_000)}, auth=pair, timeout=30)
        assert (upload.status_code, upload.text) == (507, "No space left on device")
    assert requests.get(f"{address.files_host}/b", auth=pair, timeout=30).status_code == 404
    assert requests.delete(f"{address.files_host}/ballast", auth=pair, timeout=30).status_code == 200
    assert _post(address, "tasks.create", name="afterwards", type="training").status_code == 200
    assert _names(address) == [*names, "afterwards"]
