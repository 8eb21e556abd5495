"""A run's outcome as plain JSON values: what `--json` prints, for programs."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from itertools import pairwise
from statistics import median, quantiles
from typing import Any

from clearml_hpo_app.trials.snapshot import Snapshot
from clearml_hpo_app.trials.trial import Outcome, Trial, Verdict


def result(snapshot: Snapshot, *, task_id: str, name: str) -> dict[str, Any]:
    """Return the outcome of a run."""
    return {
        "instance": {
            "id": task_id,
            "name": name,
            "status": snapshot.status,
            "state": snapshot.state or snapshot.status,
            "reason": snapshot.reason,
        },
        "method": snapshot.config.method,
        "choices": list(snapshot.choices),
        "trials": counts(snapshot),
        "best": trial_values(snapshot.best),
        "api": api_calls(snapshot),
        "idle_gap_seconds": spread(idle_gaps(snapshot.attempts)),
    }


def api_calls(snapshot: Snapshot) -> dict[str, Any]:
    """Return what the controllers of a run asked of the server; `None` for what is not known.

    `calls_per_minute` is the mean since the run began, pauses and times without a controller included.
    """
    total, minutes = sum(snapshot.calls.values()) or None, max(snapshot.wall_seconds / 60, 1.0)
    most = snapshot.config.max_calls_per_minute
    return {
        "calls": total,
        "calls_per_trial": round(total / len(snapshot.trials), 2) if total and snapshot.trials else None,
        "calls_per_minute": round(total / minutes, 1) if total and snapshot.wall_seconds else None,
        "max_calls_per_minute": most,
        "by_operation": dict(Counter(snapshot.calls).most_common()),
    }


def calls_text(snapshot: Snapshot) -> str:
    """Return what the run asked of the server: `120 API calls (10.0 a trial, 60 a minute of at most 600)`."""
    found = api_calls(snapshot)
    most = found["max_calls_per_minute"]
    each = [f"{found['calls_per_trial']:.1f} a trial"] if found["calls_per_trial"] is not None else []
    if found["calls_per_minute"] is not None:
        each.append(f"{found['calls_per_minute']:.0f} a minute{f' of at most {most}' if most else ''}")
    return f"{found['calls'] or 0} API calls" + (f" ({', '.join(each)})" if each else "")


def counts(snapshot: Snapshot) -> dict[str, int]:
    """Return how many trials there are, and what became of them (see `trials.Outcome`).

    `total` is the sum of all others but `archived`, which counts trials of any outcome a second time.
    """
    found = Counter(trial.outcome for trial in snapshot.trials)
    return {
        "total": len(snapshot.trials),
        "running": found[Outcome.RUNNING],
        "pending": found[Outcome.WAITING],
        "completed": found[Outcome.COMPLETED],
        "pruned": found[Outcome.PRUNED],
        "stopped": found[Outcome.STOPPED],
        "failed": found[Outcome.FAILED],
        "without_value": found[Outcome.NO_VALUE],
        "deleted": found[Outcome.DELETED],
        "archived": snapshot.archived,
    }


def trial_values(trial: Trial | None) -> dict[str, Any] | None:
    """Return what identifies a trial and what it reached."""
    if trial is None:
        return None
    return {
        "task_id": trial.task_id,
        "number": trial.number,
        "values": list(trial.values or ()),
        "parameters": dict(trial.parameters),
    }


def trial_row(trial: Trial, snapshot: Snapshot) -> dict[str, Any]:
    """Return everything that is known of a trial."""
    return {
        **(trial_values(trial) or {}),
        "attempt": trial.attempt,
        "state": trial.state.value,
        "verdict": (trial.verdict or Verdict.COMPLETED).value if trial.state.is_final else None,
        "reason": trial.reason,
        "iteration": trial.iteration,
        "run_seconds": round(trial.run_seconds(snapshot.now), 1),
        "worker": trial.worker,
        "archived": trial.archived,
    }


def idle_gaps(trials: Sequence[Trial]) -> list[float]:
    """Return the seconds between a trial's end and the start of the next one on the same worker."""
    by_worker: defaultdict[str, list[Trial]] = defaultdict(list)
    for trial in trials:
        if trial.started is not None and trial.worker:
            by_worker[trial.worker].append(trial)
    gaps: list[float] = []
    for slot in by_worker.values():
        slot.sort(key=_start)
        gaps += [
            max((after.started - before.ended).total_seconds(), 0.0)
            for before, after in pairwise(slot)
            if before.ended is not None and after.started is not None
        ]
    return gaps


def _start(trial: Trial) -> datetime:
    return trial.started or datetime.max.replace(tzinfo=timezone.utc)


def spread(gaps: Sequence[float]) -> Mapping[str, float | None]:
    """Return the median and the 90 % quantile of some seconds, `None` where there are none."""
    if not gaps:
        return {"median": None, "p90": None}
    p90 = quantiles(gaps, n=10, method="inclusive")[-1] if len(gaps) > 1 else gaps[0]
    return {"median": round(median(gaps), 2), "p90": round(p90, 2)}
