"""From what was noted of a run to the figures that are printed; pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.measures import percentiles
from benchmarks.scale.controller import TurnCost

EARLY, LATE = (0.1, 0.3), (0.7, 0.9)
"""Shares of the trials that count as the beginning and the end: the very first and last ones are others."""

PIECES, FEWEST_IN_A_PIECE = 50, 100


@dataclass(frozen=True)
class Story:
    """What was seen of one run and of the controller that carried it on.

    Attributes:
        ends: When each trial ended, in Unix seconds, in order.
        turns, later_turns: What the turns cost: of the run, and of the controller that carried it on.
        calls: To the API, all told.
        resident_mb: The most that the controller's process held.
        first_launch_seconds, resume_seconds: From the start of a process until it had enqueued its first trial: of
            a new instance, and of this one with all its trials.
    """

    ends: Sequence[float]
    turns: Sequence[TurnCost]
    later_turns: Sequence[TurnCost]
    calls: int
    resident_mb: float
    first_launch_seconds: float
    resume_seconds: float


def figures(story: Story, concurrent: int) -> dict[str, Any]:
    """Return what is printed of a run."""
    full = [turn for turn in story.turns if turn.running >= concurrent]
    early, late = (_seconds_per_trial(story.ends, part) for part in (EARLY, LATE))
    count = len(story.ends)
    return {
        "trials_finished": count,
        "time_per_trial_ratio_late_to_early": round(late / early, 2) if early else None,
        "seconds_per_trial": {"early": round(early, 4), "late": round(late, 4)},
        "resident_mb": round(story.resident_mb, 1),
        "calls_per_trial": round(story.calls / count, 2) if count else None,
        "turn_cpu_ms": _spread([turn.cpu_ms for turn in story.turns]),
        "turn_cpu_ms_all_running": {
            "early": _spread([turn.cpu_ms for turn in full if _is_in(turn.ended, count, EARLY)]),
            "late": _spread([turn.cpu_ms for turn in full if _is_in(turn.ended, count, LATE)]),
        },
        "turn_cpu_ms_only_watching": _spread(
            [turn.cpu_ms for turn in story.later_turns if turn.running >= concurrent and not turn.made]
        ),
        "turn_calls": _spread([turn.calls for turn in story.turns]),
        "first_launch_seconds": round(story.first_launch_seconds, 2),
        "resume_seconds": round(story.resume_seconds, 2),
    }


def curves(story: Story) -> list[dict[str, float]]:
    """Return, for up to 50 pieces of 100 trials or more, those that had ended and medians of time and cost."""
    count = len(story.ends)
    pieces = min(max(count // FEWEST_IN_A_PIECE, 2), PIECES, count)
    return [
        {
            "ended": count * (piece + 1) // pieces,
            "seconds_per_trial": _seconds_per_trial(story.ends, part),
            "turn_cpu_ms": median(costs) if costs else 0.0,
        }
        for piece, part in _parts(pieces)
        for costs in [[turn.cpu_ms for turn in story.turns if _is_in(turn.ended, count, part)]]
    ]


def _parts(pieces: int) -> Iterator[tuple[int, tuple[float, float]]]:
    for piece in range(pieces):
        yield piece, (piece / pieces, (piece + 1) / pieces)


def _is_in(ended: int, count: int, part: tuple[float, float]) -> bool:
    return part[0] * count <= ended < part[1] * count


def _seconds_per_trial(ends: Sequence[float], part: tuple[float, float]) -> float:
    first, last = (min(int(share * len(ends)), len(ends) - 1) for share in part)
    return (ends[last] - ends[first]) / (last - first) if last > first else 0.0


def _spread(values: Sequence[float]) -> dict[str, float] | None:
    return percentiles(values) if values else None
