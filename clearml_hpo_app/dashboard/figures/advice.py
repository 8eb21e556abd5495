"""*Advice*: where the run stands and what to do next, in sentences drawn from its numbers."""

from collections.abc import Callable
from typing import NamedTuple

from clearml_hpo_app.dashboard.advice import advise
from clearml_hpo_app.dashboard.figures.layout import Figure
from clearml_hpo_app.dashboard.figures.table import Column, table
from clearml_hpo_app.dashboard.figures.text import escape, link
from clearml_hpo_app.dashboard.importance import Importance
from clearml_hpo_app.trials.snapshot import Snapshot
from clearml_hpo_app.trials.trial import Trial

_CHARACTERS = 340


class AdviceRow(NamedTuple):
    """One finding, nothing escaped; `trial` and `address` are empty when it is about no single one."""

    finding: str
    todo: str
    trial: str
    address: str


def rows(snapshot: Snapshot, importance: Importance, task_link: Callable[[Trial], str]) -> tuple[AdviceRow, ...]:
    """Return where the run stands, then the advice, the most urgent first."""
    return tuple(
        AdviceRow(
            each.finding,
            each.todo,
            f"#{each.trial.number}" if each.trial else "",
            task_link(each.trial) if each.trial else "",
        )
        for each in advise(snapshot, importance)
    )


def draw(rows: tuple[AdviceRow, ...]) -> Figure:
    """Return the table of `rows`."""
    columns = [
        Column("what the numbers say", 430, [escape(row.finding, _CHARACTERS) for row in rows]),
        Column("what to do", 380, [escape(row.todo, _CHARACTERS) for row in rows]),
        Column("trial", 60, [link(row.address, escape(row.trial)) for row in rows]),
    ]
    return table(columns, [] if len(rows) > 1 else ["nothing stands out in the numbers"])
