"""A backup of a running server: whole, for its owner only, and a server again when it is unpacked."""

import json
import sqlite3
import tarfile
import threading
from contextlib import closing
from pathlib import Path

import pytest
import requests
from server_calls import call
from typer.testing import CliRunner

from clearml_hpo_app.cli import app
from clearml_hpo_app.errors import HpoError, UsageError
from clearml_hpo_app.local.server import EmbeddedServer, ServerAddress
from clearml_hpo_app.local.server.backup import back_up


def _names(address: ServerAddress) -> list[str]:
    return [row["name"] for row in call(address, "tasks.get_all", only_fields=["name"])["tasks"]]


def _restored(archive: Path, folder: Path) -> Path:
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    return folder


@pytest.mark.parametrize("name", ["backup.tar", "backup.tar.gz"])
def test_an_unpacked_backup_is_the_server_with_its_tasks_files_and_keys(tmp_path: Path, name: str) -> None:
    with EmbeddedServer(tmp_path / "data", port=0) as address:
        call(address, "tasks.create", name="before", type="training")
        pair = (address.access_key, address.secret_key)
        requests.post(address.files_host, files={"p/model.pt": ("m", b"weights")}, auth=pair, timeout=10)
        assert back_up(tmp_path / "data", tmp_path / name) == (tmp_path / name).stat().st_size
        call(address, "tasks.create", name="after", type="training")
    assert (tmp_path / name).stat().st_mode & 0o077 == 0
    with EmbeddedServer(_restored(tmp_path / name, tmp_path / "restored"), port=0) as again:
        assert (again.access_key, again.secret_key) == pair
        assert _names(again) == ["before"]
        assert requests.get(f"{again.files_host}/p/model.pt", auth=pair, timeout=10).content == b"weights"


def test_a_backup_under_load_is_one_moment_of_the_server(tmp_path: Path) -> None:
    """A task becomes queued in the same write that makes its entry in the queue: no snapshot has one of them."""
    with EmbeddedServer(tmp_path / "data", port=0) as address:
        queue = call(address, "queues.create", name="queue")["id"]
        ended = threading.Event()

        def load() -> None:
            while not ended.is_set():
                task = call(address, "tasks.create", name="loaded", type="training")["id"]
                call(address, "tasks.enqueue", task=task, queue=queue)

        thread = threading.Thread(target=load)
        thread.start()
        try:
            for number in range(3):
                back_up(tmp_path / "data", tmp_path / f"{number}.tar")
        finally:
            ended.set()
            thread.join()
    for number in range(3):
        folder = _restored(tmp_path / f"{number}.tar", tmp_path / f"restored-{number}")
        with closing(sqlite3.connect(folder / "server.sqlite")) as db:
            assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            queued = db.execute("SELECT id FROM tasks WHERE status = 'queued' ORDER BY id").fetchall()
            assert queued == db.execute("SELECT task FROM queue_entries ORDER BY task").fetchall()


def test_what_cannot_be_backed_up_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path / "data", port=0):
        pass
    with pytest.raises(UsageError, match=r"has no server\.sqlite"):
        back_up(tmp_path / "other", tmp_path / "backup.tar")
    with pytest.raises(UsageError, match="must be a new one"):
        back_up(tmp_path / "data", tmp_path / "data" / "server.sqlite")
    with pytest.raises(UsageError, match=r"nowhere does not\. Make it first"):
        back_up(tmp_path / "data", tmp_path / "nowhere" / "backup.tar")
    (tmp_path / "data" / "keys.json").unlink()
    with pytest.raises(HpoError, match="Nothing is left of it"):
        back_up(tmp_path / "data", tmp_path / "backup.tar")
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_the_command_backs_up_and_says_how_to_restore(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path / "data", port=0):
        run = CliRunner().invoke
        said = run(app, ["server", "backup", str(tmp_path / "one.tar"), "--data", str(tmp_path / "data")])
        above = run(
            app, ["server", "--data", str(tmp_path / "data"), "backup", str(tmp_path / "two.tar"), "--json"]
        )
    assert (said.exit_code, said.stdout) == (0, "")
    assert "clearml-hpo server --data restored" in " ".join(said.stderr.split())
    help_text = run(app, ["server", "backup", "--help"]).stdout
    assert "Example: clearml-hpo server backup clearml-backup.tar" in " ".join(help_text.split())
    assert json.loads(above.stdout)["bytes"] == (tmp_path / "two.tar").stat().st_size


def test_a_backup_in_the_folder_that_it_is_of_is_refused(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path / "data", port=0), pytest.raises(UsageError, match="must not lie in the folder"):
        back_up(tmp_path / "data", tmp_path / "data" / "files" / "backup.tar")
