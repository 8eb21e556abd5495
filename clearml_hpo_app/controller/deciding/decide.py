"""Deciding: a pure function of what is known and the time, to a list of actions with their reasons."""

from collections import Counter
from collections.abc import Iterator, Set
from datetime import datetime, timedelta

from clearml_hpo_app.config.limits import Limits
from clearml_hpo_app.controller.deciding.actions import (
    Action,
    Archive,
    Finish,
    ForceStop,
    Launch,
    Mark,
    ReadLog,
    Restore,
    Retry,
    Stop,
    Supersede,
    WindUp,
)
from clearml_hpo_app.controller.deciding.waiting import places, waiting
from clearml_hpo_app.controller.state import RunState
from clearml_hpo_app.trials.trial import Trial, TrialState, Verdict
from clearml_hpo_app.wording import counted

STOP_PATIENCE = timedelta(seconds=30)
"""How long a worker may take to end a trial (agents need 7–9 s) before it is declared stopped."""

LAUNCHES_PER_TURN = 64
"""Trials created in one turn at most, so that the first turn of a wide run does not blind the others."""


def decide(state: RunState, now: datetime) -> list[Action]:
    """Return what is to be done now. Reads `state`, changes nothing.

    1. **Limits of the run** come first: what they end must not be launched.
    2. **Running trials** that reached a limit, must end with the run, were lost or stalled, are stopped.
    3. **Stragglers**: stops that no worker obeys; and, while the run goes on, trials that wait.
    4. **Marks** that somebody wiped off trials are written again, so that a restart finds them.
    5. **The top**: ended trials that fell out of the best k are archived, those that are back restored; attempts
       that another one replaced are archived too.
    6. **Other attempts** of trials that went wrong, then **successors**, fill the free slots, unless the run is
       winding up.
    7. **The end**, when nothing runs and nothing is to come.
    """
    wind_up = state.winding_up
    if wind_up is None or wind_up.lets_finish:
        wind_up = _limit_of_run(state, now) or wind_up or _failing(state)
    actions: list[Action] = []
    if wind_up is not None and wind_up is not state.winding_up:
        actions.append(wind_up)
    stops = list(_stops(state, now, wind_up))
    stopped = {stop.number for stop in stops}
    unwell = list(_unwell(state, now, stopped))
    stopped.update(action.number for action in unwell)
    actions += [*stops, *unwell]
    actions += _stragglers(state, now)
    if wind_up is None:
        actions += waiting(state, now, stopped)
    actions += [Mark(number, reason) for number, reason in sorted(state.unmarked.items())]
    actions += _top(state)
    actions += [Supersede(task_id) for task_id in state.attempts.superseded]
    if wind_up is None and not state.is_paused:
        actions += _successors(state)
    actions += _end(state, actions, wind_up)
    return actions


def _limit_of_run(state: RunState, now: datetime) -> WindUp | None:
    limits = state.config.limits
    checks = [
        ("total optimization time", limits.total_minutes, state.elapsed_seconds(now)),
        ("total compute time", limits.compute_minutes, state.compute_seconds(now)),
    ]
    for name, minutes, seconds in checks:
        if minutes is not None and seconds >= minutes * 60:
            return WindUp(f"The limit of {counted(minutes, 'minute')} of {name} is reached.", "completed")
    return None


def _failing(state: RunState) -> WindUp | None:
    most, reasons = state.config.failures.max_failed_tasks, state.attempts.failed_in_a_row
    if not most or len(reasons) < most:
        return None
    common, _ = Counter(reasons).most_common(1)[0]
    return WindUp(f"{len(reasons)} trials in a row went wrong. Most often: {common}", "failed")


def _stops(state: RunState, now: datetime, wind_up: WindUp | None) -> Iterator[Stop]:
    for number, trial in state.active.items():
        if number in state.stop_sent:
            continue
        decision = _unfinished_stop(trial) or _stop_of(trial, state.config.limits, now)
        if decision is None and number in state.to_drop:
            decision = Stop(number, Verdict.DROPPED, state.to_drop[number])
        if decision is None and number in state.to_prune:
            pruning = state.to_prune[number]
            decision = Stop(number, Verdict.PRUNED, pruning.reason, rung=pruning.rung)
        if decision is None and wind_up is not None and _ends_with(wind_up, trial):
            decision = Stop(number, Verdict.RUN_ENDED, f"stopped because the run ended: {wind_up.reason}")
        if decision is not None:
            yield decision


