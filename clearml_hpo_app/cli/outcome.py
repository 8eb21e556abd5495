"""How a run went, for people: the best trial, what it cost, where to look."""

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.style import Style
from rich.table import Table
from rich.text import Text

from clearml_hpo_app.cli.live import limits
from clearml_hpo_app.cli.output import ERROR, MARK_STYLES, OK, WARNING
from clearml_hpo_app.cli.words import (
    best_so_far,
    exact_text,
    objective_text,
    ranking_text,
    spark,
    state_text,
    status_text,
    values_text,
)
from clearml_hpo_app.statuses import ENDED_STATUSES
from clearml_hpo_app.trials.results import calls_text, counts, idle_gaps, spread
from clearml_hpo_app.trials.snapshot import Snapshot
from clearml_hpo_app.trials.trial import Trial
from clearml_hpo_app.wording import counted, duration, plain

_MARKS = {"completed": OK, "published": OK, "failed": ERROR, "stopped": WARNING}


def render_outcome(snapshot: Snapshot, *, name: str = "", address: str = "") -> RenderableType:
    """Return the outcome of a run.

    Args:
        snapshot: The run, ended or not.
        name: Its job title.
        address: Where its page is, empty when not known.
    """
    mark = _mark(snapshot)
    heading = Text.assemble(
        (f"{mark} " if mark else "", MARK_STYLES.get(mark, "")),
        (plain(name or snapshot.config.title or "Optimization", 80), "bold"),
        "  ",
        status_text(snapshot.state or snapshot.status),
    )
    if snapshot.reason:
        heading.append(f"\n{plain(snapshot.reason, 300)}", style="dim")
    grid = Table.grid(padding=(0, 3, 0, 0))
    _add_best(grid, snapshot)
    if snapshot.choices:
        grid.add_row(Text("Search"), Text("\n".join(plain(choice, 300) for choice in snapshot.choices)))
    grid.add_row(Text("Trials"), Text(_counts(snapshot)))
    grid.add_row(Text("Cost"), Text(_cost(snapshot)))
    gap = spread(idle_gaps(snapshot.attempts))["median"]
    if gap is not None:
        grid.add_row(Text("Idle"), Text(f"{gap:g} s between two trials of a worker (median)"))
    if address:
        grid.add_row(
            Text("Look at"), Text(plain(address, 300), style=Style(color="cyan", link=address), overflow="fold")
        )
    parts: list[RenderableType] = [heading, Text(), grid]
    if snapshot.status not in ENDED_STATUSES:
        parts += [Text(), limits(snapshot)]
    return Padding(Group(*parts), (1, 2), expand=False)


def _mark(snapshot: Snapshot) -> str:
    """Return the mark of a run; one that ended in order, but without any value, was no success."""
    mark = _MARKS.get(snapshot.status, "")
    return ERROR if mark == OK and snapshot.trials and not snapshot.ranked else mark


def render_best(trial: Trial, snapshot: Snapshot) -> RenderableType:
    """Return one trial with all its parameters by full name."""
    grid = Table.grid(padding=(0, 3, 0, 0))
    grid.add_row(Text("Trial"), Text.assemble(str(trial.number), " ", state_text(trial)))
    grid.add_row(Text("Task"), Text(trial.task_id))
    for goal, value in zip(snapshot.config.objectives, trial.values or (), strict=False):
        grid.add_row(Text(plain(goal.name)), Text(f"{value!r}", style="bold green"))
    if ranking := ranking_text(snapshot.config):
        grid.add_row(Text("Rank"), Text(ranking))
    for name, parameter in trial.parameters.items():
        grid.add_row(Text(plain(name)), Text(exact_text(parameter, 200)))
    return grid


def what_is_left(snapshot: Snapshot) -> str:
    """Return what became of the trials that were active when the run lost its task."""
    left = snapshot.running + snapshot.pending
    return f"Left running or waiting: {counted(left, 'trial')}." if left else "Its trials were stopped."


def _add_best(grid: Table, snapshot: Snapshot) -> None:
    best = snapshot.best
    if best is None:
        grid.add_row(Text("Best"), Text("no trial has ended with a value", style="dim"))
        return
    grid.add_row(
        Text("Best"),
        Text.assemble(
            (values_text(best.values), "bold green"),
            f"  {objective_text(snapshot.config)}",
            (f"  trial {best.number}, task {best.task_id}", "dim"),
        ),
    )
    if course := spark(best_so_far(snapshot)):
        grid.add_row(Text(), Text.assemble((course, "cyan"), ("  best so far", "dim")))
    if ranking := ranking_text(snapshot.config):
        grid.add_row(Text(), Text(ranking, style="dim"))
    parameters = Table.grid(padding=(0, 2, 0, 0))
    for name, value in best.parameters.items():
        parameters.add_row(Text(plain(name), style="dim"), Text(exact_text(value, 80)))
    grid.add_row(Text(), parameters)


def _counts(snapshot: Snapshot) -> str:
    found = counts(snapshot)
    total = found.pop("total")
    archived = found.pop("archived")
    words = {"without_value": "without a value", "pending": "waiting"}
    kinds = ", ".join(f"{count} {words.get(kind, kind)}" for kind, count in found.items() if count)
    return f"{total}{': ' if kinds else ''}{kinds}{f'; {archived} of them archived' if archived else ''}"


def _cost(snapshot: Snapshot) -> str:
    has_ended = snapshot.status in ENDED_STATUSES
    parts = [
        f"{snapshot.compute_seconds / 60:.1f} compute minutes",
        f"{duration(snapshot.elapsed_seconds)} {'at work' if has_ended else 'so far'}",
    ]
    if snapshot.calls:
        parts.append(calls_text(snapshot))
    return ", ".join(parts)
