"""Making trials: parameters, one clone call for each, and one call that puts them all into the queue."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from clearml_hpo_app.clearml_api import queues, tasks
from clearml_hpo_app.clearml_api.client import Client
from clearml_hpo_app.controller.acting.orders import OrderBook
from clearml_hpo_app.controller.acting.refusals import Refusals
from clearml_hpo_app.controller.deciding.actions import Exchange, Launch, Retry
from clearml_hpo_app.controller.state import RunState
from clearml_hpo_app.errors import RequestRefused, SpaceExhausted, SuggestionPending
from clearml_hpo_app.space.values import Parameters, show
from clearml_hpo_app.strategies import Strategy
from clearml_hpo_app.trials.trial import Trial, TrialState

log = logging.getLogger(__name__)


@dataclass
class Maker:
    """Makes the trials of one run, and further attempts of them."""

    client: Client
    state: RunState
    strategy: Strategy
    book: OrderBook
    refusals: Refusals

    def enqueue(self, trials: Sequence[Trial]) -> None:
        """Put created trials into the queue in one call, after the edits that a clone call cannot carry."""
        edits = self.book.draft_edits()
        for trial in trials:
            if edits and trial.state is TrialState.CREATED:
                tasks.edit_draft(self.client, trial.task_id, **edits)
        if not trials:
            return
        try:
            refused = self._enqueue([trial.task_id for trial in trials])
        finally:  # also of an attempt that was refused: the next one waits for its time
            self._note_enqueued(trials)
        self.refusals.tell("enqueue", refused)
        for trial in trials:
            if trial.task_id not in refused:
                self.state.take_in(replace(trial, state=TrialState.QUEUED))

    def _enqueue(self, ids: Sequence[str]) -> dict[str, str]:
        """A queue that was deleted and made anew has another id: then it is that one."""
        reason = f"trial of the optimization {self.book.controller}"
        try:
            return tasks.enqueue(self.client, ids, self.state.queue_id, reason)
        except RequestRefused as error:
            if error.subcode != tasks.UNKNOWN_QUEUE:
                raise
            name = self.state.config.execution_queue
            found = queues.find_queue(self.client, name)
            if found is None or found.id == self.state.queue_id:
                said = f"The queue {name!r} was deleted: trials wait as drafts until there is one of that name."
                raise RequestRefused(error.operation, said, error.code, error.subcode) from error
            log.warning("the queue %r was deleted and made anew: trials go there", name)
            self.state.move_to(found.id)
            return tasks.enqueue(self.client, ids, found.id, reason)

    def _note_enqueued(self, trials: Sequence[Trial]) -> None:
        for trial in trials:
            self.state.enqueued_at[trial.number] = self.client.now()

    def retry(self, retries: Sequence[Retry]) -> Iterator[Trial]:
        """Create another attempt of each trial, with the same parameters; yield them one by one."""
        for retry in retries:
            earlier = self.state.trials[retry.number]
            attempt = earlier.attempt + 1
            log.info("trial %d is tried again, attempt %d: %s", retry.number, attempt, retry.reason)
            yield self._clone(retry.number, earlier.parameters, attempt)

    def create(self, launches: Sequence[Launch]) -> Iterator[Trial]:
        """Create trials with the parameters of a person or of the method, until that has no more; yield each.

        While the method still works on the next suggestion, the rest waits for the next turn.
        """
        for launch in launches:
            wish = launch.by_hand
            try:
                parameters = wish.parameters if wish else self.strategy.suggest(launch.number)
            except SpaceExhausted as error:
                self.state.exhausted = str(error)
                log.info("%s", error)
                return
            except SuggestionPending as pending:
                log.debug("%s", pending)
                return
            log.info("trial %d: %s", launch.number, _shown(parameters))
            trial = self._clone(launch.number, parameters, act=wish.act if wish else "")
            if wish is None:
                self.state.results_when_made[trial.number] = self.state.results
            yield trial
            if wish is not None:
                self.state.by_hand.remove(wish)

    def exchange(self, exchanges: Sequence[Exchange]) -> Iterator[Trial]:
        """Take waiting trials off their queue and give them the parameters that are suggested now; yield them.

        One that a worker has taken in the meantime runs as it is; where there is no other suggestion at once, it
        keeps its parameters and its place.
        """
        for exchange in exchanges:
            trial = self.state.active[exchange.number]
            del self.state.results_when_made[trial.number]
            with suppress(SpaceExhausted, SuggestionPending):
                parameters = self.strategy.suggest(trial.number)
                if parameters == trial.parameters:
                    self.state.results_when_made[trial.number] = self.state.results
                elif self._is_off_its_queue(trial):
                    shown = _shown(parameters)
                    log.info("trial %d has other parameters: %s: %s", trial.number, exchange.reason, shown)
                    yield self._renewed(self.state.active[trial.number], parameters)

    def _is_off_its_queue(self, trial: Trial) -> bool:
        """Take a trial off its queue; tell whether it was there still."""
        why = "given newer parameters by its optimization"
        if trial.task_id in tasks.dequeue(self.client, [trial.task_id], why):
            return False
        self.state.take_in(replace(trial, state=TrialState.CREATED))
        return True

    def _renewed(self, trial: Trial, parameters: Parameters) -> Trial:
        order = self.book.order(trial.number, parameters, trial.attempt)
        edits = {"hyperparams": order.hyperparameters, "comment": order.comment}
        tasks.edit_draft(self.client, trial.task_id, **edits)
        trial = replace(trial, parameters=parameters)
        self.state.take_in(trial)
        self.state.results_when_made[trial.number] = self.state.results
        self.strategy.observe(trial)
        return trial

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


def _shown(parameters: Parameters) -> str:
    return ", ".join(f"{name}={show(value)}" for name, value in parameters.items())
