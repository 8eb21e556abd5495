"""What hostile input does to the server: nothing. And what its logs say of its secrets: nothing."""

import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from server_calls import call

from clearml_hpo_app.errors import UsageError
from clearml_hpo_app.local.server import EmbeddedServer, ServerAddress
from clearml_hpo_app.local.server.guard import exposure
from clearml_hpo_app.local.server.registry import OPERATIONS
from clearml_hpo_app.local.server.schema import sdk_schema

_EVIL = "x'; DROP TABLE tasks; -- \") OR 1=1 <script>alert(1)</script> %_\\ $.a[0] {} ../.."
# How SQLite complains of a statement that a text has become a part of.
_BROKEN_SQL = re.compile(
    r"syntax error|no such (table|column)|unrecognized token|malformed JSON|near \"|bad JSON path"
)


@pytest.fixture
def session(server: ServerAddress) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.auth = (server.access_key, server.secret_key)
        yield session


def _meta(server: ServerAddress, session: requests.Session, operation: str, body: Any) -> dict[str, Any]:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    url = f"{server.api_host}/v2.34/{operation}"
    answer = session.post(url, data=data, headers={"Content-Type": "application/json"}, timeout=30)
    session.cookies.clear()
    assert answer.headers["content-type"] == "application/json"
    return dict(answer.json()["meta"])


@pytest.mark.long
def test_sql_and_html_in_every_text_of_every_operation_break_nothing(
    server: ServerAddress, session: requests.Session
) -> None:
    canary = call(server, "tasks.create", name="canary", type="training", comment="sings")["id"]
    tried = 0
    for name, operation in sorted(OPERATIONS.items()):
        schema = operation.schema if operation.schema is not None else sdk_schema(name) or {}
        for field in {*schema.get("properties", {}), *_FILTERS}:
            for value in (_EVIL, [_EVIL]):
                meta = _meta(server, session, name, {**_required(server, schema), field: value})
                assert not _BROKEN_SQL.search(meta["result_msg"]), (name, field, meta)
                tried += 1
    assert tried > 2000
    task = call(server, "tasks.get_by_id", task=canary)["task"]
    assert (task["name"], task["comment"], task["status"]) == ("canary", "sings", "created")


_FILTERS = ("id", "name", "tags", "only_fields", "order_by", "search_text", f"hyperparams.{_EVIL}.a.value")


def _required(server: ServerAddress, schema: Any) -> dict[str, Any]:
    """Return what an operation cannot do without, of things that may be lost."""
    known: dict[str, Any] = {"name": "victim", "type": "training", "metric": "m", "worker": "w", "timestamp": 1}
    wanted = {name: known[name] for name in schema.get("required", ()) if name in known}
    for name in {"task", "tasks", "ids"} & set(schema.get("required", ())):
        key = call(server, "tasks.create", name="victim", type="training")["id"]
        wanted[name] = key if name == "task" else [key]
    return wanted


def test_what_looks_like_sql_or_html_is_kept_and_found_as_it_is(server: ServerAddress) -> None:
    section, name = "Ge'n\"eral<b>", "lr'); DROP--"
    item = {"section": section, "name": name, "value": _EVIL}
    task = call(
        server, "tasks.create", name=_EVIL, type="training", tags=[_EVIL], hyperparams={section: {name: item}}
    )["id"]
    found = call(server, "tasks.get_all", name=f"^{re.escape(_EVIL)}$", tags=[_EVIL])["tasks"]
    assert [(row["id"], row["name"], row["tags"]) for row in found] == [(task, _EVIL, [_EVIL])]
    assert found[0]["hyperparams"][section][name]["value"] == _EVIL
    assert task in [row["id"] for row in call(server, "tasks.get_all", search_text='"DROP TABLE tasks"')["tasks"]]
    assert call(server, "tasks.get_all", tags=["' OR '1'='1"])["tasks"] == []


