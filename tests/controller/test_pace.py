"""How long the controller waits between two turns."""

import pytest
from controller_builders import after, queued, running, state

from clearml_hpo_app.controller.pace import pause_seconds


@pytest.mark.parametrize(
    ("recent", "pause"),
    [([], 2.0), ([1.0], 2.0), ([60.0], 2.0), ([90.0, 1.0, 300.0], 3.0), ([300.0], 10.0), ([7200.0], 15.0)],
)
def test_a_turn_takes_a_thirtieth_of_a_typical_trial_within_bounds(recent: list[float], pause: float):
    assert pause_seconds(state(running(0)), recent, after(minutes=1)) == pause


def test_a_queue_that_does_not_move_is_asked_less_often():
    run = state(queued(0), queued(1))
    run.enqueued_at.update({0: after(), 1: after(seconds=60)})
    assert pause_seconds(run, [], after(seconds=60)) == 2.0
    assert pause_seconds(run, [], after(seconds=91)) == 5.0
    run.take_in(running(0))
    assert pause_seconds(run, [], after(seconds=91)) == 2.0


def test_without_trials_the_pause_is_short():
    assert pause_seconds(state(), [], after()) == 2.0
