"""The acts that people asked for: each is begun once, and its outcome written down when it is done."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from clearml_hpo_app.clearml_api import instances, tasks
from clearml_hpo_app.clearml_api.client import Client
from clearml_hpo_app.clearml_api.rows import verdict_texts
from clearml_hpo_app.controller.deciding.actions import ByHand
from clearml_hpo_app.controller.state import RunState
from clearml_hpo_app.controller.steering.acts import (
    ACTS,
    Act,
    AddTrial,
    read_acts,
    read_drop,
    read_parameters,
    write_acts,
)
from clearml_hpo_app.controller.steering.answers import Answer, refused
from clearml_hpo_app.controller.steering.wishes import PREFIX
from clearml_hpo_app.errors import RequestRefused
from clearml_hpo_app.trials.trial import Trial, Verdict

log = logging.getLogger(__name__)


@dataclass
class ActList:
    """Carries acts into the run's state and says what became of them.

    Attributes:
        done: Outcomes with their times, by the ids of the acts.
        left: What the controller before this one had accepted and not done: its property may say other things now.
    """

    client: Client
    task_id: str
    state: RunState
    done: dict[str, str] = field(default_factory=dict)
    left: Sequence[Act] = ()
    _pending: dict[str, Act] = field(default_factory=dict)

    def heed(self, properties: Mapping[str, str]) -> Iterator[Answer]:
        """Begin the acts that are new; yield an answer to each."""
        asked, self.left = [*self.left, *read_acts(properties)], ()
        known = len(self._pending)
        for act in asked:
            if act.id in self.done or act.id in self._pending:
                continue
            try:
                self._begin(act)
                self._pending[act.id] = act
                if act.id not in self.state.acts_seen:
                    yield Answer(act.name, self._accepted(act))
            except ValueError as error:
                yield self._conclude(act, refused(act.name, error))
        if len(self._pending) > known:
            self._write()

    def settle(self) -> Iterator[Answer]:
        """Write down the acts that are done by now; yield an answer to each."""
        waiting = {by_hand.act for by_hand in self.state.by_hand}
        for key, act in list(self._pending.items()):
            if isinstance(act, AddTrial) and key not in waiting:
                yield self._conclude(act, Answer(act.name, "it is tried"))
            elif not isinstance(act, AddTrial) and self._is_dropped(act):
                yield self._conclude(act, Answer(act.name, "it is stopped"))

    def _accepted(self, act: Act) -> str:
        if not isinstance(act, AddTrial):
            return "accepted, it is told to stop"
        if self.state.winding_up is not None:
            return "accepted, but the run is ending: it is tried when the run is carried on"
        when = "after the pause" if self.state.is_paused else "as soon as a slot is free"
        return f"accepted, it is tried {when}"

    def _begin(self, act: Act) -> None:
        if act.id in self.state.acts_seen:
            return  # a trial fulfils it already: the controller before this one had not said so
        if isinstance(act, AddTrial):
            total = self.state.config.limits.total_tasks
            if total is not None and self.state.next_number + len(self.state.by_hand) >= total:
                raise ValueError(f"all {total} trials of the run have their parameters: raise {PREFIX}total_tasks")
            parameters = read_parameters(act.text, self.state.config.space)
            self.state.by_hand.append(ByHand(act.id, parameters))
            return
        number, reason = read_drop(act.text)
        told = f"dropped by a person{': ' if reason else ''}{reason}"
        if number in self.state.attempts.to_retry:
            self._give_up(replace(self.state.trials[number], verdict=Verdict.DROPPED, reason=told))
        elif number in self.state.active:
            self.state.to_drop[number] = told
        else:
            known = number in self.state.trials
            raise ValueError(f"trial {number} {'has ended' if known else 'does not exist'}")

    def _give_up(self, trial: Trial) -> None:
        """Do not try again a trial that went wrong."""
        try:
            tasks.write_properties(self.client, trial.task_id, verdict_texts(trial))
        except RequestRefused as error:
            raise ValueError(f"the server refused to write on trial {trial.number}: {error}") from error
        self.state.take_in(trial)

    def _is_dropped(self, act: Act) -> bool:
        number, _ = read_drop(act.text)
        return number not in self.state.active or number in self.state.stop_sent

    def _conclude(self, act: Act, answer: Answer) -> Answer:
        self._pending.pop(act.id, None)
        self.done[act.id] = f"{self.client.now():%Y-%m-%d %H:%M:%S} {answer.text}"
        self._write()
        return answer

    def _write(self) -> None:
        try:
            text = write_acts(self.done, self._pending.values(), self.state.run_id)
            instances.write_configuration(self.client, self.task_id, ACTS, text, "One-off acts that were done")
        except RequestRefused as error:
            log.warning("what was done could not be written down: %s", error)
