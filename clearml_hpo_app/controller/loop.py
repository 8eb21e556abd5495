"""The controller of one run: a loop of named steps that yields after every turn."""

import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from random import Random
from threading import Event

from clearml_hpo_app.clearml_api import queues, tasks
from clearml_hpo_app.clearml_api.client import Client
from clearml_hpo_app.clock import Clock, waking
from clearml_hpo_app.controller.acting.act import CLONE, Actor
from clearml_hpo_app.controller.deciding.actions import Action, Finish, WindUp
from clearml_hpo_app.controller.deciding.decide import decide
from clearml_hpo_app.controller.holding import Hold
from clearml_hpo_app.controller.observing.watch import Watch
from clearml_hpo_app.controller.own_task import OwnTask
from clearml_hpo_app.controller.pace import pause_seconds, retry_seconds
from clearml_hpo_app.controller.reporting.herald import Herald
from clearml_hpo_app.controller.state import RunState
from clearml_hpo_app.controller.steering.steering import Steering
from clearml_hpo_app.errors import HeldElsewhere, RequestRefused, ServerUnavailable
from clearml_hpo_app.trials.results import calls_text
from clearml_hpo_app.trials.snapshot import Snapshot
from clearml_hpo_app.wording import duration

log = logging.getLogger(__name__)

WINDING_UP_SECONDS = 1.0
REFUSALS_IN_A_ROW = 5
"""A refusal is mostly about a trial that a person just changed: the next look tells. So many are no accident."""


@dataclass(frozen=True)
class Turn:
    """What one turn did; `finish` is set by the last one."""

    actions: tuple[Action, ...] = ()
    trouble: str = ""
    finish: Finish | None = None


