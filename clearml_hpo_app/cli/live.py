"""A run at one moment as a person sees it in the terminal: limits, the best so far, and the trials."""

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from clearml_hpo_app.cli.trial_table import TrialTable
from clearml_hpo_app.cli.words import (
    best_so_far,
    objective_text,
    parameter_text,
    ranking_text,
    short_names,
    spark,
    status_text,
    values_text,
    varied,
)
from clearml_hpo_app.config import METHOD_TITLES
from clearml_hpo_app.trials.reasons import LETTERS, by_reason
from clearml_hpo_app.trials.snapshot import Snapshot
from clearml_hpo_app.trials.trial import Outcome, Trial
from clearml_hpo_app.wording import counted, duration, grouped, plain

BAR_WIDTH = 36
ROWS = 12


def render(
    snapshot: Snapshot, *, name: str = "", later_seconds: float = 0.0, note: str = "", rows: int = ROWS
) -> RenderableType:
    """Return the picture of a run.

    Args:
        snapshot: The run.
        name: Its job title.
        later_seconds: How long ago the snapshot was made: times go on by so much.
        note: A sentence below everything else; empty for none.
        rows: Trials that are listed at most: active ones first, then the best, then those that ended last.
    """
    parts: list[RenderableType] = [
        _heading(snapshot, name, later_seconds),
        Text(),
        limits(snapshot, later_seconds),
    ]
    parts += [Text(), _best(snapshot)]
    if snapshot.trials:
        listed = _listed(snapshot, rows)
        parts += [Text(), TrialTable(snapshot, listed, later_seconds)]
        hidden = len(snapshot.trials) - len(listed)
        parts += [Text(f"and {hidden} more", style="dim")] if hidden else []
        parts += failures(snapshot, 1)
    if note:
        parts += [Text(), Text(plain(note, 300), style="yellow")]
    return Padding(Group(*parts), (1, 2), expand=False)


def failures(snapshot: Snapshot, most: int) -> list[RenderableType]:
    """Return a line for each of the last `most` reasons why trials failed or ended without a value."""
    failed = [trial for trial in snapshot.trials if trial.outcome in {Outcome.FAILED, Outcome.NO_VALUE}]
    failed.sort(key=lambda trial: (trial.ended or trial.last_update or snapshot.now, trial.number), reverse=True)
    groups = by_reason(failed)
    lines: list[RenderableType] = [
        Text.assemble(
            (f"trial {last.number}{_and_more(len(others))}, {last.outcome.value}", "red"),
            f": {plain(last.reason, LETTERS)}" if last.reason else "",
        )
        for last, *others in groups[:most]
    ]
    if more := sum(map(len, groups[most:])):
        lines.append(Text(f"and {more} more failed or ended without a value", style="dim"))
    return [Text(), *lines] if lines else []


def _and_more(others: int) -> str:
    return f" and {grouped(others)} more" if others else ""


def _listed(snapshot: Snapshot, rows: int) -> list[Trial]:
    """Active trials by number, then the best ones by rank, then the others, the latest first."""
    active = [trial for trial in snapshot.trials if not trial.state.is_final]
    active.sort(key=lambda trial: (not trial.state.has_started, trial.number))
    others = [trial for trial in snapshot.trials if trial.state.is_final and not trial.is_ranked]
    others.sort(key=lambda trial: (trial.ended or trial.last_update or snapshot.now, trial.number), reverse=True)
    ended = [*snapshot.ranked, *others]
    keep_ended = min(len(ended), max(rows // 2, rows - len(active)))
    return [*active[: rows - keep_ended], *ended[:keep_ended]]


def _heading(snapshot: Snapshot, name: str, later_seconds: float) -> Text:
    config = snapshot.config
    elapsed = duration(snapshot.elapsed_seconds + (later_seconds if snapshot.status == "in_progress" else 0))
    workers = "" if snapshot.workers is None else f", {counted(snapshot.workers, 'worker')}"
    return Text.assemble(
        (plain(name or config.title or "Optimization", 80), "bold"),
        "  ",
        status_text(snapshot.state or snapshot.status),
        (f" · {elapsed}\n", "dim"),
        (f"{objective_text(config)} · {METHOD_TITLES[config.method]} · ", "dim"),
        (f"queue {plain(config.execution_queue)}{workers}", "dim"),
    )


def limits(snapshot: Snapshot, later_seconds: float = 0.0) -> Table:
    """Return a bar for each limit: how much of it is used up, `later_seconds` after the snapshot."""
    most_allowed = snapshot.config.limits
    running = snapshot.status == "in_progress"
    elapsed = snapshot.elapsed_seconds + (later_seconds if running else 0)
    compute = snapshot.compute_seconds + later_seconds * snapshot.running
    grid = Table.grid(padding=(0, 3, 0, 0))
    total = snapshot.total
    of_total = f" of {total}" if total is not None and total < 10**9 else ""
    counts = f"{snapshot.ended}{of_total}"
    active = (
        f"{snapshot.running} running, {snapshot.pending} waiting" if snapshot.running + snapshot.pending else ""
    )
    grid.add_row(Text("Trials"), _bar(snapshot.ended, total), Text.assemble(counts, "  ", (active, "dim")))
    if most_allowed.max_iterations is not None and most_allowed.total_tasks is not None:
        done = sum(min(trial.iteration or 0, most_allowed.max_iterations) for trial in snapshot.trials)
        most = most_allowed.max_iterations * most_allowed.total_tasks
        grid.add_row(Text("Iterations"), _bar(done, most), Text(f"{grouped(done)} of {grouped(most)}"))
    for title, seconds, minutes in (
        ("Time", elapsed, most_allowed.total_minutes),
        ("Compute", compute, most_allowed.compute_minutes),
    ):
        if minutes is not None:
            grid.add_row(
                Text(title), _bar(seconds, minutes * 60), Text(f"{duration(seconds)} of {duration(minutes * 60)}")
            )
    return grid


def _bar(done: float, total: float | None) -> RenderableType:
    if not total:
        return Text("no limit", style="dim")
    return ProgressBar(
        total=total, completed=min(done, total), width=BAR_WIDTH, complete_style="cyan", finished_style="green"
    )


def _best(snapshot: Snapshot) -> Table:
    grid = Table.grid(padding=(0, 3, 0, 0))
    best = snapshot.best
    if best is None:
        grid.add_row(Text("Best"), Text("no trial has ended with a value yet", style="dim"))
        return grid
    grid.add_row(
        Text("Best"),
        Text.assemble(
            (values_text(best.values), "bold green"),
            (f"  trial {best.number}  ", "dim"),
            (spark(best_so_far(snapshot)), "cyan"),
        ),
    )
    if ranking := ranking_text(snapshot.config):
        grid.add_row(Text(), Text(ranking, style="dim"))
    grid.add_row(Text(), parameter_text(varied(best, snapshot), short_names(snapshot.config)))
    return grid