@pytest.mark.parametrize("field", ["hyperparams.a'b.c.value", "last_metrics.a'.b.value", "runtime.') OR 1=1 --"])
def test_a_path_in_a_filter_or_an_order_is_quoted(
    server: ServerAddress, session: requests.Session, field: str
) -> None:
    for body in ({field: ["1"]}, {"order_by": [field]}, {"only_fields": [field]}, {"order_by": [f"-{field}"]}):
        assert not _BROKEN_SQL.search(_meta(server, session, "tasks.get_all", body)["result_msg"])


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ({"order_by": ["hyperparams.\0.x.value"]}, (400, 14)),
        ({"order_by": ["-hyperparams.%00.x.value"]}, (400, 14)),
        ({"hyperparams.a%22b.x.value": ["1"]}, (400, 14)),
        ({"scroll_id": None, "size": 10**30}, (400, 12)),
        ({"start": 10**30, "size": 1}, (400, 12)),
        ({"page": 10**30, "page_size": 1}, (400, 12)),
        ({"parent": [10**30]}, (400, 12)),
    ],
)
def test_what_the_database_cannot_read_is_refused_before_it_gets_there(
    server: ServerAddress, session: requests.Session, body: dict[str, Any], codes: tuple[int, int]
) -> None:
    meta = _meta(server, session, "tasks.get_all", body)
    assert (meta["result_code"], meta["result_subcode"]) == codes


@pytest.mark.parametrize("value", [1, 0.5, True, ["1"], {"a": "1"}])
def test_the_value_of_a_hyperparameter_is_a_text(
    server: ServerAddress, session: requests.Session, value: Any
) -> None:
    item = {"section": "Args", "name": "lr", "value": value}
    body = {"name": "typed", "type": "training", "hyperparams": {"Args": {"lr": item}}}
    meta = _meta(server, session, "tasks.create", body)
    assert (meta["result_code"], meta["result_subcode"]) == (400, 12)
    assert 'expected type "str"' in meta["result_msg"]
    body["hyperparams"] = {"Args": {"lr": {**item, "value": "0.5"}}}
    assert _meta(server, session, "tasks.create", body)["result_code"] == 200


@pytest.mark.parametrize(("levels", "code"), [(98, 200), (101, 400), (50_000, 400)])
def test_values_nested_deeper_than_documents_may_be_are_refused(
    server: ServerAddress, session: requests.Session, levels: int, code: int
) -> None:
    nested = b'{"a":' * levels + b"1" + b"}" * levels
    body = b'{"name":"nested","type":"training","runtime":' + nested + b"}"
    assert _meta(server, session, "tasks.create", body)["result_code"] == code
    assert _meta(server, session, "tasks.get_all", {"order_by": ["runtime.a"]})["result_code"] == 200


def test_many_brackets_side_by_side_are_no_nesting(server: ServerAddress, session: requests.Session) -> None:
    body = {"name": "wide", "type": "training", "runtime": {str(n): [] for n in range(1000)}}
    assert _meta(server, session, "tasks.create", body)["result_code"] == 200


@pytest.mark.parametrize("text", [b'"\\ud800"', b'"\\uDC00x"', b'"\xff"', b'"\xed\xa0\x80"'])
def test_what_is_no_text_is_refused(server: ServerAddress, session: requests.Session, text: bytes) -> None:
    body = b'{"type":"training","name":"abc","comment":' + text + b"}"
    assert _meta(server, session, "tasks.create", body)["result_code"] == 400


def test_characters_outside_of_the_first_plane_are_text(server: ServerAddress) -> None:
    task = call(server, "tasks.create", name="rocket \U0001f680 \0", type="training")["id"]
    assert call(server, "tasks.get_by_id", task=task)["task"]["name"] == "rocket \U0001f680 \0"


def test_a_long_body_without_a_length_is_cut_off(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path, port=0, largest_body=10_000) as address:
        pair = (address.access_key, address.secret_key)
        pieces = (b"x" * 1000 for _ in range(100))
        answer = requests.post(f"{address.api_host}/v2.31/tasks.create", data=pieces, auth=pair, timeout=30)
        assert answer.status_code == 413
        assert call(address, "tasks.get_all") == {"tasks": []}


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "evil.example:80", "localhost@evil", "", "["]
)
def test_no_port_answers_to_a_name_that_is_not_its_own(
    server: ServerAddress, session: requests.Session, host: str
) -> None:
    for address in (server.api_host, server.files_host, server.web_host):
        assert session.get(f"{address}/debug.ping", headers={"Host": host}, timeout=10).status_code in (400, 421)


