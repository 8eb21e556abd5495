"""What open pages cost the ClearML server: one look for all of them, and never more calls a minute than given."""

import threading
from collections import Counter
from datetime import datetime, timedelta, timezone

import pytest
from cli_server import wait_until
from web_stage import Stage, Visitor, connect

from clearml_hpo_app.clearml_api import Client
from clearml_hpo_app.clearml_api.allowance import Allowance
from clearml_hpo_app.errors import ServerUnavailable
from clearml_hpo_app.web.server import PageServer


class StandingClock:
    def __init__(self) -> None:
        self.moment = datetime(2026, 1, 1, tzinfo=timezone.utc)

    def now(self) -> datetime:
        return self.moment

    def wait(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@pytest.mark.parametrize("cost", [1, 5, 40])
def test_no_minute_has_more_calls_than_were_given_besides_the_last_look(cost: int):
    clock = StandingClock()
    allowance = Allowance(clock, 150)
    made: list[tuple[datetime, int]] = []
    for _ in range(400):
        clock.wait(max(allowance.seconds(), 0.2))
        allowance.spend(cost)
        made.append((clock.now(), cost))
    for begin, _ in made:
        within = [calls for at, calls in made if begin <= at < begin + timedelta(minutes=1)]
        assert sum(within) <= 150 + cost


def test_after_a_quiet_time_several_calls_may_be_made_at_once():
    clock = StandingClock()
    allowance = Allowance(clock, 150)
    clock.wait(600)
    allowance.spend(20)
    assert allowance.seconds() == 0
    assert allowance.in_last_minute() == 20
    clock.wait(61)
    assert allowance.in_last_minute() == 0


def calls_of(stage: Stage, pages: int, looks: int) -> Counter[str]:
    """Return the calls by operation that `pages` open pages cost while the server is looked at `looks` times."""
    clients = []

    def connected():
        clients.append(connect(stage.address))
        return clients[-1]

    def counted() -> Counter[str]:
        return sum((client.calls for client in clients), Counter())

    with PageServer(port=0, connect_to_server=connected) as page:
        task = stage.running(title="Watched by many")
        streams = [Visitor(page).parts(task) for _ in range(pages)]
        for stream in streams:
            assert next(value for name, value in stream if name == "read") is True
        before = counted()
        wait_until(lambda: counted()["tasks.get_all_ex"] >= before["tasks.get_all_ex"] + looks)
        found = counted() - before
        for stream in streams:
            stream.close()
    stage.api("tasks.stopped", task=task, force=True)
    return found


def test_eight_open_pages_cost_the_server_no_more_than_one(stage: Stage):
    for pages in (1, 8):
        found = calls_of(stage, pages, looks=3)
        assert set(found) == {"tasks.get_all_ex"}
        assert found.total() <= 4


def test_nobody_looks_no_call(stage: Stage):
    clients = []

    def connected():
        clients.append(connect(stage.address))
        return clients[-1]

    with PageServer(port=0, connect_to_server=connected) as page:
        Visitor(page).get("/")
        assert clients == []


@pytest.mark.long
def test_a_server_that_hangs_is_told_of_long_before_the_look_gives_up():
    over = threading.Event()

    def hang() -> Client:
        over.wait(60)
        raise ServerUnavailable("auth.login", "The server must answer, but it does not.")

    with PageServer(port=0, connect_to_server=hang) as page:
        told = Visitor(page).part("server")
        over.set()
    assert told == {"ok": False, "kind": "away", "text": "The server has not answered for 6 s."}
