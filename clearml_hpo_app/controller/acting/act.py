"""Carrying out decisions: in batches, in an order in which a crash between two calls loses nothing."""

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import chain
from typing import TypeVar

from clearml_hpo_app.clearml_api import logs, tasks
from clearml_hpo_app.clearml_api.client import Client
from clearml_hpo_app.clearml_api.rows import verdict_texts
from clearml_hpo_app.controller.acting.making import Maker
from clearml_hpo_app.controller.acting.queueing import Queueing
from clearml_hpo_app.controller.acting.refusals import Refusals
from clearml_hpo_app.controller.deciding.actions import (
    Action,
    Archive,
    Dequeue,
    Enqueue,
    Exchange,
    ForceStop,
    Launch,
    Mark,
    ReadLog,
    Restore,
    Retry,
    Stop,
    Supersede,
)
from clearml_hpo_app.controller.reporting.chronicle import ENQUEUED_AGAIN, told
from clearml_hpo_app.controller.state import RunState
from clearml_hpo_app.errors import RequestRefused, ServerUnavailable
from clearml_hpo_app.trials.trial import Trial, TrialState, Verdict

log = logging.getLogger(__name__)

CLONE = "tasks.clone"
ENQUEUED_AFTER = timedelta(seconds=2)
"""Of what is made in a turn that takes longer, on a slow server or under a low ceiling on calls; each further time
twice as late, since each is a call."""

MAKING_FOR = timedelta(seconds=10)
"""No turn makes trials for longer: what people want, and what became of trials, is seen at the next look only."""

Kind = TypeVar("Kind")