def test_every_network_at_once_is_refused_and_one_named_address_says_what_it_means(tmp_path: Path) -> None:
    for host in ("0.0.0.0", "::", ""):
        with pytest.raises(UsageError, match="must be one address of this machine"):
            EmbeddedServer(tmp_path, host=host)
    assert exposure("127.0.0.1") is exposure("localhost") is exposure("::1") is None
    assert "travel there unencrypted" in (exposure("192.0.2.7") or "")


def test_the_command_line_says_what_a_named_address_means(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing; it tells which address would be used
        except OSError:
            pytest.skip("this machine has no address besides loopback ones")
        host = str(probe.getsockname()[0])
    process = _command_line(tmp_path, "--host", host)
    assert process.stdout is not None
    address = ServerAddress(**json.loads(process.stdout.readline()))
    assert host in address.api_host
    assert requests.post(f"{address.api_host}/debug.ping", timeout=10).status_code == 200
    process.terminate()
    assert f"Everybody who reaches {host} can try to log in" in " ".join(
        process.communicate(timeout=20)[1].split()
    )


def test_secrets_are_in_no_log(tmp_path: Path) -> None:
    process = _command_line(tmp_path / "data", "--debug")
    assert process.stdout is not None
    address = ServerAddress(**json.loads(process.stdout.readline()))
    url, pair = f"{address.api_host}/v2.31", (address.access_key, address.secret_key)
    with requests.Session() as session:
        token = session.post(f"{address.api_host}/auth.login", auth=pair).json()["data"]["token"]
        made = session.post(f"{url}/auth.create_credentials", json={}, auth=pair).json()["data"]["credentials"]
        session.cookies.clear()
        for header in (f"Bearer {token}x", f"Basic {token}", f"Digest {token}", token):
            assert session.get(f"{url}/tasks.get_all", headers={"Authorization": header}).status_code == 401
        session.post(f"{address.web_host}/", data={"access_key": pair[0], "secret_key": pair[1]})
        session.post(f"{url}/no.operation", json={"secret": pair[1]}, auth=pair)
        session.post(f"{url}/tasks.get_all", json={"page": pair[1]}, auth=pair)
        session.post(
            address.files_host, data=b"no form", headers={"Content-Type": "multipart/form-data"}, auth=pair
        )
    process.terminate()
    said = process.communicate(timeout=20)[1]
    assert "no.operation" in said
    keys = json.loads((tmp_path / "data" / "keys.json").read_text())
    for secret in (pair[1], keys["token_secret"], made["secret_key"], token, token.rsplit(".", 1)[1]):
        assert secret not in said


def test_everything_in_the_folder_is_for_its_owner_only_whatever_the_umask(tmp_path: Path) -> None:
    process = _command_line(tmp_path / "data", before="import os; os.umask(0); ")
    assert process.stdout is not None
    address = ServerAddress(**json.loads(process.stdout.readline()))
    call(address, "tasks.create", name="written", type="training")
    modes = {path.name: path.stat().st_mode & 0o077 for path in (tmp_path / "data").iterdir()}
    process.terminate()
    process.communicate(timeout=20)
    assert modes == dict.fromkeys(
        ["keys.json", "server.lock", "server.sqlite", "server.sqlite-wal", "server.sqlite-shm", "files"], 0
    )


def test_a_link_in_the_folder_of_files_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    with EmbeddedServer(tmp_path / "data", port=0) as address:
        (tmp_path / "data" / "files" / "link").symlink_to(tmp_path)
        pair = (address.access_key, address.secret_key)
        url = f"{address.files_host}/link/secret.txt"
        assert requests.get(url, auth=pair, timeout=10).status_code == 404
        assert requests.delete(url, auth=pair, timeout=10).status_code == 404
        body = {"files": [url, "../secret.txt", "%2e%2e/secret.txt", f"{address.files_host}//..//secret.txt"]}
        gone = requests.post(f"{address.files_host}/delete_many", json=body, auth=pair, timeout=10).json()
        assert gone["deleted"] == {}
    assert (tmp_path / "secret.txt").read_text() == "secret"


def _command_line(data: Path, *arguments: str, before: str = "") -> "subprocess.Popen[str]":
    code = before + "from clearml_hpo_app.cli import main; main()"
    command = [sys.executable, "-c", code, "server", "--data", str(data), "--port", "0", "--json", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
