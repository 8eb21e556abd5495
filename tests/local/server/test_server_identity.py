"""Credentials and tokens: who is let in, and for how long."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import jwt
import pytest
import requests

from clearml_hpo_app.local.server import EmbeddedServer, ServerAddress


class _HandClock:
    def __init__(self) -> None:
        self.moment = datetime(2040, 1, 1, tzinfo=timezone.utc)

    def now(self) -> datetime:
        return self.moment

    def wait(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


def _login(server: ServerAddress, session: requests.Session, **body: object) -> str:
    pair = (server.access_key, server.secret_key)
    answer = session.post(f"{server.api_host}/auth.login", json=body, auth=pair)
    session.cookies.clear()
    return str(answer.json()["data"]["token"])


def _codes(server: ServerAddress, session: requests.Session, header: str | None) -> tuple[int, int, str]:
    headers = {"Authorization": header} if header else {}
    meta = session.post(f"{server.api_host}/v2.31/tasks.get_all", json={}, headers=headers).json()["meta"]
    session.cookies.clear()
    return meta["result_code"], meta["result_subcode"], meta["result_msg"]


def test_a_token_has_the_shape_that_the_sdk_reads(server: ServerAddress, session: requests.Session) -> None:
    token = _login(server, session)
    payload = jwt.decode(token, options={"verify_signature": False})
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "JWT"}
    rest = {"exp", "iat", "session_id", "server_version", "server_build"}
    assert set(payload) == {"identity", "auth_type", "api_version", "feature_set", "env"} | rest
    assert set(payload["identity"]) == {"company_name", "user_name", "role", "company", "user"}
    assert {name: payload[name] for name in ("auth_type", "api_version", "feature_set", "env")} == {
        "auth_type": "Bearer",
        "api_version": "2.34",
        "feature_set": "basic",
        "env": "<unknown>",
    }
    assert payload["exp"] - payload["iat"] == 30 * 86_400


def test_wrong_credentials_are_refused_as_by_the_real_server(
    server: ServerAddress, session: requests.Session
) -> None:
    token = _login(server, session)
    forged = jwt.encode(jwt.decode(token, options={"verify_signature": False}), "x" * 48, algorithm="HS256")
    unsigned = jwt.encode(jwt.decode(token, options={"verify_signature": False}), None, algorithm="none")
    assert _codes(server, session, f"Bearer {token}")[0] == 200
    assert _codes(server, session, None)[:2] == (401, 20)
    assert _codes(server, session, "Digest abc")[:2] == (401, 10)
    assert _codes(server, session, "Basic abc")[:2] == (401, 22)
    assert "Not enough segments" in _codes(server, session, "Bearer abc")[2]
    assert "Signature verification failed" in _codes(server, session, f"Bearer {forged}")[2]
    assert _codes(server, session, f"Bearer {unsigned}")[:2] == (401, 30)


@pytest.mark.parametrize(
    ("seconds", "code"), [(0, 400), (-1, 400), (1, 200), (31_536_000, 200), (31_536_001, 400)]
)
def test_a_token_is_good_for_a_second_to_a_year(
    server: ServerAddress, session: requests.Session, seconds: int, code: int
) -> None:
    pair = (server.access_key, server.secret_key)
    answer = session.post(f"{server.api_host}/auth.login", json={"expiration_sec": seconds}, auth=pair, timeout=10)
    meta = answer.json()["meta"]
    assert (meta["result_code"], meta["result_subcode"]) == (code, 12 if code == 400 else 0)


def test_a_token_ends_when_it_says_by_the_servers_clock(tmp_path: Path, session: requests.Session) -> None:
    clock = _HandClock()
    with EmbeddedServer(tmp_path, port=0, clock=clock) as server:
        token = _login(server, session, expiration_sec=60)
        clock.wait(59)
        assert _codes(server, session, f"Bearer {token}")[0] == 200
        clock.wait(1)
        assert "Signature has expired" in _codes(server, session, f"Bearer {token}")[2]


def test_a_revoked_token_is_refused(server: ServerAddress, session: requests.Session) -> None:
    header = {"Authorization": f"Bearer {_login(server, session)}"}
    session.post(f"{server.api_host}/v2.31/auth.logout", json={}, headers=header)
    assert "revoked token" in _codes(server, session, header["Authorization"])[2]


def test_a_further_credential_works_until_it_is_revoked(server: ServerAddress, session: requests.Session) -> None:
    header = {"Authorization": f"Bearer {_login(server, session)}"}
    url = f"{server.api_host}/v2.31/auth"
    made = session.post(f"{url}.create_credentials", json={"label": "more"}, headers=header).json()
    pair = (made["data"]["credentials"]["access_key"], made["data"]["credentials"]["secret_key"])
    assert session.post(f"{server.api_host}/auth.login", json={}, auth=pair).status_code == 200
    session.cookies.clear()
    assert pair[1] not in session.post(f"{url}.get_credentials", json={}, headers=header).text
    session.post(f"{url}.revoke_credentials", json={"access_key": pair[0]}, headers=header)
    session.cookies.clear()
    assert session.post(f"{server.api_host}/auth.login", json={}, auth=pair).status_code == 401


def test_an_operation_that_is_missing_says_so(server: ServerAddress, session: requests.Session) -> None:
    answer = session.get(f"{server.api_host}/v2.31/debug.nope", data=json.dumps({}))
    assert answer.status_code == 404
    assert answer.json()["meta"]["result_msg"] == "Unable to find endpoint for name debug.nope and version 2.31"
