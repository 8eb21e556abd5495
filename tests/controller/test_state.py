"""What the controller keeps up to date must be what one would compute anew."""

from dataclasses import replace

import pytest
from controller_builders import LOSS, SIZE, after, config, ended, running, state
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from clearml_hpo_app.controller.state import newest_attempts
from clearml_hpo_app.objective import ranking
from clearml_hpo_app.trials.trial import Trial, TrialState, Verdict

NOW = after(minutes=30)
VALUE = st.sampled_from([0.0, 0.25, 0.5, 1.0, 1e300])
MINUTES = st.integers(0, 20)


class TakingIn(RuleBasedStateMachine):
    """Trials arrive, change, end, come back to life and are tried again, in any order."""

    @initialize(objectives=st.sampled_from([[LOSS], [SIZE], [LOSS, SIZE]]))
    def begin(self, objectives):
        self.run = state(settings=config(objectives=objectives))
        self.latest: dict[int, Trial] = {}
        self.count = len(objectives)

    @rule(
        number=st.integers(0, 6),
        attempt=st.integers(1, 2),
        minutes=MINUTES,
        values=st.none() | st.tuples(VALUE, VALUE),
        becomes=st.sampled_from(TrialState),
        verdict=st.sampled_from(Verdict),
        archived=st.booleans(),
    )
    def take_in(self, number, attempt, minutes, values, becomes, verdict, archived):
        is_final = becomes.is_final
        trial = replace(
            ended(number),
            attempt=attempt,
            state=becomes,
            values=values and values[: self.count],
            ended=after(minutes=minutes) if is_final else None,
            verdict=verdict if is_final else None,
            archived=archived,
        )
        known = self.latest.get(number)
        if known is None or known.attempt <= attempt:
            self.latest[number] = trial
        self.run.take_in(trial)

    @invariant()
    def trials_are_the_latest_attempts(self):
        assert self.run.trials == self.latest
        assert self.run.active == {n: trial for n, trial in self.latest.items() if not trial.state.is_final}
        assert self.run.next_number == max(self.latest, default=-1) + 1

    @invariant()
    def sums_are_those_of_a_snapshot(self):
        assert self.run.compute_seconds(NOW) == pytest.approx(self.run.snapshot(NOW).compute_seconds)

    @invariant()
    def the_order_is_the_ranking(self):
        ranked = sorted(n for n, trial in self.latest.items() if trial.is_ranked)
        order = ranking([self.latest[n].values or () for n in ranked], self.run.config.objectives)
        expected = [ranked[index] for index in order]
        assert self.run.top(100) == expected
        assert self.run.top(2) == expected[:2]
        assert self.run.visible == {n for n in ranked if not self.latest[n].archived}


TakingIn.TestCase.settings = settings(max_examples=60, stateful_step_count=15, deadline=None)
test_taking_in_in_any_order = TakingIn.TestCase


def test_an_ended_trial_is_waited_for_no_more():
    run = state(running(0))
    run.stop_sent[0] = run.stopping_since[0] = run.enqueued_at[0] = NOW
    run.take_in(ended(0, 1.0))
    assert (run.active, run.stop_sent, run.stopping_since, run.enqueued_at) == ({}, {}, {}, {})


def test_the_time_of_work_leaves_down_times_out_and_never_runs_backwards():
    run = state(elapsed_before=90.0)
    assert run.elapsed_seconds(after(seconds=30)) == 120.0
    assert run.elapsed_seconds(after(seconds=-30)) == 90.0


def test_taking_in_what_is_known_keeps_the_newest_texts():
    run = state(*(ended(number, float(number % 7)) for number in range(10_000)), running(10_000))
    for trial in list(run.trials.values()):
        run.take_in(replace(trial, status_message="by Ann"))
    assert {trial.status_message for trial in run.trials.values()} == {"by Ann"}
    assert run.active[10_000] is run.trials[10_000]


def test_of_two_with_one_number_and_attempt_the_first_counts():
    first, second = ended(0, 1.0), replace(ended(0, 2.0), task_id="copy")
    retry = replace(ended(1, 3.0), attempt=2)
    assert newest_attempts([first, second, ended(1, 1.0), retry]) == {0: first, 1: retry}
