"""What the controller knows of its run: the trials, and the few things that no trial tells.

Everything here can be rebuilt from the server. Taking in a change costs the same however many trials have
ended: sums and the ranking are kept up to date, not computed anew.
"""

from bisect import insort
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.controller.attempts import Attempts
from clearml_hpo_app.controller.deciding.actions import ByHand, WindUp
from clearml_hpo_app.controller.observing.health import Health
from clearml_hpo_app.controller.reporting.chronicle import MOST_KEPT
from clearml_hpo_app.controller.steering.wishes import Want
from clearml_hpo_app.objective import ranking
from clearml_hpo_app.trials.snapshot import Decision, Snapshot
from clearml_hpo_app.trials.trial import Rung, Trial, TrialState


@dataclass(frozen=True)
class Pruning:
    """Why a trial is not promising: where it failed, and the sentence for people."""

    rung: Rung
    reason: str


PAUSED = "A person paused it: no trial is started."


@dataclass
class RunState:
    """The state of one run.

    Attributes:
        config: What a person wants; run_id: what tells this run's trials from those of other runs.
        resumed_at: When this process took over, or the last pause ended; `elapsed_before` are the seconds of work
            before that, and `stands_still` is set in a pause.
        trials: The latest attempt of every trial; `active` are those of them that have not ended.
        stop_sent: When the end of a trial was asked for, by number, while it has not ended.
        stopping_since: When a trial was first seen to be ended by somebody, by number, while it has not ended.
        unmarked: Why the properties of trials must be written, by number: a restart would miss something.
        marked_again: Numbers of trials whose properties were written again.
        enqueued_at: When a trial was last put into the queue, by number, while it is active.
        archived_by_us: Numbers of trials that carry the `archived` tag because of this run.
        exhausted: Why the method has no more parameter sets; empty while it has.
        winding_up: Set once the run is to end.
        left_alone: Ids of tasks that look like our trials and are a person's copies.
        visible: Numbers of the ended trials that compete for the top and are not archived.
        uncertain: Whether a write on trials got no answer: what exists must be read anew before deciding.
        may_come_late: Whether a clone without an answer may still be made, beside the one that took its place.
        attempts: Which trials are to be tried again, and what their earlier attempts left behind.
        health: What is known of the trials that run and of their workers.
        queue_id: The queue of the trials; `misplaced` are the queues of trials that wait in another one.
        taken: Numbers of trials that a worker has taken off their queue and not started yet.
        want: What state a person wants the run to be in; `heard_at` is when a wish was last taken in.
        wishes: The texts of people's properties that hold, by name; one that was refused is not among them.
        pinned: Numbers of the trials that a person wants to keep unarchived.
        by_hand: Parameters that a person wants to be tried next; `acts_seen` are the wishes that trials fulfil.
        to_drop: Why a person wants a trial to be stopped, by number; `to_prune`: why it is not promising.
        next_number: The number of the next trial: one above the highest that was ever given out.
        workers: Workers that serve the queue, `None` while unknown; `worker_names` are their names.
        many_at_once: Names of workers that were seen to run several trials at once.
        typical_seconds: How long a trial runs, `None` while unknown.
        learns: Whether suggestions follow from results, so that one grows stale while its trial waits.
        stops_early: Whether trials that are not promising are stopped, so that their curves are to be looked at.
        results_when_made: How many trials had ended when this controller chose a trial's parameters, by number.
        choices: Which method and early stopping the run chose and why, as sentences for people.
        decisions: The last decisions of this controller, oldest first.
    """

    config: HpoConfig
    run_id: str
    resumed_at: datetime
    elapsed_before: float = 0.0
    stands_still: bool = False
    trials: dict[int, Trial] = field(default_factory=dict)
    active: dict[int, Trial] = field(default_factory=dict)
    stop_sent: dict[int, datetime] = field(default_factory=dict)
    stopping_since: dict[int, datetime] = field(default_factory=dict)
    unmarked: dict[int, str] = field(default_factory=dict)
    marked_again: set[int] = field(default_factory=set)
    enqueued_at: dict[int, datetime] = field(default_factory=dict)
    archived_by_us: set[int] = field(default_factory=set)
    left_alone: set[str] = field(default_factory=set)
    exhausted: str = ""
    winding_up: WindUp | None = None
    workers: int | None = None
    worker_names: frozenset[str] = frozenset()
    many_at_once: set[str] = field(default_factory=set)
    typical_seconds: float | None = None
    learns: bool = False
    stops_early: bool = False
    results_when_made: dict[int, int] = field(default_factory=dict)
    ended_compute_seconds: float = 0.0
    visible: set[int] = field(default_factory=set)
    uncertain: bool = False
    may_come_late: bool = False
    next_number: int = 0
    attempts: Attempts = field(default_factory=Attempts)
    health: Health = field(default_factory=Health)
    queue_id: str = ""
    misplaced: dict[int, str] = field(default_factory=dict)
    taken: set[int] = field(default_factory=set)
    want: Want = Want.RUNNING
    wishes: dict[str, str] = field(default_factory=dict)
    heard_at: datetime | None = None
    pinned: frozenset[int] = frozenset()
    by_hand: list[ByHand] = field(default_factory=list)
    acts_seen: set[str] = field(default_factory=set)
    to_drop: dict[int, str] = field(default_factory=dict)
    to_prune: dict[int, Pruning] = field(default_factory=dict)
    choices: tuple[str, ...] = ()
    decisions: deque[Decision] = field(default_factory=lambda: deque(maxlen=MOST_KEPT))
    _ranked: list[tuple[float, int]] = field(default_factory=list)
    _order: list[int] | None = None

    def take_in(self, trial: Trial) -> None:
        """Take in a trial, new or changed; an older attempt of the same number is ignored."""
        known = self.trials.get(trial.number)
        if known is not None and known.attempt > trial.attempt:
            return
        if known == trial:  # at most the status texts differ, on which nothing depends
            self.trials[trial.number] = trial
            if trial.number in self.active:
                self.active[trial.number] = trial
            return
        if known is not None:
            self._forget_sums(known)
            if known.attempt < trial.attempt:
                self.attempts.supersede(known)
        self.trials[trial.number] = trial
        self.attempts.take_in(trial, self.config.failures.retries)
        self.next_number = max(self.next_number, trial.number + 1)
        self._add_sums(trial)
        if trial.state is not TrialState.QUEUED:
            self.taken.discard(trial.number)
        if trial.state.is_final:
            known_of_active = (self.active, self.stop_sent, self.stopping_since, self.enqueued_at)
            for by_number in (*known_of_active, self.results_when_made, self.misplaced):
                by_number.pop(trial.number, None)
            self.health.forget(trial.number)
            self.to_drop.pop(trial.number, None)
            self.to_prune.pop(trial.number, None)
        else:
            self.active[trial.number] = trial

    @property
    def results(self) -> int:
        """Number of trials that have ended."""
        return len(self.trials) - len(self.active)

    @property
    def is_paused(self) -> bool:
        """Whether a person wants no trial to be started."""
        return self.want is Want.PAUSED

    def pause(self, now: datetime, *, is_paused: bool) -> None:
        """Begin or end a pause: the time of the run stands still in it."""
        self.elapsed_before = self.elapsed_seconds(now)
        self.resumed_at = now
        self.stands_still = is_paused

    def leave_out(self, outage: timedelta) -> None:
        """Do not count the time of an outage, which ends now."""
        self.resumed_at += outage

    def move_to(self, queue_id: str) -> None:
        """Use another queue; trials that wait in the old one are to be moved."""
        waiting = (number for number, trial in self.active.items() if trial.state is TrialState.QUEUED)
        self.misplaced = {number: self.misplaced.get(number, self.queue_id) for number in waiting}
        self.queue_id = queue_id

    def wind_up(self, wish: WindUp) -> bool:
        """Have the run end, and tell whether that is news: one that lets its trials finish may be told not to."""
        if self.winding_up is not None and (wish.lets_finish or not self.winding_up.lets_finish):
            return False
        self.winding_up = wish
        return True

    def note_enqueued(self, number: int, now: datetime) -> None:
        """Note that a trial was put into the queue, or should have been."""
        self.enqueued_at[number] = now
        self.taken.discard(number)

    def elapsed_seconds(self, now: datetime) -> float:
        """Return how long the run has been worked on, down times and pauses left out."""
        if self.stands_still:
            return self.elapsed_before
        return self.elapsed_before + max((now - self.resumed_at).total_seconds(), 0.0)

    def compute_seconds(self, now: datetime) -> float:
        """Return the sum of the running times of all trials, earlier attempts included."""
        before = self.ended_compute_seconds + self.attempts.earlier_seconds
        return before + sum(trial.run_seconds(now) for trial in self.active.values())

    def top(self, count: int) -> list[int]:
        """Return the numbers of the best `count` ended trials, best first."""
        if len(self.config.objectives) == 1:
            return [number for _, number in self._ranked[:count]]
        if self._order is None:
            numbers = [number for _, number in self._ranked]
            order = ranking([self.trials[number].values or () for number in numbers], self.config.objectives)
            self._order = [numbers[index] for index in order]
        return self._order[:count]

    def snapshot(self, now: datetime, *, status: str = "in_progress", reason: str = "") -> Snapshot:
        """Return the run as it stands, for the dashboard and the command line."""
        if not reason and self.is_paused:
            reason = PAUSED
        return Snapshot(
            config=self.config,
            trials=tuple(trial for _, trial in sorted(self.trials.items())),
            now=now,
            elapsed_seconds=self.elapsed_seconds(now),
            workers=self.workers,
            status=status,
            reason=reason,
            earlier=tuple(self.attempts.earlier),
            choices=self.choices,
            decisions=tuple(self.decisions),
        )

    def _rank(self, trial: Trial) -> tuple[float, int]:
        return -self.config.objective.sign * (trial.values or (0.0,))[0], trial.number

    def _add_sums(self, trial: Trial) -> None:
        if trial.state.is_final and trial.ended is not None:
            self.ended_compute_seconds += trial.run_seconds(trial.ended)
        if trial.is_ranked:
            insort(self._ranked, self._rank(trial))
            self._order = None
            if not trial.archived:
                self.visible.add(trial.number)

    def _forget_sums(self, trial: Trial) -> None:
        if trial.state.is_final and trial.ended is not None:
            self.ended_compute_seconds -= trial.run_seconds(trial.ended)
        if trial.is_ranked:
            self._ranked.remove(self._rank(trial))
            self._order = None
            self.visible.discard(trial.number)


def newest_attempts(trials: Iterable[Trial]) -> dict[int, Trial]:
    """Return the latest attempt of each number; of two with one number and attempt, the one that came first."""
    newest: dict[int, Trial] = {}
    for trial in trials:
        known = newest.get(trial.number)
        if known is None or known.attempt < trial.attempt:
            newest[trial.number] = trial
    return newest
