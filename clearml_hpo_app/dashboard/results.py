"""How trials are grouped and ordered for showing: by what became of them, by rank, by the time of their end.

A value that is not a finite number, or beyond ±1e300 (a diverged loss), is shown as no value: no figure and no
JSON can hold the first, and no axis has ends around the second.
"""

import math
from collections.abc import Sequence
from datetime import datetime, timezone

from clearml_hpo_app.trials.snapshot import Snapshot
from clearml_hpo_app.trials.trial import Outcome, Trial
from clearml_hpo_app.wording import counted, digits_for, grouped, number

NEVER = datetime.max.replace(tzinfo=timezone.utc)


def counts(snapshot: Snapshot) -> str:
    """Return how many trials there are of each outcome: `60 trials: 50 completed, 7 pruned, 3 running`."""
    found = snapshot.outcomes
    listed = ", ".join(f"{grouped(found[kind])} {kind.value}" for kind in Outcome if found[kind])
    return f"{counted(len(snapshot.trials), 'trial')}: {listed}" if listed else "no trials yet"


def value_of(trial: Trial) -> float:
    """Return the value of the first objective of a trial that has values."""
    return (trial.values or (math.nan,))[0]


def objective_texts(snapshot: Snapshot, values: Sequence[float]) -> list[str]:
    """Return a trial's values, one per objective, with the digits that tell them from those of other trials."""
    known = [trial.values or () for trial in snapshot.ranked]
    return [
        number(value, digits_for([value, *(each[place] for each in known)])) for place, value in enumerate(values)
    ]


def by_end(snapshot: Snapshot) -> list[Trial]:
    """Return the trials that compete for the top, in the order in which they ended."""
    ranked = [trial for trial in snapshot.trials if trial.is_ranked]
    return sorted(ranked, key=lambda trial: trial.ended or NEVER)  # nearly so already, by number


def moment_text(moment: datetime, now: datetime) -> str:
    """Return a moment in UTC to the second, with its date when that is another day than that of `now`."""
    there, here = moment.astimezone(timezone.utc), now.astimezone(timezone.utc)
    return there.strftime("%H:%M:%S" if there.date() == here.date() else "%Y-%m-%d %H:%M:%S")
