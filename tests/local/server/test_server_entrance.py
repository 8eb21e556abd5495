"""The door of the viewer: other users of the machine don't get in, a click on the printed address does."""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import requests

from clearml_hpo_app.local.server import EmbeddedServer, ServerAddress
from clearml_hpo_app.local.server.passes import is_good, make_pass

_NOW = datetime.now(timezone.utc)
_LATER = _NOW + timedelta(hours=1)


@pytest.fixture
def browser() -> Iterator[requests.Session]:
    """As a browser: keeps cookies, follows redirects."""
    with requests.Session() as session:
        yield session


def test_without_a_pass_no_page_and_no_data_is_shown(server: ServerAddress, browser: requests.Session) -> None:
    for path in ("/", "/projects/*/tasks/x/output/log", "/data/overview", "/data/tasks/x", "/data/tasks/x/plot"):
        answer = browser.get(f"{server.web_host}{path}")
        assert (answer.status_code, "<form" in answer.text) == (401, True)
    assert browser.get(f"{server.web_host}/assets/viewer.css").status_code == 200


def test_a_click_on_the_printed_address_opens_all_pages(server: ServerAddress, browser: requests.Session) -> None:
    page = browser.get(server.pages(_LATER))
    assert (page.status_code, page.url) == (200, f"{server.web_host}/")
    assert browser.get(f"{server.web_host}/data/overview").json()["project"] is None
    cookie = browser.cookies.copy().get("clearml_viewer")
    assert cookie
    assert server.secret_key not in cookie
    assert browser.get(f"{server.api_host}/v2.31/tasks.get_all").status_code == 401


def test_the_pass_leaves_the_address_and_the_rest_stays(server: ServerAddress, browser: requests.Session) -> None:
    text = make_pass(server.secret_key, _LATER)
    answer = browser.get(f"{server.web_host}/tasks/a%20b?theme=dark&key={text}", allow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/tasks/a%20b?theme=dark")
    assert "httponly" in answer.headers["set-cookie"].lower()
    assert (answer.headers["cache-control"], answer.headers["referrer-policy"]) == ("no-store", "no-referrer")


@pytest.mark.parametrize(
    "path", ["//evil.example/", "/%5Cevil.example", "/%0d%0aSet-Cookie:%20a=b", "/%2F/evil.example"]
)
def test_no_address_leads_to_another_server(server: ServerAddress, browser: requests.Session, path: str) -> None:
    request = requests.Request("GET", server.web_host).prepare()
    request.url = f"{server.web_host}{path}?key={make_pass(server.secret_key, _LATER)}"
    answer = browser.send(request, allow_redirects=False)
    place = answer.headers["location"]
    assert answer.status_code == 303
    assert place.startswith("/")
    assert not place.startswith(("//", "/\\"))
    assert "a" not in answer.cookies


def test_a_pass_that_ended_or_was_made_by_somebody_else_opens_nothing(
    server: ServerAddress, browser: requests.Session
) -> None:
    good = make_pass(server.secret_key, _LATER)
    end, _, signature = good.partition(".")
    later = f"{int(end) + 1}.{signature}"
    for text in (
        make_pass(server.secret_key, _NOW),
        make_pass("other", _LATER),
        later,
        end,
        "",
        ".",
        "x.y",
        "1.é",
    ):
        assert browser.get(f"{server.web_host}/", params={"key": text}).status_code == 401
        browser.cookies.set("clearml_viewer", text.encode().decode("latin-1"))
        assert browser.get(f"{server.web_host}/data/overview").status_code == 401


def test_a_pass_ends_at_its_moment() -> None:
    text = make_pass("secret", _LATER)
    assert is_good("secret", text, _LATER - timedelta(seconds=1))
    assert not is_good("secret", text, _LATER)


def test_one_can_log_in_with_the_credentials(server: ServerAddress, browser: requests.Session) -> None:
    url = f"{server.web_host}/tasks/x"
    wrong = browser.post(url, data={"access_key": server.access_key, "secret_key": "wrong"})
    assert (wrong.status_code, "These are not credentials" in wrong.text) == (401, True)
    assert browser.post(url, data={"access_key": "x" * 20_000}).status_code == 401
    assert browser.post(url, data=b"\xff\xfe").status_code == 401
    right = browser.post(url, data={"access_key": server.access_key, "secret_key": server.secret_key})
    assert (right.status_code, right.url) == (200, url)
    assert browser.get(f"{server.web_host}/data/overview").status_code == 200


def test_a_further_credential_and_a_token_open_the_pages(server: ServerAddress, browser: requests.Session) -> None:
    login = browser.post(f"{server.api_host}/auth.login", auth=(server.access_key, server.secret_key))
    token = {"Authorization": f"Bearer {login.json()['data']['token']}"}
    made = browser.post(f"{server.api_host}/v2.31/auth.create_credentials", headers=token).json()
    pair = made["data"]["credentials"]
    browser.cookies.clear()
    form = {"access_key": pair["access_key"], "secret_key": pair["secret_key"]}
    assert browser.post(f"{server.web_host}/", data=form).status_code == 200
    browser.cookies.clear()
    assert browser.get(f"{server.web_host}/data/overview", headers=token).status_code == 200


def test_on_a_named_address_the_pages_ask_as_well(tmp_path: Path, browser: requests.Session) -> None:
    with EmbeddedServer(tmp_path, host="0.0.0.0", port=0, hostnames=["localhost"]) as address:
        assert browser.get(address.web_host).status_code == 401
        assert browser.get(address.pages(_LATER)).status_code == 200
