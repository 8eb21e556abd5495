"""A ceiling on calls per minute that holds whatever happens."""

from datetime import datetime, timedelta, timezone
from itertools import pairwise

from fake_session import client_of, ok
from hypothesis import given
from hypothesis import strategies as st

from clearml_hpo_app.clearml_api.budget import WINDOW, CallBudget

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


@given(pauses=st.lists(st.floats(0, 20), max_size=80), per_minute=st.integers(1, 12), wakes=st.booleans())
def test_no_minute_has_more_calls_than_the_ceiling(pauses: list[float], per_minute: int, wakes: bool):
    clock = StandingClock(wakes=wakes)
    budget, made = CallBudget(clock, per_minute), list[datetime]()
    for pause in pauses:
        clock.moment += timedelta(seconds=pause)
        budget.spend()
        made.append(clock.now())
    for first, after_ceiling in zip(made, made[per_minute:], strict=False):
        assert after_ceiling - first >= WINDOW


@given(per_minute=st.integers(10, 60), wakes=st.booleans())
def test_calls_beyond_half_of_the_ceiling_are_spread_and_none_of_them_is_lost(per_minute: int, wakes: bool):
    clock = StandingClock(wakes=wakes)
    budget, made = CallBudget(clock, per_minute), list[datetime]()
    for _ in range(4 * per_minute):
        budget.spend()
        made.append(clock.now())
    longest = max(after - before for before, after in pairwise(made))
    assert longest <= 2 * WINDOW / per_minute + timedelta(milliseconds=1)
    assert made[-1] - made[0] <= 4.2 * WINDOW


def test_without_a_ceiling_nothing_waits():
    clock = StandingClock()
    budget = CallBudget(clock)
    for _ in range(10_000):
        budget.spend()
    assert (clock.now(), budget.in_last_minute) == (START, 10_000)


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
    client.budget = CallBudget(clock, 1)
    client.call("tasks.get_all")
    client.call_lines("events.add_batch", [])
    assert len(session.requests) == 2
    assert clock.now() - START == WINDOW
