"""Deciding about trials that wait: how many may, in which queue, for how long, and with which parameters."""

from collections.abc import Iterator, Set
from datetime import datetime, timedelta
from math import ceil

from clearml_hpo_app.controller.deciding.actions import Dequeue, Enqueue, Exchange
from clearml_hpo_app.controller.state import RunState
from clearml_hpo_app.trials.trial import Trial, TrialState
from clearml_hpo_app.wording import counted

ENQUEUE_PATIENCE = timedelta(seconds=30)
"""After an attempt to enqueue that a server refused (its queue is gone), the next one waits for this long."""

QUEUE_PATIENCE = timedelta(minutes=3)
"""A trial queued for longer is enqueued again: an agent that died may have taken it off the queue."""

UNSERVED_PATIENCE = timedelta(minutes=30)
"""The same where no worker is free, so that none is likely to have taken it."""

SHORT_SECONDS = 180.0
"""Of longer trials a worker's wait for the next one (up to 5 s) is nothing, and a result more is worth having."""

LEARNING_SECONDS = 2.0
"""Between two looks at trials that a method learns from."""

FEWEST_RESULTS = 2
"""A suggestion that lacks one result is what working in parallel means."""


def places(state: RunState) -> int:
    """Return how many trials may run or wait: the configured number, and those that are queued ahead."""
    return state.config.max_concurrent_tasks + ahead(state)


def ahead(state: RunState) -> int:
    """Return how many trials are queued ahead, so that a worker that becomes free has the next one at once.

    Some are, once trials run, where as many workers serve the queue as trials may run: a worker looks into its
    queue when a trial has ended, but then only every 5 s. With fewer workers trials wait anyway; with more the
    additional ones would run, as they would where a worker runs several at once, or trials run elsewhere. A
    suggestion that needs no results can be made at any time, so that every worker has a next one; of a method that
    learns, as many as are likely to end between two looks, and none while that is unknown; with one trial at a
    time each suggestion is to know all results.
    """
    most, typical = state.config.max_concurrent_tasks, state.typical_seconds
    is_wanted = state.config.queue_ahead == "auto" and state.workers == most
    if not is_wanted or (typical is not None and typical > SHORT_SECONDS):
        return 0
    if not _any_runs(state) or not _each_worker_runs_one(state):
        return 0
    if not state.learns:
        return most
    if typical is None or most == 1:
        return 0
    return min(ceil(most * LEARNING_SECONDS / max(typical, 1.0)), most // 2)


def _any_runs(state: RunState) -> bool:
    return any(trial.state.has_started for trial in state.active.values())


def _each_worker_runs_one(state: RunState) -> bool:
    """Tell whether whatever is queued can only run on a worker that has ended the trial before.

    So it is where the trials that run and the workers without one of them are no more than trials may run: a
    worker of another queue may run some still, or one behind which others are hidden.
    """
    running = [trial for trial in state.active.values() if trial.state.has_started]
    free = state.worker_names - {trial.worker for trial in running}
    unknown = sum(not trial.worker for trial in running)
    could_run = len(running) + max(len(free) - unknown, 0)
    has_many = bool(state.many_at_once & state.worker_names)
    return could_run <= state.config.max_concurrent_tasks and not has_many


def waiting(state: RunState, now: datetime, stopped: Set[int]) -> Iterator[Enqueue | Dequeue | Exchange]:
    """Yield what is to be done with trials that no worker has: at most one thing with each."""
    held_back = _held_back(state)
    stale = _stalest(state)
    for number, trial in state.active.items():
        if number in stopped or number in state.stop_sent or trial.state is TrialState.RUNNING:
            continue
        if trial.state is TrialState.QUEUED:
            yield from _queued(state, trial, held_back, stale, now)
        elif not state.is_paused and number not in held_back and _is_due(state.enqueued_at.get(number), now):
            yield Enqueue(number, "it was a draft, in no queue")


def _queued(
    state: RunState, trial: Trial, held_back: Set[int], stale: int | None, now: datetime
) -> Iterator[Enqueue | Dequeue | Exchange]:
    number = trial.number
    if number in state.taken:
        yield from _queued_for_long(state, trial, now)
    elif state.is_paused:
        yield Dequeue(number, "the run is paused")
    elif number in state.misplaced:
        yield Dequeue(number, f"the queue is {state.config.execution_queue} now")
    elif number in held_back:
        most = counted(state.config.max_concurrent_tasks, "trial")
        yield Dequeue(number, f"{counted(state.workers or 0, 'worker')} serve its queue, and {most} may run")
    elif number == stale:
        came = state.results - state.results_when_made[number]
        yield Exchange(number, f"{counted(came, 'result')} came while it waited")
    else:
        yield from _queued_for_long(state, trial, now)


def _queued_for_long(state: RunState, trial: Trial, now: datetime) -> Iterator[Enqueue]:
    patience = QUEUE_PATIENCE if _has_free_worker(state) else UNSERVED_PATIENCE
    since = state.enqueued_at.get(trial.number) or trial.last_update or now
    if not state.is_paused and now - since >= patience:
        yield Enqueue(trial.number, f"it was queued for {patience.seconds // 60} minutes without being started")


def _has_free_worker(state: RunState) -> bool:
    running = sum(trial.state.has_started for trial in state.active.values())
    return state.workers is None or state.workers > running


def _held_back(state: RunState) -> set[int]:
    """Return the latest of the waiting trials, so many that those left cannot be more than may run.

    Where no more workers serve the queue than trials may run, and each runs one, whatever waits does no harm.
    """
    most = state.config.max_concurrent_tasks
    over = len(state.active) - most
    if over <= 0 or ((state.workers or 0) <= most and _each_worker_runs_one(state)):
        return set()
    idle = sorted(number for number, trial in state.active.items() if trial.state is not TrialState.RUNNING)
    return set(idle[-over:])


def _stalest(state: RunState) -> int | None:
    """Return the waiting trial since whose choice most results came, if half as many came as trials may run."""
    if not state.learns:
        return None
    queued = [
        (made, number)
        for number, made in state.results_when_made.items()
        if state.active[number].state is TrialState.QUEUED
    ]
    made, number = min(queued, default=(state.results, None))
    bound = max(state.config.max_concurrent_tasks // 2, FEWEST_RESULTS)
    return number if state.results - made >= bound else None


def _is_due(enqueued_at: datetime | None, now: datetime) -> bool:
    return enqueued_at is None or now - enqueued_at >= ENQUEUE_PATIENCE
