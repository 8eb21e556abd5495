"""A ceiling on calls per minute that holds whatever happens."""

from datetime import datetime, timedelta, timezone

from fake_session import client_of, ok
from hypothesis import given
from hypothesis import strategies as st

from clearml_hpo_app.clearml_api.budget import CallBudget

MINUTE = timedelta(minutes=1)
START = datetime(2026, 11, 2, tzinfo=timezone.utc)


class StandingClock:
    """Time passes only by waiting, or when a test says so; a wait may end early, as when the clock is woken."""

    def __init__(self, *, wakes: bool = False) -> None:
        self.moment = START
        self._wakes = wakes

    def now(self) -> datetime:
        return self.moment

    def wait(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds / 2 if self._wakes and seconds > 1 else seconds)


@given(pauses=st.lists(st.floats(0, 20), max_size=80), per_minute=st.integers(2, 40), wakes=st.booleans())
def test_no_minute_has_more_calls_than_the_ceiling(pauses: list[float], per_minute: int, wakes: bool):
    clock = StandingClock(wakes=wakes)
    budget, made = CallBudget(clock, per_minute), list[datetime]()
    for pause in pauses:
        clock.moment += timedelta(seconds=pause)
        budget.spend()
        made.append(clock.now())
    for first, after_ceiling in zip(made, made[per_minute:], strict=False):
        assert after_ceiling - first >= MINUTE - timedelta(milliseconds=10)


@given(pauses=st.lists(st.floats(0, 90), max_size=120), per_minute=st.integers(30, 600))
def test_no_call_waits_long_whatever_was_called_before(pauses: list[float], per_minute: int):
    clock = StandingClock()
    budget = CallBudget(clock, per_minute)
    for pause in pauses:
        clock.moment += timedelta(seconds=pause if pause > 45 else 0)
        before = clock.now()
        budget.spend()
        assert clock.now() - before <= MINUTE / (0.8 * per_minute) + timedelta(milliseconds=10)


@given(before=st.lists(st.floats(0, 40), max_size=60), per_minute=st.integers(30, 60))
def test_calls_that_were_made_before_the_ceiling_was_known_count(before: list[float], per_minute: int):
    clock = StandingClock()
    budget, made = CallBudget(clock), list[datetime]()
    for pause in before:
        clock.moment += timedelta(seconds=pause if pause > 30 else 0)
        budget.spend()
        made.append(clock.now())
    known = clock.now()
    budget.per_minute = per_minute
    for _ in range(2 * per_minute):
        budget.spend()
        made.append(clock.now())
    for last in (moment for moment in made if moment > known):
        within = sum(last - MINUTE < moment <= last for moment in made)
        assert within <= max(per_minute, sum(last - MINUTE < moment <= known for moment in made))


def test_without_a_ceiling_nothing_waits():
    clock = StandingClock()
    budget = CallBudget(clock)
    for _ in range(10_000):
        budget.spend()
    assert clock.now() == START


def test_a_clock_that_is_set_back_holds_no_call_up_for_long():
    clock = StandingClock()
    budget = CallBudget(clock, 2)
    budget.spend()
    clock.moment -= timedelta(hours=1)
    budget.spend()
    budget.spend()
    assert clock.now() - START < timedelta(0)


def test_every_call_of_a_client_is_counted_against_its_ceiling():
    client, session = client_of(ok({}))
    clock = StandingClock()
    client.budget = CallBudget(clock, 10)
    for _ in range(2):
        client.call("tasks.get_all")
    assert clock.now() == START
    client.call_lines("events.add_batch", [])
    assert len(session.requests) == 3
    assert timedelta(seconds=7) < clock.now() - START < timedelta(seconds=8)
