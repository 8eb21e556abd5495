"""Where a run begins: reading the controller task, and rebuilding from its children what was done before."""

import logging
import uuid
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from clearml_hpo_app.clearml_api import instances, tasks
from clearml_hpo_app.clearml_api.client import Client
from clearml_hpo_app.clearml_api.originals import Claimed, tell_apart
from clearml_hpo_app.clearml_api.rows import ACT, REASON, RUN, TaskRow, last_values, read_row, section_texts
from clearml_hpo_app.clock import Clock
from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.config.task_settings import LISTS, SECTION, from_task
from clearml_hpo_app.controller.handing_over import handed_over, tell_of_replaced
from clearml_hpo_app.controller.lease import HEARTBEAT, RUNTIME_RUN, Handover, wait_until_free
from clearml_hpo_app.controller.observing.observe import of_this_run, settle
from clearml_hpo_app.controller.state import RunState
from clearml_hpo_app.controller.steering.wishes import is_ours
from clearml_hpo_app.dashboard.names import BUDGET, RESOURCES
from clearml_hpo_app.errors import RequestRefused
from clearml_hpo_app.trials.trial import Trial, TrialState
from clearml_hpo_app.wording import counted

log = logging.getLogger(__name__)

NUMBERS_TOLD = 20

REPEATED_WITHIN = timedelta(minutes=3)
"""Beyond the time for which an answer is waited, and the pauses between two tries."""


@dataclass(frozen=True)
class Opened:
    """A controller task, read at the start of this process; `handover` is what the controller before left.

    `objects` are the texts of its configuration objects, by name; `levels` what this run reported last of each
    series of its gauges, by title.
    """

    row: TaskRow
    config: HpoConfig
    run_id: str
    is_resumed: bool
    handover: Handover
    objects: Mapping[str, str]
    levels: Mapping[str, Mapping[str, float]]


def read_instance_config(raw: Mapping[str, Any]) -> HpoConfig:
    """Return the configuration that a controller task's JSON holds.

    Raises:
        InvalidConfig: With all violations, by the names that the task's page shows.
    """
    objects = _objects(raw)
    return from_task(section_texts(raw, SECTION), {name: objects.get(name, "") for name in LISTS})


def open_run(client: Client, task_id: str, clock: Clock, nonce: str) -> Opened:
    """Read the controller task; resume its run, or begin one when it has none (new, cloned or reset).

    `nonce` names the controller that asks; what travelled along is gone before the run begins.

    Raises:
        InvalidConfig: The task's configuration has violations.
        HeldElsewhere: Another controller works on it, and goes on.
    """
    raw: dict[str, Any] = {}

    def look() -> TaskRow:
        raw.update(tasks.get_task(client, task_id))
        return read_row(raw, ())

    row = wait_until_free(look, client.now, clock, log.warning, own=nonce)
    run_id = str(row.runtime.get(RUNTIME_RUN) or "")
    is_resumed = bool(run_id)
    stale = {name for name in row.properties if name == REASON or (not is_resumed and _travels(name))}
    if stale:  # before all else: also a task that ends for a bad setting must not show another run's answers
        tasks.delete_properties(client, task_id, sorted(stale))
    config = read_instance_config(raw)
    if not is_resumed:
        run_id = uuid.uuid4().hex
        instances.write_runtime(client, row, {RUNTIME_RUN: run_id})
    tell_of_replaced(row)
    levels = {title: last_values(raw, title) for title in (BUDGET, RESOURCES)} if is_resumed else {}
    return Opened(row, config, run_id, is_resumed, handed_over(row), _objects(raw), levels)


def _objects(raw: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(item.get("value") or "") for name, item in (raw.get("configuration") or {}).items()}


def _travels(name: str) -> bool:
    """Whether a property was written for a run: a clone or a reset takes it along, and it means nothing there."""
    return name == HEARTBEAT or is_ours(name)


class Restored(NamedTuple):
    """A trial read from its task; `is_explained` when its verdict stands written there."""

    trial: Trial
    is_explained: bool


