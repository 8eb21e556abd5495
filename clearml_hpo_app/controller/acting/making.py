"""Making trials: parameters, and one clone call for each; giving new parameters to one that waits."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from clearml_hpo_app.clearml_api import tasks
from clearml_hpo_app.clearml_api.client import Client
from clearml_hpo_app.controller.acting.orders import OrderBook
from clearml_hpo_app.controller.acting.queueing import Queueing
from clearml_hpo_app.controller.deciding.actions import Exchange, Launch, Retry
from clearml_hpo_app.controller.state import RunState
from clearml_hpo_app.errors import SpaceExhausted, SuggestionPending
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
    queueing: Queueing

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
            else:
                self.state.by_hand.remove(wish)
            yield trial

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
                elif self.queueing.take_off(trial):
                    shown = _shown(parameters)
                    log.info("trial %d has other parameters: %s: %s", trial.number, exchange.reason, shown)
                    yield self._renewed(self.state.active[trial.number], parameters)

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
