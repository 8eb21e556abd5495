"""Heeding what people write on the controller task while it runs, and answering there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from clearml_hpo_app.clearml_api import queues
from clearml_hpo_app.clearml_api.client import Client
from clearml_hpo_app.clearml_api.rows import TaskRow
from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.controller.deciding.actions import WindUp
from clearml_hpo_app.controller.handing_over import handed_over
from clearml_hpo_app.controller.state import RunState
from clearml_hpo_app.controller.steering.act_list import ActList
from clearml_hpo_app.controller.steering.answers import Answer, Answers, refused
from clearml_hpo_app.controller.steering.wishes import (
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
from clearml_hpo_app.trials.snapshot import Decision
from clearml_hpo_app.violations import suggestion
from clearml_hpo_app.wording import counted


@dataclass
class Steering:
    """Carries what people want into the run's state; every wish is answered with time and outcome.

    Attributes:
        configured: The configuration as the task's section HPO says it.
    """

    client: Client
    state: RunState
    configured: HpoConfig
    acts: ActList
    answers: Answers
    _heard: Mapping[str, str] = field(default_factory=dict)
    _refused: set[str] = field(default_factory=set)

    def heed(self, row: TaskRow) -> None:
        """Take in the user properties of the controller task; most turns they are as they were."""
        present = {name: text for name, text in row.properties.items() if is_ours(name) and name != ANSWER}
        # one that is missing was wiped by somebody's save of the whole section: it still holds
        wanted = {**self.state.wishes, **present}
        if wanted == self._heard:
            return
        changed = {name for name in wanted if wanted[name] != self._heard.get(name)}
        answers = [*self._heed_settings(wanted, changed), *self._heed_want(wanted), *self._heed_pinned(wanted)]
        answers += [*self.acts.heed(wanted), *_unknown({name for name in changed if wanted[name].strip()})]
        self._keep(wanted)
        is_first = not self._heard
        if not is_first:
            self.state.heard_at = self.client.now()
            changes = [answer for answer in answers if answer.changes_something]
            told = (f"{answer.wish.removeprefix(PREFIX)}: {answer.text}" for answer in changes)
            self.state.decisions += [Decision(self.state.heard_at, "as asked", None, text) for text in told]
        self._heard = wanted
        self.answers.say(answers, again=not is_first)

    def wiped(self, row: TaskRow) -> dict[str, str]:
        """Return the properties that a person's save has wiped, to be written again."""
        ours = {WANT: self.state.want.value, **self.state.wishes}
        if self.answers.text:
            ours[ANSWER] = self.answers.text
        return {name: text for name, text in ours.items() if name not in row.properties}

    def _keep(self, wanted: Mapping[str, str]) -> None:
        """Note what holds: a save may wipe it, a slip overwrite it, and the next controller must know it."""
        accepted = {name: text for name, text in wanted.items() if name in standing() - self._refused}
        self.state.wishes.update(accepted)
        if self.state.want not in {Want.RUNNING, Want.PAUSED}:  # what ends this run must not end the next one
            self.state.wishes.pop(WANT, None)

    def settle(self) -> None:
        """Answer the acts that this turn carried out."""
        self.answers.say(self.acts.settle())

    def _heed_settings(self, wanted: Mapping[str, str], changed: set[str]) -> Iterator[Answer]:
        config, wrong = read_settings(self.configured, wanted, self.state.wishes)
        if config.execution_queue != self.state.config.execution_queue:
            found = queues.find_queue(self.client, config.execution_queue)
            if found is None:
                wrong[PREFIX + QUEUE] = f"a queue {config.execution_queue!r} must exist, but there is none"
                config = config.model_copy(update={QUEUE: self.state.config.execution_queue})
            else:
                self.state.move_to(found.id)
        before, self.state.config = self.state.config, config
        self.state.attempts.reconsider(self.state.trials, config.failures.retries)
        for name, setting in settable().items():
            wish = PREFIX + name
            old, new = (_value(which, setting.group, name) for which in (before, config))
            if wish in wrong and wish in changed:
                self._refused.add(wish)
                yield refused(wish, wrong[wish])
            is_asked = wish not in wrong and not self._is_taken_back(wish)
            if old != new:
                yield Answer(wish, f"{_shown(old)} → {_shown(new)}{self._remark(name, new)}")
            elif wish in changed and self._heard and is_asked:
                yield Answer(wish, f"it is {_shown(new)} already", is_news=False)

    def _heed_want(self, wanted: Mapping[str, str]) -> Iterator[Answer]:
        text = wanted.get(WANT, "")
        if text == self._heard.get(WANT):
            return
        try:
            want = read_want(text)
        except ValueError as error:
            self._refused.add(WANT)
            yield refused(WANT, error)
            want = self._want_that_holds()
            if want is not self.state.want:
                self.state.want = want
                self._carry_out(want)
            return
        if want is self.state.want:
            if not self._is_taken_back(WANT) and self._heard:
                yield Answer(WANT, f"it is {want.value} already", is_news=False)
            return
        self._refused.discard(WANT)
        self.state.want = want
        yield self._carry_out(want)

    def _want_that_holds(self) -> Want:
        """Return what was accepted before a slip, by this controller or the one before it."""
        return read_want(self.state.wishes[WANT]) if WANT in self.state.wishes else self.state.want

    def _carry_out(self, want: Want) -> Answer:
        if want in {Want.STOP, Want.STOP_NOW}:
            lets_finish = want is Want.STOP
            wish = WindUp("A person stopped the optimization.", "stopped", lets_finish=lets_finish)
            if self.state.wind_up(wish):
                left = "no trial is started any more, the running ones finish"
                return Answer(WANT, left if lets_finish else "the trials are stopped")
        if self.state.winding_up is not None:
            return Answer(WANT, "the run is ending already", is_news=False)
        self.state.pause(self.client.now(), is_paused=want is Want.PAUSED)
        return Answer(WANT, "paused, the running trials go on" if want is Want.PAUSED else "running")

    def _heed_pinned(self, wanted: Mapping[str, str]) -> Iterator[Answer]:
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
            yield refused(PINNED, error)
            self.state.pinned = read_pinned(self.state.wishes.get(PINNED, ""))
            return
        if self._is_taken_back(PINNED) and pinned == self.state.pinned:
            return
        self.state.pinned = pinned
        told = ", ".join(map(str, sorted(pinned)))
        yield Answer(PINNED, f"{told} will not be archived" if pinned else "no trial is pinned")

    def _is_taken_back(self, name: str) -> bool:
        """Whether a property only goes back to what held before a wish that was refused: no news to anybody."""
        was_refused = name in self._refused
        self._refused.discard(name)
        return was_refused

    def _remark(self, name: str, value: object) -> str:
        given = self.state.next_number
        if name != "total_tasks" or not isinstance(value, int) or value >= given:
            return ""
        return f", though {counted(given, 'trial')} have their parameters already"


def steered(config: HpoConfig, row: TaskRow) -> HpoConfig:
    """Return the configuration of a run as it was steered so far: by what stands there and what was accepted."""
    held = handed_over(row).wishes
    return read_settings(config, {**held, **row.properties}, held)[0]


def invitation(config: HpoConfig) -> dict[str, str]:
    """Return the properties that a run begins with, so that people find what they can edit."""
    limit = config.limits.total_tasks
    return {
        WANT: Want.RUNNING.value,
        f"{PREFIX}total_tasks": "" if limit is None else str(limit),
        f"{PREFIX}max_concurrent_tasks": str(config.max_concurrent_tasks),
    }


def _unknown(names: set[str]) -> Iterator[Answer]:
    """Yield an answer to each property that looks like a wish and is none."""
    known = [*sorted(standing()), ADD_TRIAL, DROP_TRIAL]
    for name in sorted(names - standing()):
        if not (name in known or name.startswith((f"{ADD_TRIAL}_", f"{DROP_TRIAL}_"))):
            yield refused(name, f"there is no such setting. {suggestion(name, known)}")


def _value(config: HpoConfig, group: str, name: str) -> Any:
    return getattr(getattr(config, group) if group else config, name)


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return "without limit" if value is None else str(value)
