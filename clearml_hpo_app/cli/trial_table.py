"""The trials of a run as a table in the terminal, as wide as there is room."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from clearml_hpo_app.cli.words import NONE, clock, short_names, state_text
from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.trials.snapshot import Snapshot
from clearml_hpo_app.trials.trial import Trial, Verdict
from clearml_hpo_app.wording import number, plain, value_text

TITLES = (24, 18, 13, 9)
"""So many letters a title has at most; the first of these with which all parameters fit, else the last."""

_GAP, _LEFT_OUT = 2, 5


@dataclass(frozen=True)
class TrialTable:
    """Trials with rank, number, state, values, iteration, time, and as many parameters as there is room for."""

    snapshot: Snapshot
    trials: Sequence[Trial]
    later_seconds: float = 0.0

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Leave out the last parameters that do not fit; how many they are stands in their place."""
        room = options.max_width - Measurement.get(console, options, self._table([])).maximum
        cells = _parameter_cells(self.snapshot, self.trials)
        columns: list[_Column] = []
        for longest in TITLES:
            columns = _parameter_columns(self.snapshot.config, cells, longest)
            if sum(column.width for column in columns) <= room:
                break
        shown = columns[: _fitting([column.width for column in columns], room)] or columns[:1]
        yield self._table(shown, left_out=len(columns) - len(shown))

    def _table(self, parameters: Sequence["_Column"], left_out: int = 0) -> Table:
        table = Table(box=None, padding=(0, _GAP, 0, 0), header_style="dim", pad_edge=False)
        table.add_column("rank", justify="right", no_wrap=True)
        table.add_column("#", justify="right", no_wrap=True)
        table.add_column("state", no_wrap=True)
        for goal in self.snapshot.config.objectives:
            table.add_column(plain(goal.series, 20), justify="right", no_wrap=True)
        table.add_column("iter", justify="right", no_wrap=True)
        table.add_column("time", justify="right", no_wrap=True)
        for column in parameters:
            table.add_column(column.title, no_wrap=True, overflow="ellipsis")
        if left_out:
            table.add_column(f"+{left_out}", no_wrap=True)
        ranks = {trial.number: rank for rank, trial in enumerate(self.snapshot.ranked, start=1)}
        for place, trial in enumerate(self.trials):
            rank = ranks.get(trial.number)
            table.add_row(
                "" if rank is None else str(rank),
                *self._facts(trial),
                *(Text(column.cells[place]) for column in parameters),
                style="bold" if rank == 1 else "",
            )
        return table

    def _facts(self, trial: Trial) -> Iterator[RenderableType]:
        now = self.snapshot.now + timedelta(seconds=self.later_seconds)
        yield str(trial.number)
        yield state_text(trial)
        yield from _value_cells(trial, len(self.snapshot.config.objectives))
        yield NONE if trial.iteration is None else str(trial.iteration)
        yield clock(trial.run_seconds(now)) if trial.started else NONE


class _Column(NamedTuple):
    """One parameter of the table."""

    title: str
    cells: tuple[str, ...]

    @property
    def width(self) -> int:
        return _GAP + max(map(cell_len, (self.title, *self.cells)))


def _parameter_cells(snapshot: Snapshot, trials: Sequence[Trial]) -> dict[str, tuple[str, ...]]:
    """Return the values of each parameter that varies, by its full name."""
    names = [parameter.name for parameter in snapshot.config.space.varied]
    return {name: tuple(value_text(trial.parameters.get(name)) for trial in trials) for name in names}


def _parameter_columns(config: HpoConfig, cells: Mapping[str, tuple[str, ...]], longest: int) -> list[_Column]:
    """Return a column for each parameter; a title has `longest` letters at most, or as many as its values."""
    rooms = {name: max(longest, *map(cell_len, texts), 0) for name, texts in cells.items()}
    titles = {room: short_names(config, room) for room in {longest, *rooms.values()}}
    found = [_Column(titles[rooms[name]][name], texts) for name, texts in cells.items()]
    if len({column.title for column in found}) == len(found):
        return found
    # by their different widths, two got one title
    return [_Column(titles[longest][name], texts) for name, texts in cells.items()]


def _fitting(widths: Sequence[int], room: int) -> int:
    """Return how many columns fit, the first ones first; where not all do, a narrow one tells of the others."""
    for count in range(len(widths), 0, -1):
        if sum(widths[:count]) + (_LEFT_OUT if count < len(widths) else 0) <= room:
            return count
    return 0


def _value_cells(trial: Trial, count: int) -> list[str]:
    """Return what it reported last where it has no values yet; what stands for NaN is no value."""
    reported = [metric.last if metric else None for metric in trial.metrics]
    has_any = reported and trial.verdict is not Verdict.INFEASIBLE
    shown = trial.values or (reported if has_any else [None] * count)
    return [NONE if value is None else number(value) for value in shown]