def restore_trials(
    client: Client, state: RunState, controller: str, kept: Set[int] = frozenset()
) -> Sequence[Restored]:
    """Read all trials of this run from the children of the controller into `state`, and return them.

    Every attempt is among them, sorted by number and attempt.

    Also after a call without an answer: what exists is what counts. People's copies of trials are left alone; a
    draft that a repeated clone call made, with our name and description and of the same minutes, is deleted.

    Args:
        client: Connection to the server.
        state: Where the trials go.
        controller: Id of the controller task.
        kept: Numbers of the trials that we had last left unarchived in the top.
    """
    rows = tasks.get_children(client, controller, state.config.objectives)
    rows = [row for row in rows if row.properties.get(RUN) == state.run_id]
    state.acts_seen.update(row.properties.get(ACT, "") for row in rows)
    claims = tell_apart(rows, {trial.task_id for trial in state.trials.values()})
    found: list[Restored] = []
    made = [claim.original for claim in claims if claim.original is not None]
    for _, trial in of_this_run(made, state.run_id, state.config):
        settled = settle(trial, state.config, client.now())
        found.append(Restored(settled, settled.verdict is not None and settled.verdict is trial.verdict))
    for claim in claims:
        _drop_others(client, claim, state)
    for trial, _ in found:
        state.take_in(trial)
    _recognise_archived(state, kept)
    return found


def tell_of_restored(state: RunState) -> None:
    """Log what a run is resumed with, and which of its trials are not there any more."""
    log.info("the run is resumed with %d trials, %d of them active", len(state.trials), len(state.active))
    if gone := sorted(set(range(state.next_number)).difference(state.trials)):
        numbers = ", ".join(map(str, gone[:NUMBERS_TOLD])) + (", …" if len(gone) > NUMBERS_TOLD else "")
        log.warning(
            "%s (%s) that this run made cannot be found: the task was deleted, or its user properties were",
            counted(len(gone), "trial"),
            numbers,
        )


def find_misplaced(client: Client, state: RunState) -> None:
    """Note the trials that wait in another queue than the run's, which was changed while no controller was there.

    One call if any waits, none else.
    """
    waiting = {trial.task_id: number for number, trial in state.active.items() if trial.state is TrialState.QUEUED}
    for task_id, row in tasks.whole_rows(client, list(waiting), ["execution.queue"]).items():
        queue = str((row.get("execution") or {}).get("queue") or "")
        if queue and queue != state.queue_id:
            state.misplaced[waiting[task_id]] = queue


def _drop_others(client: Client, claim: Claimed, state: RunState) -> None:
    for row in claim.others:
        if _is_repeat(row, claim):
            log.warning("task %s repeats trial %d and never started: it is deleted", row.id, claim.number)
            try:
                tasks.delete_draft(client, row.id)
            except RequestRefused as error:
                log.warning("task %s could not be deleted: %s", row.id, error)
        elif row.id not in state.left_alone:
            state.left_alone.add(row.id)
            log.warning("task %s (%s) is a copy of trial %d: it is left alone", row.id, row.name, claim.number)


def _is_repeat(row: TaskRow, claim: Claimed) -> bool:
    """A call that is repeated since it got no answer comes soon, and before what it repeats has started."""
    original = claim.original
    if original is None or row.created is None or original.created is None:
        return False
    is_of_one_time = abs(row.created - original.created) <= REPEATED_WITHIN and (
        original.started is None or row.created < original.started
    )
    return row.status == "created" and {row.id, original.id} <= claim.repeats and is_of_one_time


def _recognise_archived(state: RunState, kept: Set[int]) -> None:
    """Archived trials were archived by us, save those among the best that we had kept: that was a person."""
    keep = state.config.limits.top_tasks_to_keep
    if keep is not None:
        by_person = (kept & set(state.top(keep))) - state.archived_by_us
        state.archived_by_us |= {
            number for number, trial in state.trials.items() if trial.archived and number not in by_person
        }
