"""Who comes in at the page, from where, and what a browser may do with what it gets."""

import json
import socket
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from shell import Shell
from web_stage import Stage, Visitor, connect

from clearml_hpo_app.clock import SystemClock
from clearml_hpo_app.errors import UsageError
from clearml_hpo_app.web.keys import Secrets
from clearml_hpo_app.web.process import PageProcess
from clearml_hpo_app.web.server import PageServer


def test_nobody_comes_in_without_the_key(stage: Stage):
    assert requests.get(stage.page.address, timeout=10).status_code == 401
    assert requests.get(f"{stage.page.address}/?key=guessed", timeout=10).status_code == 401
    assert requests.get(f"{stage.page.address}/api/places", timeout=10).status_code == 401


def test_the_key_leaves_the_address_and_becomes_a_cookie_that_scripts_do_not_see(stage: Stage):
    answer = requests.get(stage.page.url, allow_redirects=False, timeout=10)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie


def test_a_key_does_not_lead_to_another_site(stage: Stage):
    key = stage.page.url.partition("key=")[2]
    answer = requests.get(f"{stage.page.address}//evil.example/?key={key}", allow_redirects=False, timeout=10)
    assert answer.headers["location"].startswith("/evil.example")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "localhost.evil.example", ""])
def test_another_name_in_the_host_header_is_refused(visitor: Visitor, host: str):
    assert visitor.get("/", Host=host).status_code in {400, 421}


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", "https://[", ""])
def test_a_change_that_another_site_sends_is_refused(visitor: Visitor, origin: str):
    assert visitor.post("/api/clear-completed", {"ids": []}, Origin=origin).status_code == 403


def test_a_change_is_never_a_get(stage: Stage, visitor: Visitor):
    task = stage.draft()
    for path in ("/api/launch", "/api/clear-completed", "/api/import", f"/api/instances/{task}/delete"):
        assert visitor.get(path).status_code == 405, path
    assert visitor.session.put(f"{visitor.address}/api/launch", timeout=10).status_code == 405
    assert stage.api("tasks.get_all", id=[task])["tasks"]


def test_an_address_that_leads_nowhere_leads_back_to_the_page(visitor: Visitor):
    for accepted, told in (("text/html,*/*", '<a href="/">'), ("application/json", "Not Found")):
        answer = visitor.get("/optimizations/older", Accept=accepted)
        assert (answer.status_code, told in answer.text) == (404, True)


def test_a_form_of_another_kind_than_json_is_refused(visitor: Visitor):
    sent = visitor.session.post(
        f"{visitor.address}/api/clear-completed",
        data="ids=1",
        headers={"Origin": visitor.address, "Content-Type": "text/plain"},
        timeout=10,
    )
    assert sent.status_code == 422


def test_more_than_a_configuration_can_be_is_refused(visitor: Visitor):
    answer = visitor.post("/api/import", {"text": "x" * 2_500_000, "name": "film.json"})
    assert answer.status_code == 422
    assert "2 MB" in answer.json()["text"]


def test_every_answer_forbids_scripts_of_others_and_being_framed(visitor: Visitor):
    for path in ("/", "/api/application", "/static/style.css", "/nothing"):
        headers = visitor.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy, path
        assert "'unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0]
        assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["../safety.py", "%2e%2e/safety.py", "..%2fsafety.py", "shell.html", "/etc/passwd"]
)
def test_only_files_of_the_page_are_given_out(visitor: Visitor, path: str):
    assert visitor.get(f"/static/{path}").status_code == 404


@pytest.mark.parametrize("name", ["instances/../../x", "..", "ffff", "f" * 31 + "g"])
def test_an_id_that_is_none_reaches_no_server(visitor: Visitor, name: str):
    answer = visitor.get(f"/api/instances/{name}/configuration")
    assert answer.status_code in {404, 502}


def test_an_import_by_id_reads_no_file_of_this_machine(visitor: Visitor):
    answer = visitor.post("/api/import", {"id": "/etc/passwd"})
    assert answer.status_code == 422
    assert "32 hex digits" in answer.json()["text"]


def test_a_dropped_file_cannot_include_another_one(visitor: Visitor, tmp_path: Path):
    secret = tmp_path / "secret.conf"
    secret.write_text('title: "the secret"')
    answer = visitor.post("/api/import", {"text": f'include "{secret}"', "name": "a.conf"})
    assert "the secret" not in answer.text


