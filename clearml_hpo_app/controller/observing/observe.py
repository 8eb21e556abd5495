"""Taking in what the server says: rows become trials, and an ended trial gets its verdict."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from clearml_hpo_app.clearml_api.rows import ATTEMPT, NUMBER, PARAMETERS, RUN, VERDICT, TaskRow, read_trial
from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.controller.state import RunState
from clearml_hpo_app.objective import Values
from clearml_hpo_app.trials.trial import Trial, TrialState, Verdict

ARCHIVED = "archived by a person before it started"
SILENT = "Forced stop (non-responsive)"
LOST = {
    "user abort": "its agent was shut down",
    SILENT: "the server heard nothing of it for hours",
}
"""Status texts of a stopped task that no person aborted: an agent writes the first, the watchdog the other."""

COMPLETED_FIRST = "it completed before it could be stopped"

BY_AN_AGENT = "Changed by clearml-agent"
"""What an agent writes when it carries out what a person asked for: no reason."""

GONE = "its task was deleted by a person: it has no result any more"
"""What is told of a trial that had ended."""

STARTED_WITHIN = timedelta(seconds=2)
"""After a worker took a task off its queue."""

RESET = "reset"
"""Status reason of a task that a person made as if it had never run; a clone has none."""


def observe(state: RunState, rows: Mapping[str, TaskRow], now: datetime) -> list[Trial]:
    """Take the polled rows of the active trials into `state`; return the trials that changed.

    A trial without a row was deleted by a person.
    """
    changed: list[Trial] = []
    for known in list(state.active.values()):
        row = rows.get(known.task_id)
        seen = deleted(known, now) if row is None else _seen(known, row, state.config, now)
        if _may_start_yet(state, known, now):
            if seen.state is TrialState.STOPPED:
                continue
            if seen.state is TrialState.RUNNING:
                del state.stop_sent[known.number]
        if seen != known:
            state.take_in(seen)
            changed.append(seen)
        state.health.observe(seen, now)
        # once, and at the end: a script that wipes them again and again is not fought with
        if row is not None and (seen.state.is_final or seen.number not in state.marked_again):
            _note_missing_mark(state, seen, row)
        if seen.state is TrialState.STOPPING:
            state.stopping_since.setdefault(seen.number, now)
        else:
            state.stopping_since.pop(seen.number, None)
    return changed


def _may_start_yet(state: RunState, known: Trial, now: datetime) -> bool:
    """Whether a trial was stopped while it waited: a worker that had just taken it starts it all the same."""
    sent = state.stop_sent.get(known.number)
    return known.state is TrialState.QUEUED and sent is not None and now - sent < STARTED_WITHIN


def observe_ended(
    state: RunState, rows: Mapping[str, TaskRow], now: datetime, asked: Collection[str] = ()
) -> Iterator[tuple[Trial, str]]:
    """Take rows of trials that had ended into `state`; yield those that changed, with what happened to them.

    A trial among those `asked` for (ids) that has no row was deleted.
    """
    wanted = {*rows, *asked}
    for known in [trial for trial in state.trials.values() if trial.task_id in wanted and trial.state.is_final]:
        row = rows.get(known.task_id)
        if row is None:
            seen, told = deleted(known, now), GONE
        else:
            seen, told = _changed_after_end(known, row, state.config, now)
            if seen.number not in state.marked_again:
                _note_missing_mark(state, seen, row)
        if told:
            state.take_in(seen)
            yield seen, told


def _note_missing_mark(state: RunState, seen: Trial, row: TaskRow) -> None:
    missing = _missing_mark(seen, row, state.run_id)
    if missing:
        state.unmarked[seen.number] = missing


def _changed_after_end(known: Trial, row: TaskRow, config: HpoConfig, now: datetime) -> tuple[Trial, str]:
    if row.status in {"queued", "in_progress"}:
        fresh = read_trial(replace(row, properties=_identity(known)), config.objectives) or known
        return replace(fresh, parameters=known.parameters), "a person enqueued it again, so it counts as active"
    seen = _seen(known, row, config, now)
    if seen.state is not known.state:
        return seen, f"it is {seen.state.value} now: {seen.reason}"
    if seen.values != known.values:
        return seen, f"its values came late: {_shown(known.values)} became {_shown(seen.values)}"
    if seen.started != known.started:
        return seen, "a person had it run again, and it ended as before"
    if seen.archived != known.archived:
        return seen, f"a person {'archived' if seen.archived else 'restored'} it"
    return known, ""


def _shown(values: Values | None) -> str:
    return "none" if values is None else ", ".join(f"{value:.6g}" for value in values)


def trial_number(row: TaskRow) -> int:
    """Return the number that a task says it has as a trial, -1 when it says none."""
    try:
        return int(row.properties.get(NUMBER, ""))
    except ValueError:
        return -1


def settle(trial: Trial, config: HpoConfig, now: datetime) -> Trial:
    """Return the trial with the verdict and reason of its end; one that has not ended is returned as it is."""
    if trial.state is TrialState.CREATED and trial.status_reason == RESET:
        return replace(trial, state=TrialState.STOPPED, verdict=Verdict.ABORTED, reason="reset by a person")
    if trial.state is TrialState.CREATED and trial.archived:
        return replace(trial, state=TrialState.STOPPED, verdict=Verdict.ABORTED, reason=ARCHIVED)
    if not trial.state.is_final:
        return trial
    verdict, reason = _verdict_of(trial, config)
    # a script that ends badly because we ended it was stopped, it did not fail
    state = TrialState.STOPPED if verdict.is_ours else trial.state
    return replace(
        trial, state=state, verdict=verdict, reason=reason, ended=trial.ended or (trial.started and now)
    )


def _seen(known: Trial, row: TaskRow, config: HpoConfig, now: datetime) -> Trial:
    fresh = read_trial(row, config.objectives)
    if fresh is None or fresh.number != known.number:
        # a person's save of the properties wiped ours: what we wrote still holds
        fresh = read_trial(replace(row, properties=_identity(known)), config.objectives) or known
    seen = replace(
        fresh,
        number=known.number,
        attempt=known.attempt,
        parameters=known.parameters,
        verdict=known.verdict or fresh.verdict,
        reason=known.reason or fresh.reason,
        rung=known.rung or fresh.rung,
    )
    if seen.state is TrialState.CREATED and (known.started is not None or seen.archived > known.archived):
        # a reset clears everything; a queued trial that is archived becomes a draft again
        return replace(
            seen,
            state=TrialState.STOPPED,
            verdict=Verdict.ABORTED,
            reason="reset by a person" if known.started else ARCHIVED,
            values=known.values,
            metrics=known.metrics,
            started=known.started,
            ended=known.started and now,
        )
    return settle(seen, config, now)


def _missing_mark(trial: Trial, row: TaskRow, run_id: str) -> str:
    """Return why a restart would not find the trial, or its verdict, by its properties; empty where it would."""
    texts = row.properties
    identity = [texts.get(name) for name in (RUN, NUMBER, ATTEMPT)]
    if identity != [run_id, str(trial.number), str(trial.attempt)] or PARAMETERS not in texts:
        return "its properties were wiped or changed"
    is_ours = trial.verdict is not None and trial.verdict.is_ours
    return "its verdict was not written yet" if is_ours and not texts.get(VERDICT) else ""


def _identity(known: Trial) -> dict[str, str]:
    return {NUMBER: str(known.number), ATTEMPT: str(known.attempt), PARAMETERS: "{}"}


def deleted(known: Trial, now: datetime) -> Trial:
    """Return the trial without its task."""
    return replace(
        known,
        state=TrialState.DELETED,
        verdict=Verdict.DELETED,
        reason="its task was deleted by a person",
        ended=known.ended or (known.started and now),
    )


def _verdict_of(trial: Trial, config: HpoConfig) -> tuple[Verdict, str]:
    if trial.state is TrialState.COMPLETED:
        if trial.verdict in {Verdict.SHORT, Verdict.INFEASIBLE}:
            return trial.verdict, trial.reason
        if trial.values is not None:
            was_stopped = trial.verdict is not None and trial.verdict.is_ours
            return Verdict.COMPLETED, COMPLETED_FIRST if was_stopped else trial.reason
        if trial.verdict is Verdict.NO_METRIC:
            return trial.verdict, trial.reason
        missing = _missing(trial, config)
        return Verdict.NO_METRIC, f"it never reported {missing}" if missing else "its value is no finite number"
    if trial.verdict is not None and (trial.verdict.is_ours or trial.verdict is Verdict.INFEASIBLE):
        return trial.verdict, trial.reason
    texts = (trial.status_message, trial.status_reason)
    said = next((text for text in texts if text and not text.startswith(BY_AN_AGENT)), "")
    if trial.state is TrialState.FAILED:
        told = trial.reason if trial.verdict is Verdict.FAILED else ""
        return Verdict.FAILED, told or said or "its script failed"
    for text in (trial.status_reason, trial.status_message):
        if text in LOST:
            return Verdict.LOST, LOST[text]
    return Verdict.ABORTED, said or "its task was aborted"


def _missing(trial: Trial, config: HpoConfig) -> str:
    names = (
        objective.name
        for objective, metric in zip(config.objectives, trial.metrics, strict=True)
        if metric is None
    )
    return " and ".join(names)


def of_this_run(rows: Iterable[TaskRow], run_id: str, config: HpoConfig) -> list[tuple[TaskRow, Trial]]:
    """Return the rows that are trials of run `run_id`, with the trials, in the order of the rows."""
    found = ((row, read_trial(row, config.objectives)) for row in rows if row.properties.get(RUN) == run_id)
    return [(row, trial) for row, trial in found if trial is not None]
