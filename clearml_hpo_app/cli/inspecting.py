"""The commands about optimisations that exist: list, show, watch, best, export, report."""

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

import typer

from clearml_hpo_app.cli.options import (
    AnywayJsonOption,
    Command,
    IdArgument,
    JsonOption,
    OutputOption,
    write_output,
)
from clearml_hpo_app.cli.output import data_console, print_json, say
from clearml_hpo_app.errors import HpoError, ServerUnavailable
from clearml_hpo_app.statuses import ENDED_STATUSES
from clearml_hpo_app.wording import counted

if TYPE_CHECKING:
    from clearml_hpo_app.cli.display import Display
    from clearml_hpo_app.instances.instance import HpoInstance
    from clearml_hpo_app.trials.snapshot import Snapshot


LimitOption = Annotated[int, typer.Option("--limit", metavar="N", min=1, max=500, help="Show the newest N.")]
AllOption = Annotated[bool, typer.Option("--all", metavar="", help="List every trial, not only the best ones.")]
CloneOption = Annotated[
    bool, typer.Option("--clone", metavar="", help="Make a draft task with the best parameters.")
]
SHOWN_TRIALS = 20
SHOWN_FAILURES = 5


def list_(limit: LimitOption = 50, as_json: JsonOption = False) -> None:
    """List the optimizations on the server, the newest first."""
    from clearml_hpo_app.clearml_api import connect
    from clearml_hpo_app.cli.listing import render_list, to_json
    from clearml_hpo_app.instances.instance import list_instances

    client = connect()
    rows = list_instances(client, limit)
    if as_json:
        print_json([to_json(row, client.now()) for row in rows])
    elif rows:
        data_console().print(render_list(rows, client.now()))
    else:
        say("There are no optimizations on this server yet. Start one with: clearml-hpo run FILE")


def show(task_id: IdArgument, every: AllOption = False, as_json: JsonOption = False) -> None:
    """Show how an optimization stands, its trials by rank.

    With several objectives the trials that no other one beats in all of them come first (the Pareto front), among
    them the best in the first objective.
    """
    from rich.console import Group
    from rich.padding import Padding

    from clearml_hpo_app.cli.live import failures
    from clearml_hpo_app.cli.outcome import render_outcome
    from clearml_hpo_app.cli.trial_table import TrialTable
    from clearml_hpo_app.cli.words import missing_controller
    from clearml_hpo_app.instances.instance import HpoInstance

    instance = HpoInstance(task_id)
    snapshot = instance.snapshot()
    if as_json:
        print_json(_show_json(snapshot, task_id, instance.name))
        return
    console = data_console()
    console.print(render_outcome(snapshot, name=instance.name, address=instance.address))
    ranked = [*snapshot.ranked, *(trial for trial in snapshot.trials if not trial.is_ranked)]
    shown = ranked if every else ranked[:SHOWN_TRIALS]
    if shown:
        console.print(Padding(TrialTable(snapshot, shown), (0, 2, 1, 2), expand=False))
    if lines := failures(snapshot, SHOWN_FAILURES):
        console.print(Padding(Group(*lines[1:]), (0, 2, 1, 2), expand=False))
    if len(shown) < len(ranked):
        say(f"{counted(len(ranked) - len(shown), 'more trial')} with --all")
    if missing := missing_controller(snapshot, task_id):
        say(missing)


def watch(task_id: IdArgument, as_json: JsonOption = False) -> None:
    """Follow an optimization until it ends.

    Ctrl-C ends the watching only: the run goes on. With --json, the outcome is printed at the end. Exit code 1
    when the run did not complete.
    """
    from clearml_hpo_app.cli.display import Display
    from clearml_hpo_app.cli.outcome import render_outcome
    from clearml_hpo_app.instances.instance import HpoInstance

    instance = HpoInstance(task_id)
    try:
        with Display(instance.name) as display:
            snapshot = _follow(instance, display)
    except KeyboardInterrupt as interrupt:
        say("The run goes on.")
        raise typer.Exit(0) from interrupt
    if as_json:
        print_json(_show_json(snapshot, task_id, instance.name))
    else:
        data_console().print(render_outcome(snapshot, name=instance.name, address=instance.address))
    raise typer.Exit(0 if snapshot.status in {"completed", "published"} else 1)


