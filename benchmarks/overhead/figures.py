"""From what was seen of a controller to the figures that are printed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import ceil
from statistics import mean, median
from typing import Any

from benchmarks.overhead.playing import Play
from benchmarks.overhead.settings import OURS, Settings
from benchmarks.overhead.slots import gaps, idle_share, reactions


def figures(plays: Sequence[Play], slots: int) -> dict[str, Any]:
    """Return the figures of one controller, over all its rounds.

    Calls are per finished trial, gaps those of all rounds together, shares and costs the mean of the rounds.
    """
    calls: Counter[str] = sum((play.count.by_operation for play in plays), Counter())
    trials = sum(len(play.stays) for play in plays)
    pauses = [gap for play in plays for gap in gaps(play.stays)]
    answers = [seconds for play in plays for seconds in _reactions(play)]
    return {
        "calls_per_trial": round(calls.total() / trials, 2),
        "calls_by_operation": dict(calls.most_common()),
        "idle_gap_seconds": spread(pauses),
        "idle_share": round(mean(idle_share(play.stays, slots) for play in plays), 4),
        "reaction_seconds": spread(answers),
        "wall_seconds": round(mean(play.usage.wall_seconds for play in plays), 1),
        "controller_cpu_seconds": round(mean(play.usage.cpu_seconds for play in plays), 2),
        "controller_resident_mb": round(max(play.usage.resident_mb for play in plays), 1),
        "trials_finished": trials,
    }


def _reactions(play: Play) -> list[float]:
    return reactions((stay.end for stay in play.stays), play.count.enqueued_at)


def spread(values: Sequence[float]) -> dict[str, float] | None:
    """Return the median and the 90th percentile (nearest rank); `None` where there is nothing."""
    if not values:
        return None
    ordered = sorted(values)
    return {"median": round(median(ordered), 2), "p90": round(ordered[ceil(0.9 * len(ordered)) - 1], 2)}


def ratios(found: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """Return how many times as much as ours the others cost; what ours does not cost at all has no ratio."""
    if OURS not in found:
        return {}
    return {
        player: {
            name: round(one / other, 1)
            for name, one in _costs(theirs).items()
            if (other := _costs(found[OURS]).get(name, 0.0)) > 0
        }
        for player, theirs in found.items()
        if player != OURS
    }


def _costs(found: Mapping[str, Any]) -> dict[str, float]:
    names = ("calls_per_trial", "idle_share", "wall_seconds", "controller_cpu_seconds", "controller_resident_mb")
    pause = found["idle_gap_seconds"]
    return {name: float(found[name]) for name in names} | ({"idle_gap_median": pause["median"]} if pause else {})


def report(plays: Mapping[str, Sequence[Play]], settings: Settings, server: str) -> dict[str, Any]:
    """Return what is printed."""
    found = {player: figures(seen, settings.slots) for player, seen in plays.items()}
    return {**found, "ratios": ratios(found), "settings": {**settings.to_json(), "server": server}}
