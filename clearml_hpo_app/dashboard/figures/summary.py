"""*Summary*: a table of the trials, the best first, with what became of each and why."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from clearml_hpo_app.dashboard.figures.layout import Figure, layout, not_yet, note
from clearml_hpo_app.dashboard.figures.text import escape, escape_broken, link, written_size
from clearml_hpo_app.dashboard.results import counts
from clearml_hpo_app.dashboard.told_apart import told_apart, value_labels
from clearml_hpo_app.space.parameters import AnyParameter, Discrete
from clearml_hpo_app.trials.snapshot import Snapshot
from clearml_hpo_app.trials.trial import Outcome, Trial
from clearml_hpo_app.wording import cut_middle, digits_for, duration, grouped, number, value_text

MOST_ROWS = 200
MOST_CHARACTERS = 75_000
"""All cells together, as they are written; with many parameters there are fewer rows."""

_WHY_CHARACTERS = 120
_LONGEST_WORD = 32
_VALUE_CHARACTERS = 18
_NO_BREAK = "\N{NO-BREAK SPACE}"
_FIRST = (("rank", 50), ("task", 65))
_MIDDLE = (("status", 105),)
_LAST = (("iterations", 85), ("run time", 100), ("why", 320))
"""Columns that every run has, with their widths in proportion: the objectives follow the first, the parameters the
middle ones."""
_OTHERS = (
    Outcome.RUNNING,
    Outcome.WAITING,
    Outcome.FAILED,
    Outcome.NO_VALUE,
    Outcome.DELETED,
    Outcome.STOPPED,
    Outcome.PRUNED,
    Outcome.COMPLETED,
)


class SummaryRow(NamedTuple):
    """One trial, nothing escaped; `rank` counts from 1, `None` for one that does not compete."""

    rank: int | None
    task: str
    address: str
    objectives: tuple[float | None, ...]
    status: str
    why: str
    iterations: int | None
    run_time: str
    parameters: tuple[str, ...]


class SummaryRows(NamedTuple):
    """What the table shows; the names of the columns that the run adds are not escaped."""

    objectives: tuple[str, ...]
    parameters: tuple[str, ...]
    rows: tuple[SummaryRow, ...]
    notes: tuple[str, ...]


def rows(snapshot: Snapshot, task_link: Callable[[Trial], str]) -> SummaryRows:
    """Return a row for each of the first 200 trials: the best first, then running ones, then the rest."""
    ranked = snapshot.ranked
    ranks = {trial.number: place for place, trial in enumerate(ranked, start=1)}
    others = [trial for trial in snapshot.trials if trial.number not in ranks]
    others.sort(key=lambda trial: (_OTHERS.index(trial.outcome), trial.number))
    first = [*ranked, *others][:MOST_ROWS]
    columns = [_column(parameter, first) for parameter in snapshot.config.parameters]
    cells = list(zip(*columns, strict=True)) or [()] * len(first)
    shown = _fitting(
        [
            _row(trial, ranks.get(trial.number), task_link(trial), snapshot, texts)
            for trial, texts in zip(first, cells, strict=True)
        ]
    )
    keys = Counter(parameter.key for parameter in snapshot.config.parameters)
    rest = len(snapshot.trials) - len(shown)
    where = "with clearml-hpo show --all" if snapshot.status == "in_progress" else "in the artifact “trials”"
    notes = [f"{grouped(len(shown))} shown, {grouped(rest)} more {where}"] if rest else []
    notes.append(counts(snapshot))
    notes += ["ranked by Pareto front, then by the first objective"] if len(snapshot.config.objectives) > 1 else []
    return SummaryRows(
        tuple(objective.name for objective in snapshot.config.objectives),
        tuple(p.key if keys[p.key] == 1 else p.name for p in snapshot.config.parameters),
        shown,
        tuple(notes),
    )


def draw(rows: SummaryRows) -> Figure:
    """Return the table of `rows`, or a figure that says that there are no trials yet."""
    if not rows.rows:
        return not_yet("needs 1 trial, has 0")
    digits = _digits(rows)
    columns = zip(*(list(_cells(row, digits)) for row in rows.rows), strict=True)
    first, middle, last = ([width for _, width in group] for group in (_FIRST, _MIDDLE, _LAST))
    table = {
        "type": "table",
        "header": {"values": _headers(rows), "align": "left"},
        "cells": {"values": [list(column) for column in columns], "align": "left"},
        "columnwidth": [*first, *[95] * len(rows.objectives), *middle, *[110] * len(rows.parameters), *last],
    }
    margin = {"l": 24, "r": 24, "t": 62, "b": 0}
    return {"data": [table], "layout": layout(margin=margin, annotations=[note("<br>".join(rows.notes))])}


def _fitting(rows: Sequence[SummaryRow]) -> tuple[SummaryRow, ...]:
    """Return the first of the rows, so many that the table is not too large."""
    sizes = accumulate(_size(row) for row in rows)
    return tuple(row for row, size in zip(rows, sizes, strict=True) if size <= MOST_CHARACTERS)


def _size(row: SummaryRow) -> int:
    cells = [row.status, row.run_time, row.why[:_WHY_CHARACTERS], *row.parameters]
    fixed = 60 + len(row.address) + 20 * len(row.objectives)
    return fixed + sum(written_size(cell) + 3 for cell in cells)


def _row(
    trial: Trial, rank: int | None, address: str, snapshot: Snapshot, parameters: tuple[str, ...]
) -> SummaryRow:
    return SummaryRow(
        rank=rank,
        task=f"#{trial.number}" if trial.attempt == 1 else f"#{trial.number} (attempt {trial.attempt})",
        address=address,
        objectives=trial.finite_values or (None,) * len(snapshot.config.objectives),
        status=_status(trial),
        why=trial.reason,
        iterations=trial.iteration,
        run_time=_run_time(trial, snapshot),
        parameters=parameters,
    )


def _column(parameter: AnyParameter, trials: Sequence[Trial]) -> list[str]:
    """Return the cells of a parameter: what is no number is shortened so that other values stay other texts."""
    held = [trial.parameters[parameter.name] for trial in trials if parameter.name in trial.parameters]
    if isinstance(parameter, Discrete):  # also those that no trial has yet: a label is to stay as it is
        labels = value_labels([*parameter.ordered, *held], _VALUE_CHARACTERS)[len(parameter.ordered) :]
    else:
        labels = told_apart([value_text(value, 400) for value in held], _VALUE_CHARACTERS)
    found = iter(labels)
    return [next(found) if parameter.name in trial.parameters else "" for trial in trials]


def _status(trial: Trial) -> str:
    if trial.verdict is not None:
        return trial.verdict.value
    return trial.state.value


def _run_time(trial: Trial, snapshot: Snapshot) -> str:
    """Return the run time; of a running trial in whole minutes, so that the table is not sent for every second."""
    if trial.started is None:
        return ""
    seconds = trial.run_seconds(snapshot.now)
    if trial.state.is_final:
        return duration(seconds)
    return "< 1 min" if seconds < 60 else duration(seconds // 60 * 60).removesuffix(" 00 s")


def _digits(rows: SummaryRows) -> list[int]:
    """Return how many digits each objective needs, so that its values can be told apart."""
    columns = zip(*(row.objectives for row in rows.rows), strict=True)
    return [digits_for([value for value in column if value is not None]) for column in columns]


def _cells(row: SummaryRow, digits: Sequence[int]) -> Iterator[str]:
    yield "" if row.rank is None else str(row.rank)
    yield link(row.address, escape(row.task))
    for value, count in zip(row.objectives, digits, strict=True):
        yield "" if value is None else number(value, count)
    yield escape(row.status)
    for parameter in row.parameters:
        yield escape(parameter)
    yield "" if row.iterations is None else str(row.iterations)
    yield escape(row.run_time).replace(" ", _NO_BREAK)
    yield escape_broken(row.why, _WHY_CHARACTERS, _LONGEST_WORD)


def _headers(rows: SummaryRows) -> list[str]:
    first, middle, last = ([name for name, _ in group] for group in (_FIRST, _MIDDLE, _LAST))
    objectives, parameters = map(_header, rows.objectives), map(_header, rows.parameters)
    return [*first, *objectives, *middle, *parameters, *last]


def _header(name: str) -> str:
    """Return a column's name with breaks where words end: headers do not wrap by themselves at `/` or `_`."""
    lines = [""]
    for word in _words(cut_middle(name, 42)):
        if lines[-1] and len(lines[-1]) + len(word) > 14:
            lines.append("")
        lines[-1] += word
    return "<br>".join(escape(line) for line in lines)


def _words(name: str) -> Iterator[str]:
    word = ""
    for char in name:
        word += char
        if char in "/_.- ":
            yield word
            word = ""
    yield word
