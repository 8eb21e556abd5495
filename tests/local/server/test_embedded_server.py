"""The server as a process: starting, stopping, its secrets, its folder, being killed."""

import http.client
import json
import subprocess
import sys
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit

import pytest
from server_calls import call, send

from clearml_hpo_app.errors import UsageError
from clearml_hpo_app.local.server import EmbeddedServer, ServerAddress


def test_it_keeps_its_data_and_keys(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path, port=0) as address:
        task = call(address, "tasks.create", name="kept", type="training")["id"]
    with EmbeddedServer(tmp_path, port=0) as again:
        assert (again.access_key, again.secret_key) == (address.access_key, address.secret_key)
        assert call(again, "tasks.get_by_id", task=task)["task"]["name"] == "kept"


def test_keys_are_random_and_for_the_owners_eyes_only(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path / "one", port=0) as one, EmbeddedServer(tmp_path / "two", port=0) as two:
        assert one.secret_key != two.secret_key
        assert one.secret_key not in repr(one)
        modes = {path.name: path.stat().st_mode & 0o077 for path in (tmp_path / "one").iterdir()}
        assert (modes["keys.json"], modes["server.sqlite"]) == (0, 0)
        assert (tmp_path / "one").stat().st_mode & 0o077 == 0


def test_stopping_twice_and_starting_twice_do_nothing(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path, port=0)
    assert server.start() == server.start() == server.address
    server.stop()
    server.stop()


def test_an_address_of_any_network_must_be_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="must be one address of this machine"):
        EmbeddedServer(tmp_path, host="0.0.0.0")


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path / "one", port=0) as address:
        port = urlsplit(address.api_host).port or 0
        with pytest.raises(UsageError, match=f"Port {port} of 127.0.0.1 must be free"):
            EmbeddedServer(tmp_path / "two", port=port).start()


@pytest.mark.parametrize("host", ["192.0.2.7", "nowhere.invalid"])
def test_a_host_that_is_not_of_this_machine_is_said(tmp_path: Path, host: str) -> None:
    with pytest.raises(UsageError, match="must be an address of this machine"):
        EmbeddedServer(tmp_path, host=host, port=0).start()


def test_a_connection_ends_with_its_answer_so_that_a_fork_of_the_client_shares_none(server: ServerAddress) -> None:
    """The SDK forks its reporting process: on a connection that both kept, their requests were mixed up."""
    for address in (server.api_host, server.files_host):
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=10)
        connection.request("GET", "/debug.ping")
        answer = connection.getresponse()
        answer.read()
        assert answer.getheader("Connection") == "close"
        assert connection.sock is None


def test_a_queue_that_an_agent_named_default_is_the_default_queue(server: ServerAddress) -> None:
    queue = call(server, "queues.create", name="default")["id"]
    assert call(server, "queues.get_default")["id"] == queue
    task = call(server, "tasks.create", name="waits", type="training")["id"]
    call(server, "tasks.enqueue", task=task)
    assert call(server, "queues.get_next_task", queue=queue)["entry"]["task"] == task


def test_the_snippet_and_the_environment_name_the_same_server(server: ServerAddress) -> None:
    snippet, environment = server.clearml_conf(), server.environment()
    assert all(value in snippet for value in environment.values())
    assert sorted(environment) == [
        "CLEARML_API_ACCESS_KEY",
        "CLEARML_API_HOST",
        "CLEARML_API_SECRET_KEY",
        "CLEARML_FILES_HOST",
        "CLEARML_WEB_HOST",
    ]


def test_a_request_for_another_host_is_refused(server: ServerAddress) -> None:
    with pytest.raises(HTTPError, match="421"):
        send(server, f"{server.api_host}/debug.ping", Host="evil.example")


def test_only_pages_of_its_own_are_told_that_they_may_ask(server: ServerAddress) -> None:
    others = (
        "http://localhost:8080",
        "http://evil.example",
        f"{server.web_host}.evil.example",
        "http://[",
        "null",
    )
    for origin, allowed in ((server.web_host, server.web_host), *((other, None) for other in others)):
        place = urlsplit(server.api_host)
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=10)
        connection.request("GET", "/debug.ping", headers={"Origin": origin})
        answer = connection.getresponse()
        answer.read()
        assert answer.getheader("access-control-allow-origin") == allowed
        connection.close()


def test_a_body_that_is_too_long_is_refused(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path, port=0, largest_body=1000) as address:
        with pytest.raises(HTTPError, match="413"):
            call(address, "tasks.create", name="x" * 2000, type="training")
        assert call(address, "tasks.create", name="short", type="training")["id"]


def test_a_body_that_is_no_json_is_answered_in_the_servers_words(server: ServerAddress) -> None:
    for body in (b"{bad", b'{"a": 1e999}', b"[" * 100_000):
        with pytest.raises(HTTPError, match="400") as refusal:
            send(server, f"{server.api_host}/v2.31/tasks.get_all", body)
        assert b"could not understand" in refusal.value.read()


def _serve(folder: Path) -> tuple[subprocess.Popen[str], ServerAddress]:
    command = [sys.executable, "-m", "clearml_hpo_app.local.server", "--data", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, ServerAddress(**json.loads(process.stdout.readline()))


def test_sigterm_ends_it_in_order_from_its_first_line_on(tmp_path: Path) -> None:
    process, _ = _serve(tmp_path)
    process.terminate()
    process.communicate(timeout=20)
    assert process.returncode == 0
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["files", "keys.json", "server.lock", "server.sqlite"]


@pytest.mark.parametrize("name", ["keys.json", "server.sqlite"])
def test_a_folder_that_holds_something_else_is_said(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("no such thing" * 100)
    with pytest.raises(UsageError, match="must be one that this server can write and read"):
        EmbeddedServer(tmp_path, port=0).start()


def test_a_folder_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(UsageError, match="File exists"):
        EmbeddedServer(tmp_path / "data", port=0).start()
