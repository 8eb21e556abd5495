"""Which row of the timeline each trial takes, and how much of their time the rows stand empty."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise

from clearml_hpo_app.trials.trial import Trial


def milliseconds(moment: datetime | None) -> int:
    """Return a moment in whole milliseconds since 1970; 0 for none."""
    return 0 if moment is None else int(moment.timestamp() * 1000)


def end_of(trial: Trial, now: int) -> int:
    """Return the end of a trial that has started, of one that runs `now`, in milliseconds."""
    return max(milliseconds(trial.ended) if trial.ended else now, milliseconds(trial.started))


def lanes_of(trials: Sequence[Trial], now: int) -> Mapping[str, tuple[str, int]]:
    """Return the row of each trial, by task: its worker, which has more than one row if trials overlap."""
    free: defaultdict[str, list[int]] = defaultdict(list)
    found: dict[str, tuple[str, int]] = {}
    for trial in trials:
        worker, start = trial.worker or "unknown worker", milliseconds(trial.started)
        ends = free[worker]
        lane = next((place for place, end in enumerate(ends) if end <= start + 1000), len(ends))
        ends[lane : lane + 1] = [end_of(trial, now)]
        found[trial.task_id] = (worker if lane == 0 else f"{worker} ({lane + 1})", lane)
    return found


def natural(label: str) -> list[tuple[int, str]]:
    """Order names with numbers in them as people count: worker-9 before worker-10."""
    digits, parts = "", []
    for char in f"{label}\0":
        if char.isascii() and char.isdigit():
            digits += char
            continue
        if digits:
            parts.append((int(digits[:18]), ""))
            digits = ""
        parts.append((-1, char))
    return parts


def idle_share(trials: Sequence[Trial], lanes: Mapping[str, str], now: int) -> tuple[float | None, float]:
    """Return which share of their time the workers ran no trial of these, and the longest such gap in seconds.

    The time of a worker is that from its first start to its last end; `None` without a worker that ran two trials.
    """
    by_lane: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for trial in trials:
        by_lane[lanes[trial.task_id]].append((milliseconds(trial.started), end_of(trial, now)))
    gaps = [max(after[0] - before[1], 0) for spans in by_lane.values() for before, after in pairwise(spans)]
    whole = sum(max(end for _, end in spans) - spans[0][0] for spans in by_lane.values() if len(spans) > 1)
    return (sum(gaps) / whole if gaps and whole else None), max(gaps, default=0) / 1000
