"""A data folder belongs to one server at a time."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from server_calls import call

from clearml_hpo_app.errors import UsageError
from clearml_hpo_app.local.server import EmbeddedServer
from clearml_hpo_app.local.server.backup import back_up

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no flock: nothing is refused there.")


def test_a_second_server_on_a_folder_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with EmbeddedServer(folder, port=0) as address:
        with pytest.raises(UsageError, match=f"a server runs on {re.escape(str(folder))}"):
            EmbeddedServer(folder, port=0).start()
        task = call(address, "tasks.create", name="kept", type="training")["id"]
        assert back_up(folder, tmp_path / "backup.tar") > 0
    with EmbeddedServer(folder, port=0) as again:
        assert call(again, "tasks.get_by_id", task=task)["task"]["name"] == "kept"


def test_a_server_that_was_killed_leaves_the_folder_free(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "clearml_hpo_app.local.server", "--data", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert "access_key" in running.stdout.readline()
        with pytest.raises(UsageError, match="a server runs on"):
            EmbeddedServer(tmp_path, port=0).start()
        running.send_signal(signal.SIGKILL)
    with EmbeddedServer(tmp_path, port=0) as address:
        assert call(address, "tasks.get_all")["tasks"] == []
