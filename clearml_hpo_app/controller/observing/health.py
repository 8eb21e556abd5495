"""Trials that are said to run but do not live: lost with their worker, or stalled."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from clearml_hpo_app.controller.deciding.actions import ReadLog, Stop
from clearml_hpo_app.trials.trial import Trial, TrialState, Verdict
from clearml_hpo_app.wording import counted

SILENT = timedelta(seconds=60)
"""A worker reports every 30 s which task it runs, and the server notes that on the task as its last update."""

ROSTER_LASTS = timedelta(seconds=60)
"""What a look at the workers is worth."""


@dataclass(frozen=True)
class Roster:
    """The workers at one moment: which task each of those runs that were heard of lately (empty for none)."""

    at: datetime
    tasks: Mapping[str, str]


@dataclass(frozen=True)
class Sign:
    """A sign of progress: the iteration that a trial had reached, and when that, or a line of its log, was new."""

    iteration: int | None
    at: datetime


@dataclass
class Health:
    """What is known of the trials that run.

    Attributes:
        roster: The last look at the workers, `None` before the first.
        signs: The last sign of progress, by number.
        silent: Numbers of the trials whose log is as silent as their iterations.
    """

    roster: Roster | None = None
    signs: dict[int, Sign] = field(default_factory=dict)
    silent: set[int] = field(default_factory=set)

    def observe(self, trial: Trial, now: datetime) -> None:
        """Take in a trial as polled."""
        known = self.signs.get(trial.number)
        if trial.state is not TrialState.RUNNING:
            self.forget(trial.number)
        elif known is None or known.iteration != trial.iteration:
            self.signs[trial.number] = Sign(trial.iteration, now)
            self.silent.discard(trial.number)

    def hear(self, number: int, logged: datetime | None) -> None:
        """Take in when a running trial last wrote a line of log."""
        sign = self.signs[number]
        if logged is not None and logged > sign.at:
            self.signs[number] = Sign(sign.iteration, logged)
        else:
            self.silent.add(number)

    def forget(self, number: int) -> None:
        """Forget a trial that does not run."""
        self.signs.pop(number, None)
        self.silent.discard(number)

    def unwell(self, trial: Trial, stalled_minutes: float | None, now: datetime) -> Iterator[Stop | ReadLog]:
        """Yield what is to be done about a running trial: nothing when it is well."""
        if self._is_lost(trial, now):
            reason = f"its worker {trial.worker} is gone or does something else"
            yield Stop(trial.number, Verdict.LOST, reason, at_once=True)
        elif stalled_minutes is not None and self._is_silent(trial, stalled_minutes, now):
            if trial.number in self.silent:
                reason = f"no new iteration and no line of log for {counted(stalled_minutes, 'minute')}"
                yield Stop(trial.number, Verdict.STALLED, reason)
            else:
                yield ReadLog(trial.number)

    def _is_lost(self, trial: Trial, now: datetime) -> bool:
        if self.roster is None or not trial.worker or now - self.roster.at > ROSTER_LASTS:
            return False
        is_silent = trial.last_update is not None and self.roster.at - trial.last_update >= SILENT
        return is_silent and self.roster.tasks.get(trial.worker) != trial.task_id

    def _is_silent(self, trial: Trial, minutes: float, now: datetime) -> bool:
        sign = self.signs.get(trial.number)
        return sign is not None and now - sign.at >= timedelta(minutes=minutes)