@pytest.mark.parametrize("password", ["", "short"])
def test_another_address_needs_a_password_that_is_not_found_by_trying(password: str):
    with pytest.raises(UsageError, match="must have a password of 8 characters or more"):
        PageServer(host="0.0.0.0", port=0, password=password)


def test_the_address_of_a_page_on_all_addresses_is_this_machine_s_name(stage: Stage):
    page = PageServer(
        host="0.0.0.0", port=0, password="open sesame", connect_to_server=lambda: connect(stage.address)
    )
    with page:
        address = urlsplit(page.url)
        assert address.hostname == socket.gethostname().lower()
        here = f"http://127.0.0.1:{address.port}/?{address.query}"
        assert (
            requests.get(here, headers={"Host": address.netloc}, allow_redirects=False, timeout=10).status_code
            == 303
        )


def test_a_password_opens_the_page_and_a_wrong_one_does_not(stage: Stage):
    with PageServer(port=0, password="open sesame", connect_to_server=lambda: connect(stage.address)) as page:
        visitor = requests.Session()
        headers = {"Origin": page.address}
        wrong = visitor.post(f"{page.address}/login", data={"password": "sesame"}, headers=headers, timeout=10)
        assert wrong.status_code == 401
        right = {"password": "open sesame", "to": "/new"}
        answer = visitor.post(f"{page.address}/login", data=right, headers=headers, timeout=10)
        assert answer.url == f"{page.address}/new"
        assert answer.status_code == 200


class LaterClock(SystemClock):
    later = timedelta()

    def now(self) -> datetime:
        return super().now() + self.later


def test_a_key_that_a_browser_is_started_with_opens_for_five_minutes():
    clock = LaterClock()
    keys = Secrets("", clock)
    brief = keys.brief_key()
    assert keys.opens(brief, "here")
    clock.later = timedelta(minutes=6)
    assert not keys.opens(brief, "here")
    assert keys.opens(keys.key, "here")
    assert not keys.opens("", "here")


def test_the_page_as_a_process_gives_an_address_for_the_browser(stage: Stage, tmp_path: Path):
    page = PageProcess(Shell(stage.address, tmp_path).environment, tmp_path / "page.log")
    url = page.start()
    try:
        there = page.browser_url(url, "/new")
        assert "/new?key=" in there and there.partition("key=")[2] not in url
        assert requests.get(there, timeout=10).url.endswith("/new")
    finally:
        page.stop()
    assert page.pid is None


def test_guessing_ends_after_ten_wrong_tries_for_a_minute_and_for_nobody_else():
    clock = LaterClock()
    keys = Secrets("right", clock)
    assert keys.opens("right", "here")
    assert not any(keys.opens(f"wrong {number}", "here") for number in range(10))
    assert not keys.opens("right", "here")
    assert 58 <= keys.seconds_locked("here") <= 60 and keys.seconds_locked("elsewhere") == 0
    assert keys.opens("right", "elsewhere")
    assert keys.opens(keys.key, "here"), "wrong tries of others keep nobody out who has the key"
    clock.later = timedelta(seconds=61)
    assert keys.seconds_locked("here") == 0
    assert keys.opens("right", "here")


def test_where_a_login_leads_is_escaped(stage: Stage):
    answer = requests.get(f'{stage.page.address}/"><script>alert(1)</script>', timeout=10)
    assert answer.status_code == 401
    assert "<script>alert" not in answer.text


def test_the_command_says_where_it_serves_and_ends_in_order(stage: Stage, tmp_path: Path):
    with Shell(stage.address, tmp_path).begin("web", "--no-open", "--port", "0", "--json") as process:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        assert requests.get(url, timeout=10).status_code == 200
        process.terminate()
        assert process.wait(20) == 0


def test_without_the_extra_the_command_names_it(tmp_path: Path):
    code = "import sys; sys.modules['uvicorn'] = None; from clearml_hpo_app.cli import main; main()"
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code, "web", "--no-open"], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 1
    assert "pip install 'clearml-hpo-app[web]'" in " ".join(done.stderr.split())
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(("host", "has"), [("localhost", True), ("127.0.0.1", True), ("192.168.1.5", False)])
def test_a_page_over_http_is_isolated_from_others_where_browsers_heed_it(stage: Stage, host: str, has: bool):
    answer = requests.get(stage.page.address, headers={"Host": host}, timeout=10)
    assert ("cross-origin-opener-policy" in answer.headers) is has
    assert answer.headers["x-frame-options"] == "DENY"