@dataclass
class Controller:
    """Runs one optimisation to its end; made by `controller.run.open_controller`.

    Attributes:
        task_id: The controller task, on which everything is reported.
        own: That task as it stands on the server; `hold` keeps it ours through a long turn.
        ended: How the run ended, `None` until its end was reported and carried out.
        finished: Set after the last turn, for whoever waits in another thread.
        leaves_task: Whether the task is a script's that goes on after the run, so that its status is left alone.
    """

    client: Client
    clock: Clock
    task_id: str
    state: RunState
    actor: Actor
    watch: Watch
    steering: Steering
    herald: Herald
    own: OwnTask = field(init=False)
    hold: Hold = field(init=False)
    ended: Finish | None = None
    finished: Event = field(default_factory=Event)
    leaves_task: bool = False
    _told: WindUp | None = None
    _told_end: bool = False
    _troubles: int = 0
    _unheard: bool = False
    _heard_at: datetime | None = None
    _refusals: int = 0
    _queue_is_gone: bool = False
    _chance: Random = field(default_factory=Random)

    def __post_init__(self) -> None:
        self.hold = Hold(self.client, self.task_id, self.state, self.herald)
        self.own = OwnTask(self.client, self.task_id, self.state, self.herald.nonce, self.watch.look)

    @property
    def abandoned(self) -> str:
        """Why the task is no longer ours to report on (deleted, reset); empty normally."""
        return self.own.abandoned

    def run(self) -> Iterator[Turn]:
        """Take turns until the run has finished; yields after each, before the pause.

        The caller may stop iterating at any time: the run then stands still and can be resumed.
        """
        while True:
            turn = self._turn()
            yield turn
            if turn.finish is not None:
                self.finished.set()
                return
            self.clock.wait(self._pause(turn))

    def wind_up(self, reason: str, *, leave_trials: bool = False) -> None:
        """Ask for an orderly end from outside (a signal, a person), at once; see `RunState.wind_up`.

        May be called from any thread and from a signal handler.
        """
        if self.state.wind_up(WindUp(reason, "stopped", leave_trials)):
            waking(self.clock)()

    def expect_run_seconds(self, seconds: float) -> None:
        """Expect trials to take about so long, until some have ended and told."""
        self.watch.expect_run_seconds(seconds)

    def snapshot(self) -> Snapshot:
        """Return the run as it stands, or as it ended."""
        now = self.client.now()
        seen = self.state.snapshot(now)
        if self.ended is not None:
            seen = self.state.snapshot(now, status=self.ended.status, reason=self.ended.reason)
        return replace(seen, calls=self.herald.calls)

    def _turn(self) -> Turn:
        try:
            turn = self._steps()
            self._troubles = self._refusals = 0
            return turn
        except ServerUnavailable as error:
            self._troubles += 1
            self._unheard = True
            log.log(logging.WARNING if self._troubles == 1 else logging.DEBUG, "%s The run waits for it.", error)
            return Turn(trouble=str(error))
        except HeldElsewhere as error:  # the next look tells whose it is, and winds up
            log.warning("%s", error)
            return Turn(trouble=str(error))
        except RequestRefused as error:
            is_queue = error.subcode == queues.UNKNOWN_QUEUE
            self._refusals += not is_queue
            if self._refusals >= REFUSALS_IN_A_ROW:
                raise
            level = logging.DEBUG if is_queue and self._queue_is_gone else logging.WARNING
            self._queue_is_gone = is_queue
            log.log(level, "%s It is tried again after another look.", error)
            return Turn(trouble=str(error))

    def _steps(self) -> Turn:
        """One turn.

        1. **Observe** all active trials and the controller task itself, in one call; heed what people wrote on it.
        2. **Decide** what follows from it.
        3. **Act**; a refused clone ends the run, since no other trial could be made either.
        4. **Report** what changed, at a bounded rate.
        5. **Finish**, when it was decided.
        """
        with self.hold.kept():
            self.own.look()
            self.hold.looked()
            self._note_answer()
            if not self.abandoned:
                return self._follow_up()
        return self._follow_up()

    def _follow_up(self) -> Turn:
        """All of a turn that comes after its look."""
        if self.own.row is not None and not self.abandoned:
            self.steering.heed(self.own.row)
        actions = decide(self.state, self.client.now())
        for action in actions:
            if isinstance(action, WindUp):
                self.state.winding_up = action
        self._tell_winding_up()
        finish = next((action for action in actions if isinstance(action, Finish)), None)
        self._act(actions)
        self.steering.settle()
        if finish is not None and self._is_over():
            self._finish(finish)
            return Turn(tuple(actions), finish=finish)
        self._report()
        return Turn(tuple(actions))

    def _note_answer(self) -> None:
        """The time in which the server could not be asked is none of the run's."""
        now = self.client.now()
        if self._unheard and self._heard_at is not None:
            self.state.leave_out(now - self._heard_at)
            log.info("the server answers again, after %s", duration((now - self._heard_at).total_seconds()))
        self._unheard, self._heard_at = False, now

    def _tell_winding_up(self) -> None:
        """Log it here, whoever asked for it: a signal handler must not write."""
        if self.state.winding_up is not None and self._told is not self.state.winding_up:
            self._told = self.state.winding_up
            log.info("the run ends: %s", self._told.reason)

    def _act(self, actions: list[Action]) -> None:
        try:
            self.actor.act(actions)
        except RequestRefused as error:
            if error.operation != CLONE:
                raise
            because = "The initial task was deleted." if error.subcode == tasks.UNKNOWN_TASK else str(error)
            self.state.winding_up = WindUp(f"No trial can be created. {because}", "failed", lets_finish=True)
            self._tell_winding_up()

    def _report(self) -> None:
        """A panel that the server refuses is no reason to end a run."""
        row = self.own.row
        if row is None or self.abandoned:
            return
        try:
            self.herald.report(self.state, row, self.client.now(), self.steering.wiped(row))
        except RequestRefused as error:
            log.warning("the report could not be made: %s", error)

    def _is_over(self) -> bool:
        """Look a last time; what a person did, or a value that came late, is decided on once more."""
        if self.abandoned:
            return True
        if self.state.may_come_late:
            self.watch.read_anew()
            self.state.may_come_late = False
        return not self.watch.review.finds_news()

    def _finish(self, finish: Finish) -> None:
        """Report a last time and end the task; what gets no answer is done again in the next turn."""
        if not self._told_end:
            self._told_end = True
            log.info("the run has ended: %s", finish.reason)
            snapshot = self.snapshot()
            log.info("it took %s: %s", calls_text(snapshot), _counted(snapshot.calls))
        row = self.own.row
        if not self.abandoned and row is not None and not self.own.is_ended:
            self.herald.report_end(self.state, finish, row, self.client.now())
            if not self.leaves_task:
                self.own.end(finish.status, finish.reason)
        elif self.own.is_held:
            self.herald.release(self.state, self.client.now())  # the next controller need not wait for us
        self.ended = finish

    def _pause(self, turn: Turn) -> float:
        if turn.trouble:
            return retry_seconds(self._troubles + self._refusals, self._chance)
        if self.state.winding_up is not None:
            return WINDING_UP_SECONDS
        if self.actor.has_more:
            return 0.0
        return pause_seconds(self.state, self.client.now())


def _counted(calls: Mapping[str, int]) -> str:
    return ", ".join(f"{operation} {count}" for operation, count in Counter(calls).most_common())
