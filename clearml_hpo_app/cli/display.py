"""Showing a run while it goes on: a live picture in a terminal, plain lines everywhere else."""

import logging
import time
from contextlib import ExitStack
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console, RenderableType
from rich.live import Live

from clearml_hpo_app.cli.live import ROWS, render
from clearml_hpo_app.cli.output import log_shown, say, talk_console
from clearml_hpo_app.cli.words import objective_text, values_text
from clearml_hpo_app.trials.snapshot import Snapshot
from clearml_hpo_app.wording import counted_of

if TYPE_CHECKING:
    from clearml_hpo_app.controller.loop import Controller, Turn

_LINES_BESIDES_TRIALS = 18


class Display:
    """Shows snapshots of one run on stderr; within its context, warnings of the log appear above them.

    Args:
        name: Job title of the run; the first turn of a controller tells it where it is empty.
        console: Where to show it; stderr unless given.
        live: A live picture rather than plain lines; `None` decides by what stderr is.

    Attributes:
        snapshot: The latest one that was shown, `None` before the first.
        name: Job title of the run.
    """

    def __init__(self, name: str = "", console: Console | None = None, *, live: bool | None = None) -> None:
        self.name = name
        self.snapshot: Snapshot | None = None
        self._console = console or talk_console()
        in_terminal = self._console.is_interactive and self._console.file.isatty()
        self._is_live = in_terminal if live is None else live
        self._note = ""
        self._shown_at = 0.0
        self._told = ""
        self._live: Live | None = None
        self._open = ExitStack()

    def __enter__(self) -> "Display":
        level = logging.WARNING if self._is_live else logging.INFO
        self._open.enter_context(log_shown(self._console, level))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()
        self._live = None

    def show(self, snapshot: Snapshot, note: str = "") -> None:
        """Show the run as it stands; `note` is a sentence below it."""
        self.snapshot, self._note, self._shown_at = snapshot, note, time.monotonic()
        if self._is_live:
            self._refresh()
        else:
            self._tell(snapshot)

    def on_turn(self, controller: "Controller", turn: "Turn") -> None:
        """Show what a turn of a controller in this process led to."""
        snapshot = controller.snapshot()
        if turn.finish is not None:
            snapshot = replace(snapshot, status=turn.finish.status, reason=turn.finish.reason)
        if not self.name:
            self.name = snapshot.config.title or f"HPO: {controller.actor.maker.book.base.name}"
        winding_up = controller.state.winding_up
        self.show(snapshot, turn.trouble or (winding_up.reason if winding_up else ""))

    def say(self, sentence: str) -> None:
        """Print a sentence, above the live picture when there is one."""
        say(sentence, self._console)

    def _refresh(self) -> None:
        if self._live is None:
            live = Live(
                console=self._console,
                get_renderable=self._picture,
                refresh_per_second=2,
                redirect_stdout=False,
                redirect_stderr=True,
            )
            self._live = self._open.enter_context(live)
        self._live.refresh()

    def _picture(self) -> RenderableType:
        if self.snapshot is None:
            return ""
        rows = max(min(ROWS, self._console.height - _LINES_BESIDES_TRIALS), 3)
        later = time.monotonic() - self._shown_at if self.snapshot.status == "in_progress" else 0.0
        return render(self.snapshot, name=self.name, later_seconds=later, note=self._note, rows=rows)

    def _tell(self, snapshot: Snapshot) -> None:
        """Print one line when the number of trials that ended has changed."""
        line = f"{counted_of(snapshot.ended, snapshot.total, 'trial')} ended"
        if snapshot.best is not None:
            value = values_text(snapshot.best.values)
            line += f", best {objective_text(snapshot.config)} {value} (trial {snapshot.best.number})"
        if line != self._told:
            self._told = line
            self.say(f"{line}; {snapshot.running} running, {snapshot.pending} waiting")
