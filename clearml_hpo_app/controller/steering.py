"""Steering: heeding what people write on the controller task while it runs, and answering there."""

import logging
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from clearml_hpo_app.clearml_api import instances, queues, tasks
from clearml_hpo_app.clearml_api.client import Client
from clearml_hpo_app.clearml_api.rows import TaskRow
from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.controller.actions import ByHand, WindUp
from clearml_hpo_app.controller.acts import (
    ACTS,
    Act,
    AddTrial,
    read_acts,
    read_drop,
    read_parameters,
    write_done,
)
from clearml_hpo_app.controller.state import RunState
from clearml_hpo_app.controller.wishes import (
    ADD_TRIAL,
    ANSWER,
    DROP_TRIAL,
    PINNED,
    PREFIX,
    QUEUE,
    WANT,
    Want,
    is_ours,
    read_pinned,
    read_settings,
    read_want,
    settable,
    standing,
)
from clearml_hpo_app.errors import RequestRefused
from clearml_hpo_app.space.values import to_text
from clearml_hpo_app.violations import suggestion
from clearml_hpo_app.wording import counted, plain

log = logging.getLogger(__name__)

ANSWERS_SHOWN = 20
"""More than there are settings: a page of them that is saved at once has an answer for each."""

ANSWER_CHARACTERS = 400


