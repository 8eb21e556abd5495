"""Steering an optimisation from outside: what is wanted is written on its task, its controller answers there."""

import json
import uuid
from collections.abc import Set
from datetime import datetime
from typing import TYPE_CHECKING

from clearml_hpo_app.clearml_api import Client, instances, queues, tasks
from clearml_hpo_app.clearml_api.rows import TaskRow
from clearml_hpo_app.clock import Clock, SystemClock
from clearml_hpo_app.controller.lease import RUNTIME_RUN, read_lease
from clearml_hpo_app.controller.steering.acts import read_parameters
from clearml_hpo_app.controller.steering.answers import Answer, read_answers
from clearml_hpo_app.controller.steering.wishes import (
    ADD_TRIAL,
    ANSWER,
    DROP_TRIAL,
    NO_LIMIT,
    PINNED,
    PREFIX,
    QUEUE,
    WANT,
    Want,
    read_pinned,
    settable,
    with_settings,
)
from clearml_hpo_app.errors import HpoError, PreflightFailed, UsageError
from clearml_hpo_app.instances.standing import is_controlled, is_starting
from clearml_hpo_app.space.values import Parameters
from clearml_hpo_app.statuses import ENDED_STATUSES
from clearml_hpo_app.violations import suggestion

if TYPE_CHECKING:
    from clearml_hpo_app.config import HpoConfig

ANSWER_SECONDS = 60.0
LOOK_SECONDS = 1.0


