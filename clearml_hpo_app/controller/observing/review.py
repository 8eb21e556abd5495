"""Looking again, now and then, at trials that have ended: people touch them, and their last values come late."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from clearml_hpo_app.clearml_api import tasks
from clearml_hpo_app.clearml_api.client import Client
from clearml_hpo_app.clearml_api.rows import REASON, RUNG, VERDICT, TaskRow
from clearml_hpo_app.controller.acting.orders import OrderBook
from clearml_hpo_app.controller.observing.edits import corrected
from clearml_hpo_app.controller.observing.observe import observe_ended, trial_number
from clearml_hpo_app.controller.observing.rungs import Rungs
from clearml_hpo_app.controller.state import RunState
from clearml_hpo_app.errors import RequestRefused
from clearml_hpo_app.strategies import Strategy
from clearml_hpo_app.trials.trial import Trial, TrialState

log = logging.getLogger(__name__)

PERIOD, PERIOD_OF_A_WAIT = timedelta(seconds=60), timedelta(minutes=5)
"""Between two looks at the trials that have ended."""

OVERLAP = timedelta(seconds=30)

BATCH = 100
"""Ended trials that are read in one look besides those of which the server has news: of a deletion it has none."""


@dataclass
class Review:
    """Notices what became of trials after their end, in two calls a look, however many there are.

    One call reads those of which the server has heard since the last look, one the best and the next hundred, so
    that each gets its turn.
    """

    client: Client
    task_id: str
    state: RunState
    strategy: Strategy
    book: OrderBook
    rungs: Rungs
    _at: datetime | None = None
    _next: int = 0

    def look(self, now: datetime, *, is_waiting: bool) -> None:
        """Look, where it is time to; less often in a wait."""
        if self._at is None:
            self._at = now
        elif now - self._at >= (PERIOD_OF_A_WAIT if is_waiting else PERIOD):
            since, self._at = self._at - OVERLAP, now
            self._look(since, self._best_and_next())

    def finds_news(self) -> bool:
        """Look, before the end, at the trials of which the server has heard since the last look."""
        return self._at is not None and self._look(self._at - OVERLAP, [])

    def _look(self, since: datetime, asked: Sequence[str]) -> bool:
        is_news = False
        news = self._heard_of(since)
        found = {row.id: row for row in news} | tasks.get_rows(self.client, asked, self.state.config.objectives)
        for trial, told in observe_ended(self.state, found, self.client.now(), asked):
            log.info("trial %d: %s", trial.number, told)
            is_news = True
            self.strategy.observe(trial)
            if not trial.state.is_final:
                self.rungs.spare(trial)
                self._clear_verdict(trial)
        self._heed_edits(news)
        return is_news

    def _best_and_next(self) -> list[str]:
        ended = [number for number, trial in self.state.trials.items() if _may_be_there(trial)]
        batch = [number for number in sorted(ended) if number >= self._next][:BATCH]
        self._next = batch[-1] + 1 if len(batch) == BATCH else 0
        keep = self.state.config.limits.top_tasks_to_keep
        best = () if keep is None else self.state.top(keep)
        return [self.state.trials[number].task_id for number in dict.fromkeys([*best, *batch])]

    def _heard_of(self, since: datetime) -> list[TaskRow]:
        return tasks.get_children(self.client, self.task_id, self.state.config.objectives, since=since)

    def _heed_edits(self, rows: Sequence[TaskRow]) -> None:
        """What a script used is what its values stand for, whoever changed it."""
        for row in rows:
            known = self.state.trials.get(trial_number(row))
            if known is None or known.task_id != row.id or not known.state.is_final:
                continue
            trial = corrected(known, row.parameters, self.state.config.space)
            if trial is known:
                continue
            log.warning("trial %d: %s", trial.number, trial.reason)
            self.state.take_in(trial)
            self.strategy.observe(trial)
            identity = self.book.identity(trial.number, trial.parameters, trial.attempt)
            self._write(trial, {**identity, REASON: trial.reason})

    def _write(self, trial: Trial, texts: Mapping[str, str]) -> None:
        try:
            tasks.write_properties(self.client, trial.task_id, texts)
        except RequestRefused as error:
            log.warning("the parameters of trial %d could not be corrected: %s", trial.number, error)

    def _clear_verdict(self, trial: Trial) -> None:
        """A trial that runs again must not be stopped for what ended it before."""
        try:
            tasks.delete_properties(self.client, trial.task_id, [VERDICT, REASON, RUNG])
        except RequestRefused as error:
            log.debug("the verdict of trial %d could not be removed: %s", trial.number, error)


def _may_be_there(trial: Trial) -> bool:
    return trial.state.is_final and trial.state is not TrialState.DELETED
