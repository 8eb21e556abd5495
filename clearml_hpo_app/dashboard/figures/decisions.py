"""*Decisions*: what the controller chose and did, the newest first, each with its reason."""

from collections.abc import Callable, Iterator
from datetime import datetime
from heapq import nlargest
from typing import NamedTuple

from clearml_hpo_app.dashboard.figures.layout import Figure, not_yet
from clearml_hpo_app.dashboard.figures.table import Column, table
from clearml_hpo_app.dashboard.figures.text import escape, escape_broken, link
from clearml_hpo_app.dashboard.results import moment_text
from clearml_hpo_app.trials.snapshot import Decision, Snapshot
from clearml_hpo_app.trials.trial import Trial
from clearml_hpo_app.wording import grouped, plain

MOST_ROWS = 100
_WHY_CHARACTERS = 240
_LONGEST_WORD = 60


class DecisionRow(NamedTuple):
    """One decision, nothing escaped; what was chosen for the whole run has no time and no trial."""

    at: str
    what: str
    trial: str
    address: str
    why: str


class DecisionRows(NamedTuple):
    """What the table shows: what the run chose, then what it did, the newest first."""

    rows: tuple[DecisionRow, ...]
    more: int


def rows(snapshot: Snapshot, task_link: Callable[[Trial], str]) -> DecisionRows:
    """Return the choices of the run and its last 100 decisions."""
    trials = {trial.number: trial for trial in snapshot.trials}
    told = list(_stopped_before(snapshot))
    stops = [Decision(at, "stopped", number, trial.reason) for at, number, trial in nlargest(MOST_ROWS, told)]
    done = [*snapshot.decisions, *stops]
    latest = nlargest(MOST_ROWS, done, key=lambda each: (each.at, each.number or 0))
    shown = [
        DecisionRow(
            moment_text(decision.at, snapshot.now),
            decision.what,
            "" if decision.number is None else f"#{decision.number}",
            task_link(trials[decision.number]) if decision.number in trials else "",
            plain(decision.reason, _WHY_CHARACTERS),
        )
        for decision in latest
    ]
    return DecisionRows(
        (*map(_choice, snapshot.choices), *shown), max(len(snapshot.decisions) + len(told) - MOST_ROWS, 0)
    )


def draw(rows: DecisionRows) -> Figure:
    """Return the table of `rows`, or a figure that says that there is none yet."""
    if not rows.rows:
        return not_yet("nothing was decided yet")
    columns = [
        Column("time (UTC)", 100, [row.at for row in rows.rows]),
        Column("what", 110, [escape(row.what) for row in rows.rows]),
        Column("trial", 60, [link(row.address, escape(row.trial)) for row in rows.rows]),
        Column("why", 620, [escape_broken(row.why, _WHY_CHARACTERS, _LONGEST_WORD) for row in rows.rows]),
    ]
    return table(columns, [f"the last {MOST_ROWS}, {grouped(rows.more)} more in the log"] if rows.more else [])


def _choice(sentence: str) -> DecisionRow:
    what, _, why = sentence.partition(": ")
    return DecisionRow("", what, "", "", plain(why, _WHY_CHARACTERS))


def _stopped_before(snapshot: Snapshot) -> Iterator[tuple[datetime, int, Trial]]:
    """Yield the stops that trials tell of and the record does not: those of an earlier controller."""
    recorded = {decision.number for decision in snapshot.decisions if decision.what == "stopped"}
    for trial in snapshot.trials:
        ended = trial.ended or trial.last_update
        is_ours = trial.verdict is not None and trial.verdict.is_ours
        if is_ours and ended is not None and trial.number not in recorded:
            yield ended, trial.number, trial