class Steered:
    """The wishes that a running optimisation can be told. Each waits for the controller's answer.

    Raises:
        PreflightFailed: No controller is at work on it.
        UsageError: What is wished cannot be; nothing was written.
        HpoError: The controller did not answer within a minute; the wish stands.
    """

    id: str
    client: Client

    @property
    def config(self) -> "HpoConfig":
        """The configuration as it stands, what was written from here included."""
        raise NotImplementedError

    def _row(self) -> TaskRow:
        raise NotImplementedError

    def pause(self) -> Answer:
        """Start no more trials; those that run go on, those that wait are taken off the queue."""
        return self._wish({WANT: Want.PAUSED.value})

    def resume(self) -> Answer:
        """End a pause."""
        return self._wish({WANT: Want.RUNNING.value})

    def set(self, **settings: object) -> dict[str, Answer]:
        """Change limits, `max_concurrent_tasks`, `execution_queue` or what happens at failures, by their names.

        `None` is no limit.
        """
        known = settable()
        unknown = [name for name in settings if name not in known]
        if unknown:
            told = (f"{name!r} cannot be set. {suggestion(name, list(known))}" for name in unknown)
            raise UsageError("\n".join(told))
        texts = {name: NO_LIMIT if value is None else str(value) for name, value in settings.items()}
        with_settings(self.config, texts)  # all violations at once
        wishes = {PREFIX + name: text for name, text in texts.items()}
        row = self._row()
        if not is_controlled(row, self.client.now()) and row.runtime.get(RUNTIME_RUN):
            if QUEUE in texts:
                queues.require_queue(self.client, texts[QUEUE])
            self._write(wishes)
            return {name: Answer(name, "it holds when the run is carried on") for name in texts}
        return {name.removeprefix(PREFIX): answer for name, answer in self._wishes(wishes).items()}

    def add_trial(self, parameters: Parameters) -> Answer:
        """Have these parameters tried next; every parameter that varies must be among them."""
        try:
            read_parameters(json.dumps(dict(parameters)), self.config.space)
        except ValueError as error:
            raise UsageError(str(error)) from None
        return self._wish({f"{ADD_TRIAL}_{_fresh_id()}": json.dumps(dict(parameters), ensure_ascii=False)})

    def drop_trial(self, number: int, reason: str = "") -> Answer:
        """Stop one trial; it is not tried again."""
        return self._wish({f"{DROP_TRIAL}_{_fresh_id()}": f"{number} {reason}".strip()})

    def pin(self, *numbers: int) -> Answer:
        """Keep trials from being archived, whatever their values."""
        return self._pin(read_pinned(self._row().properties.get(PINNED, "")) | set(numbers))

    def unpin(self, *numbers: int) -> Answer:
        """Let trials be archived again when they are not among the best."""
        return self._pin(read_pinned(self._row().properties.get(PINNED, "")) - set(numbers))

    def extend(self, count: int) -> int:
        """Raise the total number of trials by `count` and return the new total.

        A run that has ended keeps its history, and goes on once a controller is started: by
        `instance.enqueue()`, or with `clearml-hpo run --resume ID`. A wish to stop or to pause that was written
        on it since does not hold any more.
        """
        row = self._row()
        total = self.config.limits.total_tasks
        if total is None:
            raise UsageError("An optimization must have a limit of trials to be extended, but it has none.")
        if count < 1:
            raise UsageError(f"An optimization must be extended by 1 or more, but got {count}.")
        lease = read_lease(row)
        new = max(total, lease.handover.numbers if lease else 0) + count
        goes_on = {WANT: Want.RUNNING.value} if row.status in ENDED_STATUSES else {}
        self._write({f"{PREFIX}total_tasks": str(new), **goes_on})
        return new

    def was_extended(self) -> bool:
        """Whether the run may give out more numbers than it has."""
        lease = read_lease(self._row())
        total = self.config.limits.total_tasks
        return total is not None and lease is not None and lease.handover.numbers < total

    def enqueue(self, queue: str = "services") -> None:
        """Have an agent carry on a run that has ended.

        Raises:
            PreflightFailed: It has not ended, or there is no such queue.
        """
        row = self._row()
        if row.status not in ENDED_STATUSES:
            raise PreflightFailed([f"An optimization must have ended to be carried on, but it is {row.status}."])
        found = queues.require_queue(self.client, queue, "controller's queue")
        if row.status == "completed":  # a server lets no completed task into a queue
            tasks.stopped(self.client, self.id, "to be carried on", "", draft=True)
        refused = tasks.enqueue(self.client, [self.id], found.id, "carried on by clearml-hpo-app")
        if refused:
            raise HpoError(f"It could not be enqueued: {refused[self.id]}")

    def _pin(self, numbers: Set[int]) -> Answer:
        return self._wish({PINNED: ", ".join(map(str, sorted(numbers)))})

    def _wish(self, wish: dict[str, str]) -> Answer:
        return next(iter(self._wishes(wish).values()))

    def _wishes(self, wishes: dict[str, str], clock: Clock | None = None) -> dict[str, Answer]:
        clock = clock or SystemClock()
        row = self._row()
        if not is_controlled(row, self.client.now()):
            raise PreflightFailed([_uncontrolled(row, self.client.now())])
        if all(row.properties.get(name) == text for name, text in wishes.items()):
            return {name: Answer(name, "it is so already", is_news=False) for name in wishes}
        since = self.client.now()
        self._write(wishes)
        left = ANSWER_SECONDS
        while True:
            now = self._row()
            answers = read_answers(now.properties.get(ANSWER, ""), since)
            if wishes.keys() <= answers.keys():
                self._take_back({name for name in wishes if answers[name].is_refused}, row)
                return {name: answers[name] for name in wishes}
            if now.status in ENDED_STATUSES:
                raise HpoError(f"The run of {self.id} ended before its controller could heed this.")
            if any(now.properties.get(name, wishes[name]) != wishes[name] for name in wishes if _stands(name)):
                return {name: answers.get(name, Answer(name, "another wish came after it")) for name in wishes}
            if left <= 0:
                raise HpoError(
                    f"The controller of {self.id} must answer within {ANSWER_SECONDS:g} s, but did not. "
                    "The wish stands."
                )
            clock.wait(LOOK_SECONDS)
            left -= LOOK_SECONDS

    def _take_back(self, refused: Set[str], before: TaskRow) -> None:
        """A wish that was refused must not meet the next controller: put back what stood there before."""
        standing = {name: before.properties.get(name, "") for name in refused if _stands(name)}
        if standing:
            self._write(standing)

    def _write(self, texts: dict[str, str]) -> None:
        tasks.write_properties(self.client, self.id, texts)
        self._row()


def _stands(name: str) -> bool:
    """Tell whether a wish holds until another one takes its place, as all do that are no single act."""
    return not name.startswith((ADD_TRIAL, DROP_TRIAL))


def _uncontrolled(row: TaskRow, now: datetime) -> str:
    if row.status == "in_progress" and is_starting(row, now):
        return f"A controller must be at work to heed this, but that of {row.id} is starting. Say it again soon."
    if row.status == "in_progress":
        return (
            f"A controller must be at work to heed this, but that of {row.id} is gone. "
            f"Carry on with: clearml-hpo run --resume {row.id}"
        )
    if row.status == "queued":
        return f"A controller must be at work to heed this, but that of {row.id} waits in a queue still."
    return f"A controller must be at work to heed this, but {row.id} is {row.status}."


def stop_orphans(client: Client, task_id: str) -> int:
    """Stop the trials that an optimisation left whose task was deleted; return how many there were."""
    found = instances.trials_of(client, task_id)
    tasks.stop(client, found, "the optimization was deleted")
    return len(found)


def _fresh_id() -> str:
    return uuid.uuid4().hex[:8]