@dataclass
class Actor:
    """Carries out the decisions about trials; every method takes a whole batch.

    Attributes:
        has_more: Whether trials of the last batch were left for the next turn, since it took long.
    """

    client: Client
    state: RunState
    maker: Maker
    queueing: Queueing
    refusals: Refusals
    has_more: bool = False

    def act(self, actions: Sequence[Action]) -> None:
        """Carry out the actions on trials among `actions`: stops first, so that slots become free early.

        Raises:
            ApiError: A call did not succeed; what was done before it is done and known to `state`. When one
                got no answer, `state.uncertain` is set, whatever else is raised.
        """
        if actions:
            self._tell(actions)
        with self._noting_losses():
            self._act(actions)

    def _tell(self, actions: Sequence[Action]) -> None:
        decisions = list(told(actions, self.client.now(), self.state.decisions))
        self.state.decisions.extend(decisions)
        for decision in decisions:
            if decision.what == ENQUEUED_AGAIN:
                log.info("trial %d is %s: %s", decision.number, decision.what, decision.reason)

    def _act(self, actions: Sequence[Action]) -> None:
        self.stop(_only(actions, Stop))
        self.force_stop(_only(actions, ForceStop))
        self.read_logs(_only(actions, ReadLog))
        self.queueing.hold_back([self.state.active[action.number] for action in _only(actions, Dequeue)])
        exchanged = list(self.maker.exchange(_only(actions, Exchange)))
        self.mark(_only(actions, Mark))
        self.archive(_only(actions, Archive))
        self.supersede(_only(actions, Supersede))
        self.restore(_only(actions, Restore))
        waiting = [*exchanged, *(self.state.trials[action.number] for action in _only(actions, Enqueue))]
        self._make(_only(actions, Retry), _only(actions, Launch), waiting)

    def _make(self, retries: Sequence[Retry], launches: Sequence[Launch], waiting: list[Trial]) -> None:
        """Make trials and enqueue them with those that wait for it, until there are no more or it took long."""
        begun = since = self.client.now()
        patience, self.has_more = ENQUEUED_AFTER, False
        made = chain(self.maker.retry(retries), self.maker.create(launches))
        try:
            with self._noting_losses():  # here too: a refused enqueuing may hide it
                for trial in made:  # one by one: what was created before a failure is enqueued
                    waiting.append(trial)
                    now = self.client.now()
                    self.has_more = now - begun >= MAKING_FOR and trial.attempt == 1
                    if self.has_more:
                        break
                    if now - since >= patience:  # no worker waits for all of them
                        ready, waiting = waiting, []
                        self.queueing.enqueue(ready)
                        since, patience = self.client.now(), 2 * patience
        finally:
            self.queueing.enqueue(waiting)

    @contextmanager
    def _noting_losses(self) -> Iterator[None]:
        try:
            yield
        except ServerUnavailable as error:
            self.state.uncertain = True
            self.state.may_come_late |= error.operation == CLONE
            raise

    def stop(self, stops: Sequence[Stop]) -> None:
        """Write each verdict on its trial, then ask for their ends, one call per verdict."""
        by_verdict: defaultdict[Verdict, list[Stop]] = defaultdict(list)
        for stop in stops:
            trial = self.state.active[stop.number]
            if (trial.verdict, trial.reason) != (stop.verdict, stop.reason):
                stopped = replace(trial, verdict=stop.verdict, reason=stop.reason, rung=stop.rung)
                tasks.write_properties(self.client, trial.task_id, verdict_texts(stopped))
                self.state.take_in(stopped)
            by_verdict[stop.verdict].append(stop)
            log.info("trial %d is to end: %s", stop.number, stop.reason)
        for verdict, alike in by_verdict.items():
            reason = _reason_of(verdict, alike)
            trials = [self.state.active[stop.number] for stop in alike]
            at_once = {stop.number for stop in alike if stop.at_once}
            # a server refuses to stop what was never queued, and waits for workers that are gone
            declared = [trial for trial in trials if trial.state is TrialState.CREATED or trial.number in at_once]
            for trial in declared:
                is_draft = trial.state is TrialState.CREATED
                tasks.stopped(self.client, trial.task_id, trial.reason, trial.reason, draft=is_draft)
            ids = [trial.task_id for trial in trials if trial not in declared]
            self.refusals.tell("stop", tasks.stop(self.client, ids, reason))
            for trial in trials:
                self.state.stop_sent[trial.number] = self.client.now()

    def force_stop(self, stops: Sequence[ForceStop]) -> None:
        """Declare trials stopped whose workers do not answer; one that is refused waits for its next time."""
        for stop in stops:
            trial = self.state.active[stop.number]
            log.warning("trial %d is declared stopped: %s", stop.number, stop.reason)
            text = trial.reason or stop.reason
            try:
                is_draft = trial.state is TrialState.CREATED
                tasks.stopped(self.client, trial.task_id, text, text, draft=is_draft)
            except RequestRefused as error:
                self.refusals.tell("stop", {trial.task_id: str(error)})
            self.state.stop_sent[stop.number] = self.client.now()

    def read_logs(self, actions: Sequence[ReadLog]) -> None:
        """Look when trials last wrote a line of log; one whose log cannot be read counts as silent."""
        for action in actions:
            trial = self.state.active[action.number]
            try:
                logged = logs.last_log_time(self.client, trial.task_id)
            except RequestRefused as error:
                log.debug("the log of trial %d cannot be read: %s", trial.number, error)
                logged = None
            self.state.health.hear(trial.number, logged)

    def mark(self, actions: Sequence[Mark]) -> None:
        """Write the properties of trials again; a task that refuses them is left as it is."""
        for action in actions:
            trial = self.state.trials[action.number]
            texts = self.maker.book.identity(trial.number, trial.parameters, trial.attempt)
            if trial.verdict is not None and trial.verdict.is_ours:
                texts |= verdict_texts(trial)
            try:
                tasks.write_properties(self.client, trial.task_id, texts)
                log.info("trial %d is marked: %s", trial.number, action.reason)
            except RequestRefused as error:
                self.refusals.tell("mark", {trial.task_id: str(error)})
            self.state.marked_again.add(trial.number)
            self.state.unmarked.pop(trial.number, None)

    def archive(self, actions: Sequence[Archive]) -> None:
        """Archive ended trials, one call per distinct pair of status texts (they would be erased otherwise)."""
        falling = [self.state.trials[action.number] for action in actions]
        self._archive(falling)
        for trial in falling:
            self.state.archived_by_us.add(trial.number)
            self.state.take_in(replace(trial, archived=True))
        for action in actions:
            log.debug("trial %d is archived: %s", action.number, action.reason)

    def supersede(self, actions: Sequence[Supersede]) -> None:
        """Archive earlier attempts."""
        superseded = self.state.attempts.superseded
        self._archive([superseded[action.task_id] for action in actions])
        for action in actions:
            del superseded[action.task_id]

    def _archive(self, trials: Sequence[Trial]) -> None:
        for (reason, message), alike in _by_status_texts(trials).items():
            ids = [trial.task_id for trial in alike]
            self.refusals.tell("archive", tasks.archive(self.client, ids, reason, message))

    def restore(self, actions: Sequence[Restore]) -> None:
        """Take the archived tag off trials that are among the best again."""
        rising = [self.state.trials[action.number] for action in actions]
        for (reason, message), trials in _by_status_texts(rising).items():
            ids = [trial.task_id for trial in trials]
            self.refusals.tell("restore", tasks.unarchive(self.client, ids, reason, message))
            for trial in trials:
                self.state.archived_by_us.discard(trial.number)
                self.state.take_in(replace(trial, archived=False))


def _reason_of(verdict: Verdict, stops: Sequence[Stop]) -> str:
    """The status reason of one call for all: numbers differ from trial to trial, their properties have them."""
    reasons = {stop.reason for stop in stops}
    return reasons.pop() if len(reasons) == 1 else f"stopped by the optimization: {verdict.value}"


def _by_status_texts(trials: Sequence[Trial]) -> dict[tuple[str, str], list[Trial]]:
    groups: defaultdict[tuple[str, str], list[Trial]] = defaultdict(list)
    for trial in trials:
        groups[trial.status_reason, trial.status_message].append(trial)
    return groups


def _only(actions: Sequence[Action], kind: type[Kind]) -> list[Kind]:
    return [action for action in actions if isinstance(action, kind)]
