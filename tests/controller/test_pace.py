"""How long the controller waits between two turns."""

from typing import Any

import pytest
from controller_builders import after, config, queued, running, state

from clearml_hpo_app.controller.deciding.actions import WindUp
from clearml_hpo_app.controller.pace import IDLE_SECONDS, only_waits, pause_seconds
from clearml_hpo_app.controller.state import RunState
from clearml_hpo_app.controller.steering.wishes import Want


@pytest.mark.parametrize(
    ("typical", "pause"),
    [(None, 2.0), (1.0, 2.0), (60.0, 2.0), (90.0, 3.0), (300.0, 10.0), (7200.0, 15.0)],
)
def test_a_turn_takes_a_thirtieth_of_a_typical_trial_within_bounds(typical: float | None, pause: float):
    assert pause_seconds(state(running(0), typical_seconds=typical), after(minutes=1)) == pause


@pytest.mark.parametrize(("typical", "pause"), [(None, 2.0), (1.0, 2.0), (6.0, 3.0), (60.0, 5.0), (180.0, 6.0)])
def test_where_every_worker_has_its_next_trial_a_turn_takes_up_to_half_a_short_one(
    typical: float | None, pause: float
):
    assert pause_seconds(with_next_trials(typical_seconds=typical), after()) == pause


@pytest.mark.parametrize(
    "watched",
    [{"learns": True}, {"stops_early": True}, {"settings": config(limits={"max_iterations": 9})}],
    ids=str,
)
def test_trials_that_are_learnt_from_or_may_be_stopped_at_an_iteration_are_looked_at_every_two_seconds(
    watched: dict[str, Any],
):
    assert pause_seconds(with_next_trials(typical_seconds=30.0, **watched), after()) == 2.0


def with_next_trials(**facts: Any) -> RunState:
    """Return a run with as many workers as trials may run."""
    most = config().max_concurrent_tasks
    return state(running(0), workers=most, **facts)


def test_a_queue_that_does_not_move_is_asked_less_often():
    run = state(queued(0), queued(1))
    run.enqueued_at.update({0: after(), 1: after(seconds=60)})
    assert pause_seconds(run, after(seconds=60)) == 2.0
    assert pause_seconds(run, after(seconds=91)) == 5.0
    run.take_in(running(0))
    assert pause_seconds(run, after(seconds=91)) == 2.0


def test_without_trials_the_pause_is_short():
    assert pause_seconds(state(), after()) == 2.0


def test_a_run_that_can_only_wait_for_a_person_or_a_worker_looks_seldom():
    paused, unserved = state(want=Want.PAUSED), state(queued(0), workers=0)
    late = after(seconds=61)
    assert pause_seconds(paused, late) == pause_seconds(unserved, late) == IDLE_SECONDS


def test_a_waiting_run_looks_often_for_a_minute_after_its_start_and_after_a_persons_wish():
    paused = state(want=Want.PAUSED)
    assert pause_seconds(paused, after(seconds=59)) == 2.0
    paused.heard_at = after(seconds=500)
    assert pause_seconds(paused, after(seconds=559)) == 2.0
    assert pause_seconds(paused, after(seconds=561)) == IDLE_SECONDS


def test_a_run_does_not_only_wait_while_something_runs_or_may_start_or_is_to_end():
    assert not only_waits(state(running(0), want=Want.PAUSED))
    assert not only_waits(state(running(0), queued(1), workers=0))
    assert not only_waits(state(queued(0), workers=1))
    assert not only_waits(state(queued(0), workers=None))
    assert not only_waits(state(workers=0))
    assert not only_waits(state(queued(0), workers=0, winding_up=WindUp("a person", "stopped")))