@dataclass
class Steering:
    """Carries what people want into the run's state; every wish is answered with time and outcome.

    Attributes:
        configured: The configuration as the task's section HPO says it.
        done: Outcomes of one-off acts, by id.
    """

    client: Client
    task_id: str
    state: RunState
    configured: HpoConfig
    done: dict[str, str] = field(default_factory=dict)
    _heard: Mapping[str, str] = field(default_factory=dict)
    _answers: deque[str] = field(default_factory=lambda: deque(maxlen=ANSWERS_SHOWN))
    _pending: dict[str, Act] = field(default_factory=dict)
    _refused: set[str] = field(default_factory=set)

    def heed(self, row: TaskRow) -> None:
        """Take in the user properties of the controller task; most turns they are as they were."""
        present = {name: text for name, text in row.properties.items() if is_ours(name) and name != ANSWER}
        if present == self._heard:
            return
        # one that is missing was wiped by somebody's save of the whole section: it still holds
        wanted = {**{name: text for name, text in self._heard.items() if name in standing()}, **present}
        changed = {name for name in wanted if wanted[name] != self._heard.get(name)}
        answers = [*self._heed_settings(wanted, changed), *self._heed_want(wanted), *self._heed_pinned(wanted)]
        answers += [*self._heed_acts(wanted), *_unknown({name for name in changed if wanted[name].strip()})]
        if self._heard:
            self.state.heard_at = self.client.now()
        self._heard = wanted
        self._answer(answers)

    def wiped(self, row: TaskRow) -> dict[str, str]:
        """Return the properties that a person's save has wiped, to be written again."""
        ours = {WANT: self.state.want.value, **{n: self._holding(n) for n in self._heard if n in standing()}}
        if self._answers:
            ours[ANSWER] = self._text()
        return {name: text for name, text in ours.items() if name not in row.properties}

    def _holding(self, name: str) -> str:
        """Return the text of a property: as it was written, or what holds in place of a wish that was refused."""
        if name not in self._refused:
            return self._heard[name]
        if name == WANT:
            return self.state.want.value
        if name == PINNED:
            return ", ".join(map(str, sorted(self.state.pinned)))
        setting = settable()[name.removeprefix(PREFIX)]
        return to_text(_value(self.state.config, setting.group, setting.name))

    def settle(self) -> None:
        """Answer the acts that this turn carried out."""
        waiting = {by_hand.act for by_hand in self.state.by_hand}
        answers = []
        for key, act in list(self._pending.items()):
            if isinstance(act, AddTrial) and key not in waiting:
                answers.append(self._conclude(act, "it is tried"))
            elif not isinstance(act, AddTrial) and self._is_dropped(act):
                answers.append(self._conclude(act, "it is stopped"))
        self._answer(answers)

    def _heed_settings(self, wanted: Mapping[str, str], changed: set[str]) -> Iterator[str]:
        config, refused = read_settings(self.configured, wanted)
        if config.execution_queue != self.state.config.execution_queue:
            found = queues.find_queue(self.client, config.execution_queue)
            if found is None:
                refused[PREFIX + QUEUE] = f"a queue {config.execution_queue!r} must exist, but there is none"
                config = config.model_copy(update={QUEUE: self.state.config.execution_queue})
            else:
                self.state.move_to(found.id)
        before, self.state.config = self.state.config, config
        self.state.attempts.reconsider(self.state.trials, config.failures.retries)
        for name, setting in settable().items():
            old, new = (_value(which, setting.group, name) for which in (before, config))
            if PREFIX + name in refused and PREFIX + name in changed:
                self._refused.add(PREFIX + name)
                yield f"{PREFIX}{name}: refused, {refused[PREFIX + name]}"
            elif old != new:
                yield f"{PREFIX}{name}: {_shown(old)} → {_shown(new)}{self._remark(name, new)}"
            elif PREFIX + name in changed and self._heard and not self._is_taken_back(PREFIX + name):
                yield f"{PREFIX}{name}: it is {_shown(new)} already"

    def _heed_want(self, wanted: Mapping[str, str]) -> Iterator[str]:
        text = wanted.get(WANT, "")
        if text == self._heard.get(WANT):
            return
        try:
            want = read_want(text)
        except ValueError as error:
            self._refused.add(WANT)
            yield f"{WANT}: refused, {error}"
            return
        if want is self.state.want:
            if self._heard and not self._is_taken_back(WANT):
                yield f"{WANT}: it is {want.value} already"
            return
        self.state.want = want
        yield f"{WANT}: {self._carry_out(want)}"

    def _carry_out(self, want: Want) -> str:
        if self.state.winding_up is not None:
            return "the run is ending already"
        if want is Want.STOP:
            self.state.winding_up = WindUp("A person stopped the optimization.", "stopped", lets_finish=True)
            return "no trial is started any more, the running ones finish"
        if want is Want.STOP_NOW:
            self.state.winding_up = WindUp("A person stopped the optimization.", "stopped")
            return "the trials are stopped"
        self.state.pause(self.client.now(), is_paused=want is Want.PAUSED)
        return "paused, the running trials go on" if want is Want.PAUSED else "running"

    def _heed_pinned(self, wanted: Mapping[str, str]) -> Iterator[str]:
        text = wanted.get(PINNED, "")
        if text == self._heard.get(PINNED, ""):
            return
        try:
            pinned = read_pinned(text)
            unknown = sorted(number for number in pinned if number >= self.state.next_number)
            if unknown:
                raise ValueError(f"there is no trial {', '.join(map(str, unknown))} yet")
        except ValueError as error:
            self._refused.add(PINNED)
            yield f"{PINNED}: refused, {error}"
            return
        if pinned == self.state.pinned and self._is_taken_back(PINNED):
            return
        self.state.pinned = pinned
        told = ", ".join(map(str, sorted(pinned)))
        yield f"{PINNED}: {told} will not be archived" if pinned else f"{PINNED}: no trial is pinned"

    def _is_taken_back(self, name: str) -> bool:
        """Whether a property only goes back to what held before a wish that was refused: no news to anybody."""
        was_refused = name in self._refused
        self._refused.discard(name)
        return was_refused

    def _heed_acts(self, wanted: Mapping[str, str]) -> Iterator[str]:
        for act in read_acts(wanted):
            if act.id in self.done or act.id in self._pending:
                continue
            try:
                self._begin(act)
                self._pending[act.id] = act
                if act.id not in self.state.acts_seen:
                    yield f"{act.name}: {self._accepted(act)}"
            except ValueError as error:
                yield self._conclude(act, f"refused, {error}")

    def _accepted(self, act: Act) -> str:
        if not isinstance(act, AddTrial):
            return "accepted, it is told to stop"
        return "accepted, it is tried " + (
            "after the pause" if self.state.is_paused else "as soon as a slot is free"
        )

    def _remark(self, name: str, value: object) -> str:
        given = self.state.next_number
        if name != "total_tasks" or not isinstance(value, int) or value >= given:
            return ""
        return f", though {counted(given, 'trial')} have their parameters already"

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
        if number not in self.state.active:
            known = number in self.state.trials
            raise ValueError(f"trial {number} {'has ended' if known else 'does not exist'}")
        self.state.to_drop[number] = f"dropped by a person{': ' if reason else ''}{reason}"

    def _is_dropped(self, act: Act) -> bool:
        number, _ = read_drop(act.text)
        return number not in self.state.active or number in self.state.stop_sent

    def _conclude(self, act: Act, outcome: str) -> str:
        self._pending.pop(act.id, None)
        self.done[act.id] = f"{self.client.now():%Y-%m-%d %H:%M:%S} {outcome}"
        try:
            text = write_done(self.done, self.state.run_id)
            instances.write_configuration(self.client, self.task_id, ACTS, text, "One-off acts that were done")
        except RequestRefused as error:
            log.warning("what was done could not be written down: %s", error)
        return f"{act.name}: {outcome}"

    def _answer(self, answers: list[str]) -> None:
        if not answers:
            return
        for answer in (plain(each, ANSWER_CHARACTERS) for each in answers):
            log.info("%s", answer)
            self._answers.append(f"{self.client.now():%Y-%m-%d %H:%M:%S} {answer}")
        try:
            tasks.write_properties(self.client, self.task_id, {ANSWER: self._text()})
        except RequestRefused as error:
            log.warning("the answer could not be written: %s", error)

    def _text(self) -> str:
        return " | ".join(reversed(self._answers))


def steered(config: HpoConfig, row: TaskRow) -> HpoConfig:
    """Return the configuration of a run as it was steered so far."""
    return read_settings(config, row.properties)[0]


def invitation(config: HpoConfig) -> dict[str, str]:
    """Return the properties that a run begins with, so that people find what they can edit."""
    limit = config.limits.total_tasks
    return {
        WANT: Want.RUNNING.value,
        f"{PREFIX}total_tasks": "" if limit is None else str(limit),
        f"{PREFIX}max_concurrent_tasks": str(config.max_concurrent_tasks),
    }


def _unknown(names: set[str]) -> Iterator[str]:
    """Yield an answer to each property that looks like a wish and is none."""
    known = [*sorted(standing()), ADD_TRIAL, DROP_TRIAL]
    for name in sorted(names - standing()):
        if not (name in known or name.startswith((f"{ADD_TRIAL}_", f"{DROP_TRIAL}_"))):
            yield f"{name}: refused, there is no such setting. {suggestion(name, known)}"


def _value(config: HpoConfig, group: str, name: str) -> Any:
    return getattr(getattr(config, group) if group else config, name)


def _shown(value: object) -> str:
    return "without limit" if value is None else str(value)
