"""Putting trials into the queue, and taking off those that no worker has taken yet."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from clearml_hpo_app.clearml_api import queues, tasks
from clearml_hpo_app.clearml_api.client import Client
from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.controller.acting.orders import OrderBook
from clearml_hpo_app.controller.acting.refusals import Refusals
from clearml_hpo_app.controller.state import RunState
from clearml_hpo_app.controller.steering.wishes import PREFIX, QUEUE
from clearml_hpo_app.errors import RequestRefused
from clearml_hpo_app.trials.trial import Trial, TrialState

log = logging.getLogger(__name__)


@dataclass
class Queueing:
    """Moves the trials of one run into their queue and out of it."""

    client: Client
    state: RunState
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
            for trial in trials:
                self.state.note_enqueued(trial.number, self.client.now())
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
            if error.subcode != queues.UNKNOWN_QUEUE:
                raise
            name = self.state.config.execution_queue
            found = queues.find_queue(self.client, name)
            if found is None or found.id == self.state.queue_id:
                said = f"The queue {name!r} was deleted: trials wait as drafts until there is one of that name."
                raise RequestRefused(error.operation, said, error.code, error.subcode) from error
            log.warning("the queue %r was deleted and made anew: trials go there", name)
            self.state.move_to(found.id)
            return tasks.enqueue(self.client, ids, found.id, reason)

    def hold_back(self, trials: Sequence[Trial]) -> None:
        """Make drafts of waiting trials; one that a worker has taken in the meantime runs."""
        held = [trial.task_id for trial in trials if self.take_off(trial)]
        # a server that only took them off their queue has left their status as it was
        self.refusals.tell("dequeue", tasks.dequeue(self.client, held, "held back by its optimization"))

    def take_off(self, trial: Trial) -> bool:
        """Take a trial off its queue; tell whether it was there still, so that no worker can have it."""
        queue = self.state.misplaced.pop(trial.number, self.state.queue_id)
        if not queues.remove(self.client, queue, trial.task_id):
            self.state.taken.add(trial.number)
            return False
        self.state.enqueued_at.pop(trial.number, None)
        self.state.take_in(replace(trial, state=TrialState.CREATED))
        return True


def with_queue(client: Client, state: RunState, configured: HpoConfig) -> HpoConfig:
    """Find the queue of the trials; where a person wants one that is not there, what held before that is used."""
    held = state.wishes.get(PREFIX + QUEUE, "")
    for name in filter(None, (state.config.execution_queue, held)):
        if name == configured.execution_queue:
            break
        if (queue := queues.find_queue(client, name)) is not None:
            state.queue_id = queue.id
            return state.config.model_copy(update={QUEUE: name})
        log.warning("there is no queue %r: trials go to another one", name)
    state.queue_id = queues.require_queue(client, configured.execution_queue).id
    return state.config.model_copy(update={QUEUE: configured.execution_queue})
