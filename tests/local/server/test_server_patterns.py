"""Regular expressions of clients: they mean what they mean to `re`, and none of them stops the server."""

import itertools
import re
import threading
import time

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from server_calls import call

from clearml_hpo_app.local.server import ServerAddress
from clearml_hpo_app.local.server.faults import Fault
from clearml_hpo_app.local.server.patterns import Searches, checked, fits

_EVIL = "^(a|aa)+$"
_TEXTS = (
    "",
    "a",
    "aab",
    "AAB",
    "run {e}",
    "run {d<=1} x",
    "x{1}",
    "x",
    "ru",
    "a\nb",
    "ﬀ",
    "ß",
    "ss",
    "é9",
    "\u2026",
    "{",
)


@pytest.mark.parametrize(
    "pattern",
    [
        *(
            "a",
            "^a+b$",
            "(?i)aab",
            "a.b",
            "(?s)a.b",
            "(?x) a b # b after a",
            "^(?!a)",
            r"(a)\1",
            "$",
            r"\w\d",
            "(?i)SS",
            "(?i)ẞ",
            "(?i)FF",
        ),
        *("run {e}", r"run \{e\}", "run {d<=1}", "x{1}", "x{,2}$", "x{1,}", "x{}", "[{]", "{"),
        r"\N{HORIZONTAL ELLIPSIS}",
    ],
)
def test_a_pattern_means_what_it_means_to_re(pattern: str) -> None:
    searches = Searches()
    found = [text for text in _TEXTS if searches.matches(checked(pattern), text)]
    assert found == [text for text in _TEXTS if re.search(pattern, text)]


@pytest.mark.parametrize("pattern", ["(", "[", "a**", r"\y", "(?<x", "x{2,1}"])
def test_what_is_no_pattern_to_re_is_refused_in_its_words(pattern: str) -> None:
    with pytest.raises(re.error) as problem:
        re.compile(pattern)
    with pytest.raises(Fault, match=re.escape(str(problem.value))) as refusal:
        checked(pattern)
    assert (refusal.value.code, refusal.value.subcode) == (400, 21)


@pytest.mark.parametrize("pattern", ["{}", "{}.*", "(?i){}", "{}C?", "(?x){} # all of them"])
@pytest.mark.timeout(60)
def test_long_texts_that_repeat_themselves_end_at_the_limit_too(pattern: str) -> None:
    """The literal search of `regex` knows no limit: a minute for each of these, and nobody else is answered."""
    searches = Searches()
    text = "A" * 20_000
    try:
        assert not searches.matches(checked(pattern.format(text + "B")), text + "C" + text)
    except TimeoutError:
        assert searches.refusal is not None


@given(st.text("ab*", max_size=8), st.text("ab", max_size=10))
def test_a_star_of_a_workers_name_stands_for_any_characters(wildcards: str, text: str) -> None:
    assert fits(wildcards, text) == bool(re.fullmatch(wildcards.replace("*", ".*"), text))


def test_any_name_of_workers_can_be_asked_for(server: ServerAddress) -> None:
    call(server, "workers.register", worker="gpu[0]:1")
    for pattern, count in (("gpu[0]*", 1), ("gpu[0", 0), ("(a+)+$", 0), ("*:1", 1)):
        assert len(call(server, "workers.get_all", worker_pattern=pattern)["workers"]) == count


def test_plain_searches_of_many_texts_use_up_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = itertools.count()
    monkeypatch.setattr(time, "thread_time", lambda: next(moments) * 10e-6)
    searches = Searches()
    assert all(searches.matches("^a", "abc") for _ in range(60_000))
    assert searches.refusal is None


def test_slow_searches_of_many_texts_use_the_allowance_up(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = itertools.count()
    monkeypatch.setattr(time, "thread_time", lambda: next(moments) * 0.1)
    searches = Searches()
    assert all(searches.matches("^a", "abc") for _ in range(5))
    assert not searches.refusal
    with pytest.raises(TimeoutError):
        all(searches.matches("^a", "abc") for _ in range(2))
    assert searches.refusal is not None
    searches.renew()
    assert searches.matches("^a", "abc")


@pytest.mark.parametrize("body", [{"name": _EVIL}, {"_any_": {"pattern": _EVIL, "fields": ["comment", "name"]}}])
def test_a_pattern_that_backtracks_without_end_is_refused_and_others_are_answered_meanwhile(
    server: ServerAddress, body: dict[str, object]
) -> None:
    for _ in range(3):
        call(server, "tasks.create", name="a" * 40 + "!", type="training")
    answers: list[requests.Response] = []
    pair = (server.access_key, server.secret_key)

    def ask() -> None:
        url = f"{server.api_host}/tasks.get_all"
        answers.append(requests.post(url, json=body, auth=pair, timeout=30))

    asking = threading.Thread(target=ask)
    started = time.monotonic()
    asking.start()
    call(server, "tasks.get_all", name="^b")
    asking.join()
    assert time.monotonic() - started < 5
    meta = answers[0].json()["meta"]
    assert (meta["result_code"], meta["result_subcode"]) == (400, 21)
    assert "takes more than 0.5 s; use a simpler one" in meta["result_msg"]
    assert len(call(server, "tasks.get_all", name="^a+!$")["tasks"]) % 3 == 0
