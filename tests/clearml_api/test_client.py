"""How answers of a server, and their absence, become data or errors."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
import requests
from fake_session import Answer, client_of, ok, refused

from clearml_hpo_app.clearml_api import connect_to
from clearml_hpo_app.clearml_api.client import Client
from clearml_hpo_app.clearml_api.connecting import RETRIES
from clearml_hpo_app.errors import CredentialsRefused, RequestRefused, ServerUnavailable
from clearml_hpo_app.local.server import EmbeddedServer


def test_a_call_is_posted_and_counted():
    client, session = client_of(ok({"id": "new"}))
    assert client.call("tasks.create", name="x") == {"id": "new"}
    assert session.requests == [("tasks.create", "post", {"name": "x"})]
    assert client.calls == {"auth.login": 1, "tasks.create": 1}


def test_lines_are_one_object_each_in_utf_8():
    client, session = client_of(ok({}))
    client.call_lines("events.add_batch", [{"msg": "é"}, {"msg": "b\nc"}])
    assert session.bodies("events.add_batch") == ['{"msg": "é"}\n{"msg": "b\\nc"}'.encode()]
    with pytest.raises(ValueError, match="not JSON compliant"):
        client.call_lines("events.add_batch", [{"value": float("nan")}])


@pytest.mark.parametrize("status", [429, 502, 503, 504, 509])
def test_later_means_later(status: int):
    client, _ = client_of(Answer(status, "<html>"))
    with pytest.raises(ServerUnavailable, match=f"tasks.clone was answered with HTTP {status}"):
        client.call("tasks.clone")


@pytest.mark.parametrize("text", ["<html>captive portal</html>", "[]", '{"meta": {}}', ""])
def test_an_answer_of_somebody_else_is_none(text: str):
    client, _ = client_of(Answer(200, text))
    with pytest.raises(ServerUnavailable, match="was not answered by a ClearML server"):
        client.call("tasks.get_all")


def test_a_refusal_says_why_and_keeps_its_codes():
    client, _ = client_of(refused(400, 101, "Invalid task id"))
    with pytest.raises(RequestRefused, match=r"The server refused tasks\.stop: Invalid task id") as caught:
        client.call("tasks.stop", task="gone")
    assert (caught.value.operation, caught.value.code, caught.value.subcode) == ("tasks.stop", 400, 101)


def test_credentials_that_are_refused_are_final():
    client, _ = client_of(refused(401, 22, "Unauthorized"))
    with pytest.raises(CredentialsRefused, match="refused the credentials: Unauthorized"):
        client.call("tasks.get_all")


def test_an_error_of_the_server_itself_may_pass_events_that_it_cannot_store_do_not():
    with pytest.raises(ServerUnavailable, match="failed on the server: General data error"):
        client_of(refused(500, 0, "General data error"))[0].call("tasks.get_all")
    with pytest.raises(ServerUnavailable, match="failed on the server: database away"):
        client_of(refused(500, 102, "database away"))[0].call("tasks.clone")
    with pytest.raises(RequestRefused, match="too large"):
        client_of(refused(500, 100, "too large"))[0].call("events.add_batch")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (requests.ConnectionError("('Connection aborted.', RemoteDisconnected('Remote end'))"), "was closed"),
        (requests.Timeout("read timed out"), "read timed out"),
        (ConnectionRefusedError("no"), "no"),
        (
            requests.ConnectionError("host='h', port=8008): Max retries ([Errno 111] Connection refused'))"),
            "h:8008 says connection refused. Check the address, or try again later.",
        ),
    ],
)
def test_no_answer_is_a_sentence(error: Exception, sentence: str):
    with pytest.raises(ServerUnavailable, match=rf"No answer to tasks\.clone: .*{sentence}"):
        client_of(error)[0].call("tasks.clone")


def test_other_errors_are_not_hidden():
    with pytest.raises(KeyError, match="a bug"):
        client_of(KeyError("a bug"))[0].call("tasks.clone")


def test_the_servers_clock_is_followed():
    client, _ = client_of(ok({}))
    there = datetime.now(timezone.utc) + timedelta(hours=3)
    client.observe_server_time(there)
    assert abs(client.now() - there) < timedelta(seconds=5)


def test_versions_compare_as_numbers():
    client, session = client_of(ok({}))
    session.max_api_version = "2.9"
    assert client.api_version == (2, 9) < (2, 23)


def test_one_can_connect_to_a_server_by_its_address(tmp_path):
    with EmbeddedServer(tmp_path, port=0) as address:
        client = connect_to(address.api_host, address.access_key, address.secret_key, files_host="http://f")
        assert isinstance(client, Client)
        assert (client.api_host, client.files_host) == (address.api_host, "http://f")
        assert client.call("tasks.get_all")["tasks"] == []
        with pytest.raises(CredentialsRefused, match="must accept the credentials"):
            connect_to(address.api_host, "wrong", "pair")
    with pytest.raises(ServerUnavailable, match="No ClearML server answers"):
        connect_to(address.api_host, address.access_key, address.secret_key)
    assert "config" not in RETRIES


def test_an_http_date_corrects_a_clock_that_is_wrong_by_seconds_and_leaves_a_good_one():
    now = datetime.now(timezone.utc)
    for skew, is_corrected in ((timedelta(minutes=10), True), (timedelta(seconds=1), False)):
        date = format_datetime(now + skew, usegmt=True)
        client, _ = client_of(replace(ok({}), headers={"Date": date}))
        client.call("debug.ping")
        assert (abs(client.now() - (now + skew)) < timedelta(seconds=5)) or not is_corrected
        assert is_corrected or abs(client.now() - now) < timedelta(seconds=1)
