"""Carrying out decisions: in batches, in an order in which a crash between two calls loses nothing."""

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TypeVar

from clearml_hpo_app.clearml_api import logs, tasks
from clearml_hpo_app.clearml_api.client import Client
from clearml_hpo_app.clearml_api.rows import REASON, VERDICT
from clearml_hpo_app.controller.actions import (
    Action,
    Archive,
    Dequeue,
    Enqueue,
    ForceStop,
    Launch,
    Mark,
    ReadLog,
    Restore,
    Retry,
    Stop,
    Supersede,
)
from clearml_hpo_app.controller.orders import OrderBook
from clearml_hpo_app.controller.state import RunState
from clearml_hpo_app.errors import RequestRefused, ServerUnavailable, SpaceExhausted
from clearml_hpo_app.strategies import Strategy
from clearml_hpo_app.trials import Trial, TrialState, Verdict
from clearml_hpo_app.values import Parameters, show

log = logging.getLogger(__name__)

CLONE = "tasks.clone"
Kind = TypeVar("Kind")


@dataclass
class Actor:
    """Carries out the decisions about trials; every method takes a whole batch."""

    client: Client
    state: RunState
    strategy: Strategy
    book: OrderBook
    _told: set[tuple[str, str, str]] = field(default_factory=set)

    def act(self, actions: Sequence[Action]) -> None:
        """Carry out the actions on trials among `actions`: stops first, so that slots become free early.

        Raises:
            ApiError: A call did not succeed; what was done before it is done and known to `state`. When one
                got no answer, `state.uncertain` is set, whatever else is raised.
        """
        with self._noting_losses():
            self._act(actions)

    def _act(self, actions: Sequence[Action]) -> None:
        self.stop(_only(actions, Stop))
        self.force_stop(_only(actions, ForceStop))
        self.read_logs(_only(actions, ReadLog))
        self.dequeue(_only(actions, Dequeue))
        self.mark(_only(actions, Mark))
        self.archive(_only(actions, Archive))
        self.supersede(_only(actions, Supersede))
        self.restore(_only(actions, Restore))
        again = [self.state.trials[action.number] for action in _only(actions, Enqueue)]
        for action in _only(actions, Enqueue):
            log.info("trial %d is enqueued again: %s", action.number, action.reason)
        created: list[Trial] = []
        try:
            with self._noting_losses():  # here too: a refused enqueuing may hide it
                # one by one: what was created before a failure is enqueued
                for trial in chain(self._retry(_only(actions, Retry)), self._create(_only(actions, Launch))):
                    created.append(trial)
        finally:
            self.enqueue([*again, *created])

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
                texts = {VERDICT: stop.verdict.value, REASON: stop.reason}
                tasks.write_properties(self.client, trial.task_id, texts)
                self.state.take_in(replace(trial, verdict=stop.verdict, reason=stop.reason))
            by_verdict[stop.verdict].append(stop)
            log.info("trial %d %s", stop.number, stop.reason)
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
            self._tell_refused("stop", tasks.stop(self.client, ids, reason))
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
                self._tell_refused("stop", {trial.task_id: str(error)})
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

    def dequeue(self, actions: Sequence[Dequeue]) -> None:
        """Take waiting trials off their queue; one that a worker has taken in the meantime runs."""
        trials = [self.state.active[action.number] for action in actions]
        refused = tasks.dequeue(self.client, [trial.task_id for trial in trials], "held back by its optimization")
        self._tell_refused("dequeue", refused)
        for trial in trials:
            self.state.misplaced.discard(trial.number)
            self.state.enqueued_at.pop(trial.number, None)
            if trial.task_id not in refused:
                self.state.take_in(replace(trial, state=TrialState.CREATED))

    def mark(self, actions: Sequence[Mark]) -> None:
        """Write the properties of trials again; a task that refuses them is left as it is."""
        for action in actions:
            trial = self.state.trials[action.number]
            texts = self.book.identity(trial.number, trial.parameters, trial.attempt)
            if trial.verdict is not None and trial.verdict.is_ours:
                texts |= {VERDICT: trial.verdict.value, REASON: trial.reason}
            try:
                tasks.write_properties(self.client, trial.task_id, texts)
                log.info("trial %d is marked again: %s", trial.number, action.reason)
            except RequestRefused as error:
                self._tell_refused("mark", {trial.task_id: str(error)})
            self.state.marked_again.add(trial.number)
            self.state.unmarked.discard(trial.number)

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
            self._tell_refused("archive", tasks.archive(self.client, ids, reason, message))

    def restore(self, actions: Sequence[Restore]) -> None:
        """Take the archived tag off trials that are among the best again."""
        rising = [self.state.trials[action.number] for action in actions]
        for (reason, message), trials in _by_status_texts(rising).items():
            ids = [trial.task_id for trial in trials]
            self._tell_refused("restore", tasks.unarchive(self.client, ids, reason, message))
            for trial in trials:
                self.state.archived_by_us.discard(trial.number)
                self.state.take_in(replace(trial, archived=False))

    def enqueue(self, trials: Sequence[Trial]) -> None:
        """Put created trials into the queue in one call, after the edits that a clone call cannot carry."""
        edits = self.book.draft_edits()
        for trial in trials:
            if edits and trial.state is TrialState.CREATED:
                tasks.edit_draft(self.client, trial.task_id, **edits)
        if not trials:
            return
        reason = f"trial of the optimization {self.book.controller}"
        try:
            refused = tasks.enqueue(self.client, [trial.task_id for trial in trials], self.state.queue_id, reason)
        except RequestRefused:
            self._note_enqueued(trials)
            raise
        self._note_enqueued(trials)
        self._tell_refused("enqueue", refused)
        for trial in trials:
            if trial.task_id not in refused:
                self.state.take_in(replace(trial, state=TrialState.QUEUED))

    def _note_enqueued(self, trials: Sequence[Trial]) -> None:
        """Also of an attempt that was refused: the next one waits for its time."""
        for trial in trials:
            self.state.enqueued_at[trial.number] = self.client.now()

    def _retry(self, retries: Sequence[Retry]) -> Iterator[Trial]:
        for retry in retries:
            earlier = self.state.trials[retry.number]
            attempt = earlier.attempt + 1
            log.info("trial %d is tried again, attempt %d: %s", retry.number, attempt, retry.reason)
            yield self._clone(retry.number, earlier.parameters, attempt)

    def _create(self, launches: Sequence[Launch]) -> Iterator[Trial]:
        for launch in launches:
            wish = launch.by_hand
            try:
                parameters = wish.parameters if wish else self.strategy.suggest(launch.number)
            except SpaceExhausted as error:
                self.state.exhausted = str(error)
                log.info("%s", error)
                return
            shown = ", ".join(f"{name}={show(value)}" for name, value in parameters.items())
            log.info("trial %d: %s", launch.number, shown)
            yield self._clone(launch.number, parameters, act=wish.act if wish else "")
            if wish is not None:
                self.state.by_hand.remove(wish)

    def _clone(self, number: int, parameters: Parameters, attempt: int = 1, act: str = "") -> Trial:
        order = self.book.order(number, parameters, attempt, act)
        trial = Trial(
            number=number,
            attempt=attempt,
            task_id=tasks.clone(self.client, order),
            name=order.name,
            parameters=parameters,
            state=TrialState.CREATED,
            metrics=(None,) * len(self.state.config.objectives),
            created=self.client.now(),
            project=order.project,
        )
        self.state.take_in(trial)
        self.strategy.observe(trial)
        return trial

    def _tell_refused(self, what: str, refused: dict[str, str]) -> None:
        """Say each refusal once, however often it comes again."""
        for task_id, message in refused.items():
            level = logging.DEBUG if (what, task_id, message) in self._told else logging.WARNING
            self._told.add((what, task_id, message))
            log.log(level, "the server refused to %s task %s: %s", what, task_id, message)


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
