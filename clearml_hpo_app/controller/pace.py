"""How long the controller waits between two turns."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from statistics import median

from clearml_hpo_app.controller.state import RunState
from clearml_hpo_app.trials import Trial, TrialState

SHORTEST_SECONDS = 2.0
LONGEST_SECONDS = 15.0
IDLE_SECONDS = 5.0
QUEUED_LONG = timedelta(seconds=30)
TURNS_PER_TRIAL = 30
LAST_TRIALS = 10
LONGEST_RETRY_SECONDS = 60.0


def pause_seconds(state: RunState, recent_run_seconds: Sequence[float], now: datetime) -> float:
    """Return the pause before the next turn.

    Two seconds while trials take up to a minute, then a thirtieth of what the latest ones took (their
    median), fifteen seconds at most; five when all that there is has been waiting in the queue for long.
    """
    if state.active and all(_waits(state, trial, now) for trial in state.active.values()):
        return IDLE_SECONDS
    if not recent_run_seconds:
        return SHORTEST_SECONDS
    typical = median(recent_run_seconds)
    return min(max(typical / TURNS_PER_TRIAL, SHORTEST_SECONDS), LONGEST_SECONDS)


def retry_seconds(troubles: int, chance: Random) -> float:
    """Return the pause after so many troubles in a row (1 …): it doubles up to a minute; half of it is chance."""
    longest = min(2.0 ** min(troubles, 10), LONGEST_RETRY_SECONDS)
    return chance.uniform(longest / 2, longest)


def _waits(state: RunState, trial: Trial, now: datetime) -> bool:
    since = state.enqueued_at.get(trial.number)
    return trial.state is TrialState.QUEUED and (since is None or now - since > QUEUED_LONG)