def _ends_with(wind_up: WindUp, trial: Trial) -> bool:
    return not wind_up.leave_trials and not (wind_up.lets_finish and trial.state.has_started)


def _unwell(state: RunState, now: datetime, stopped: Set[int]) -> Iterator[Stop | ReadLog]:
    for number, trial in state.active.items():
        if trial.state is TrialState.RUNNING and number not in stopped and number not in state.stop_sent:
            yield from state.health.unwell(trial, state.config.failures.stalled_minutes, now)


def _unfinished_stop(trial: Trial) -> Stop | None:
    """A verdict that was written before a restart, on a trial that still runs."""
    if trial.verdict is not None and trial.verdict.is_ours:
        return Stop(trial.number, trial.verdict, trial.reason, rung=trial.rung)
    return None


def _stop_of(trial: Trial, limits: Limits, now: datetime) -> Stop | None:
    if trial.state is not TrialState.RUNNING:
        return None
    most = limits.max_iterations
    if most is not None and trial.iteration is not None and trial.iteration >= most:
        reason = f"stopped at iteration {trial.iteration}: the limit is {counted(most, 'iteration')}"
        return Stop(trial.number, Verdict.MAX_ITERATIONS, reason)
    minutes = limits.task_minutes
    if minutes is not None and trial.run_seconds(now) >= minutes * 60:
        passed = f"{trial.run_seconds(now) / 60:.3g} minutes"
        reason = f"stopped after {passed}: the limit is {counted(minutes, 'minute')}"
        return Stop(trial.number, Verdict.TASK_TIME, reason)
    return None


def _stragglers(state: RunState, now: datetime) -> Iterator[ForceStop]:
    late = f"its worker did not end it within {STOP_PATIENCE.seconds} s"
    for number, trial in state.active.items():
        sent, seen = state.stop_sent.get(number), state.stopping_since.get(number)
        if sent is not None and trial.state is TrialState.CREATED:
            yield ForceStop(number, "it was taken off its queue, no worker will end it")
        elif sent is not None:
            if now - sent >= STOP_PATIENCE:
                yield ForceStop(number, late)
        elif seen is not None and now - seen >= STOP_PATIENCE:
            yield ForceStop(number, f"a person aborted it, {late}")


def _top(state: RunState) -> Iterator[Action]:
    keep = state.config.limits.top_tasks_to_keep
    if keep is None:
        return
    best = state.top(keep)
    for number in sorted(state.visible.difference(best, state.pinned)):
        yield Archive(number, f"not among the best {keep}")
    for number in [*best, *sorted(state.pinned.difference(best).intersection(state.archived_by_us))]:
        if state.trials[number].archived and number in state.archived_by_us:
            yield Restore(number, f"among the best {keep} again" if number in best else "a person pinned it")


def _successors(state: RunState) -> list[Retry | Launch]:
    free = max(min(places(state) - len(state.active), LAUNCHES_PER_TURN), 0)
    retries = [Retry(number, reason) for number, reason in sorted(state.attempts.to_retry.items())[:free]]
    return [*retries, *_launches(state, free - len(retries))]


def _launches(state: RunState, free: int) -> list[Launch]:
    total = state.config.limits.total_tasks
    left = free if total is None else min(free, total - state.next_number)
    by_hand = state.by_hand[: max(left, 0)]
    suggested = 0 if state.exhausted else max(left - len(by_hand), 0)
    wishes = [*by_hand, *[None] * suggested]
    return [Launch(state.next_number + offset, wish) for offset, wish in enumerate(wishes)]


def _all_done(state: RunState, total: int) -> str:
    given = state.next_number
    done = "The only trial has run." if given == 1 else f"All {given} trials have run."
    if given > total:
        done = f"The limit is {counted(total, 'trial')}, and {given} have run."
    waiting = len(state.by_hand)
    added = f" {counted(waiting, 'trial')} that a person added would need a higher limit."
    return done + added if waiting else done


def _end(state: RunState, actions: list[Action], wind_up: WindUp | None) -> list[Finish]:
    if wind_up is not None:
        done = not state.active or wind_up.leave_trials
        return [Finish(wind_up.reason, wind_up.status)] if done else []
    if state.active or state.attempts.to_retry or any(isinstance(action, Launch) for action in actions):
        return []
    total = state.config.limits.total_tasks
    if total is not None and state.next_number >= total:
        return [Finish(_all_done(state, total), "completed")]
    return [Finish(state.exhausted, "completed")] if state.exhausted else []