def best(task_id: IdArgument, clone: CloneOption = False, as_json: JsonOption = False) -> None:
    """Print the best trial with all its parameters.

    With several objectives it is the best in the first one. With --clone a draft task with these parameters is
    made, and its id printed last.
    """
    from clearml_hpo_app.cli.outcome import render_best
    from clearml_hpo_app.instances.instance import HpoInstance
    from clearml_hpo_app.trials.results import trial_values

    instance = HpoInstance(task_id)
    snapshot = instance.snapshot()
    if snapshot.best is None:
        raise HpoError("A trial must have ended with a value before there is a best one, but none has yet.")
    copy = instance.clone_best() if clone else None
    if as_json:
        print_json({**(trial_values(snapshot.best) or {}), **({"clone": copy} if copy else {})})
        return
    data_console().print(render_best(snapshot.best, snapshot))
    if copy is not None:
        print(copy)  # noqa: T201
        say("The clone is a draft: look at it, change what you like, and enqueue it.")


def export(
    task_id: IdArgument,
    output: OutputOption = None,
    as_json: AnywayJsonOption = False,  # noqa: ARG001  accepted as everywhere
) -> None:
    """Print the configuration as an export file.

    It is JSON, with or without --json, and what check, run and launch read.
    """
    from clearml_hpo_app import __version__
    from clearml_hpo_app.config import to_export_text
    from clearml_hpo_app.instances.instance import HpoInstance

    write_output(to_export_text(HpoInstance(task_id).config, __version__), output)


def report(
    task_id: IdArgument,
    output: OutputOption = None,
) -> None:
    """Write an optimization as one HTML file: all panels, the best trial, the configuration.

    The file needs no network and no server: keep it, or attach it to a mail. It has about 5 MB and is as of now,
    also where the run goes on.
    """
    from clearml_hpo_app.instances.instance import HpoInstance
    from clearml_hpo_app.instances.report_file import report_html

    write_output(report_html(HpoInstance(task_id)), output)


def _follow(instance: "HpoInstance", display: "Display") -> "Snapshot":
    """Show the run until it has ended; a server that is away for a while only adds a note."""
    from clearml_hpo_app.cli.words import missing_controller
    from clearml_hpo_app.clock import SystemClock
    from clearml_hpo_app.instances.instance import POLL_SECONDS

    clock, children = SystemClock(), instance.children()
    snapshot = instance.snapshot(children)
    note = ""
    while snapshot.status not in ENDED_STATUSES:
        waits = "It waits for an agent to run it." if snapshot.status == "queued" else ""
        display.show(snapshot, note or waits or missing_controller(snapshot, instance.id))
        clock.wait(POLL_SECONDS)
        try:
            snapshot, note = instance.snapshot(children), ""
        except ServerUnavailable as error:
            note = f"{error} It is tried again."
    with suppress(ServerUnavailable):
        snapshot = instance.snapshot()  # with what became of trials that had ended
    return snapshot


def _show_json(snapshot: "Snapshot", task_id: str, name: str) -> dict[str, Any]:
    from clearml_hpo_app.trials.results import result, trial_row

    rows = [trial_row(trial, snapshot) for trial in snapshot.trials]
    return {**result(snapshot, task_id=task_id, name=name), "trial_rows": rows}


COMMANDS = [
    Command("list", list_, "--limit 10"),
    Command("show", show, "6f2b… --json"),
    Command("watch", watch, "6f2b…"),
    Command("best", best, "6f2b… --json"),
    Command("export", export, "6f2b… -o search.json"),
    Command("report", report, "6f2b… -o report.html"),
]
