"""How long the controller waits between two turns."""

from datetime import datetime, timedelta
from random import Random

from clearml_hpo_app.controller.deciding.waiting import ahead
from clearml_hpo_app.controller.state import RunState
from clearml_hpo_app.trials.trial import Trial, TrialState

SHORTEST_SECONDS = 2.0
LONGEST_SECONDS = 15.0
QUEUED_SECONDS = 5.0
AHEAD_SECONDS = 5.0
IDLE_SECONDS = 35.0
"""Of a run that only waits for a person or a worker: with lease and sign of life, fewer than 3 calls a minute."""

STEERED_FOR = timedelta(seconds=60)
"""So long after a person's wish, and after the start, the next wish is looked for as often as at work."""

QUEUED_LONG = timedelta(seconds=30)
TURNS_PER_TRIAL = 30
LAST_TRIALS = 10
LONGEST_RETRY_SECONDS = 60.0


def pause_seconds(state: RunState, now: datetime) -> float:
    """Return the pause before the next turn.

    Two seconds while trials take up to a minute, then a thirtieth of what the latest ones took (their
    median), fifteen seconds at most; five when all that there is has been waiting in the queue for long, and
    thirty-five when it can only wait and nobody has steered it for a minute. Half of what a trial takes, five
    seconds at most, where every worker has its next trial already, and nothing is learnt from results or stopped
    at an iteration.
    """
    if only_waits(state):
        return SHORTEST_SECONDS if _is_steered(state, now) else IDLE_SECONDS
    if state.active and all(_waits(state, trial, now) for trial in state.active.values()):
        return QUEUED_SECONDS
    typical = state.typical_seconds or 0.0
    shortest = SHORTEST_SECONDS
    if not _is_watched(state) and ahead(state):
        shortest = max(min(typical / 2, AHEAD_SECONDS), SHORTEST_SECONDS)
    return min(max(typical / TURNS_PER_TRIAL, shortest), LONGEST_SECONDS)


def _is_watched(state: RunState) -> bool:
    return state.learns or state.stops_early or state.config.limits.max_iterations is not None


def _is_steered(state: RunState, now: datetime) -> bool:
    return now - (state.heard_at or state.resumed_at) < STEERED_FOR


def only_waits(state: RunState) -> bool:
    """Whether nothing can happen by itself: the run is paused, or no worker serves its queue, and nothing runs."""
    if state.winding_up is not None or any(trial.state.has_started for trial in state.active.values()):
        return False
    return state.is_paused or (state.workers == 0 and bool(state.active))


def retry_seconds(troubles: int, chance: Random) -> float:
    """Return the pause after so many troubles in a row (1 …): it doubles up to a minute; half of it is chance."""
    longest = min(2.0 ** min(troubles, 10), LONGEST_RETRY_SECONDS)
    return chance.uniform(longest / 2, longest)


def _waits(state: RunState, trial: Trial, now: datetime) -> bool:
    since = state.enqueued_at.get(trial.number)
    return trial.state is TrialState.QUEUED and (since is None or now - since > QUEUED_LONG)
