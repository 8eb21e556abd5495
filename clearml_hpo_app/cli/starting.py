"""The commands that begin an optimisation: check, run, launch."""

from typing import TYPE_CHECKING, Annotated

import typer

from clearml_hpo_app.cli.options import (
    Command,
    ConfigOption,
    FileArgument,
    JsonOption,
    LeaveOption,
    NewMetricOption,
    read_file,
)
from clearml_hpo_app.cli.output import data_console, log_shown, print_json, say, talk_console
from clearml_hpo_app.errors import UsageError

if TYPE_CHECKING:
    from clearml_hpo_app.clearml_api import Client
    from clearml_hpo_app.cli.display import Display
    from clearml_hpo_app.config import HpoConfig
    from clearml_hpo_app.controller.loop import Controller

ResumeOption = Annotated[
    str | None,
    typer.Option("--resume", metavar="ID", help="Carry on an instance that was interrupted.", show_default=False),
]
QueueOption = Annotated[str, typer.Option("--queue", metavar="NAME", help="Queue for the controller itself.")]
PackageOption = Annotated[
    str | None,
    typer.Option(
        "--package",
        metavar="SPEC",
        help="What the agent installs: a wheel's address, a git address or an index name. Without it, the running "
        "version is uploaded with the task.",
        show_default=False,
    ),
]


def check(
    file: FileArgument = None,
    config: ConfigOption = None,
    allow_new_metric: NewMetricOption = False,
    as_json: JsonOption = False,
) -> None:
    """Look whether a configuration would work; creates nothing.

    Exit code 1 when the server says that it would not.
    """
    given = read_file(file, config, allow_new_metric=allow_new_metric)
    from clearml_hpo_app.clearml_api import connect
    from clearml_hpo_app.cli.findings import project_finding, render_findings, to_json
    from clearml_hpo_app.preflight.checks import look

    client = connect()
    found = look(client, given)
    if as_json:
        print_json(to_json(found))
    else:
        data_console().print(render_findings(found, given, project_finding(client, given)))
    raise typer.Exit(1 if found.errors else 0)


def run(
    file: FileArgument = None,
    config: ConfigOption = None,
    resume: ResumeOption = None,
    allow_new_metric: NewMetricOption = False,
    leave_trials: LeaveOption = False,
    as_json: JsonOption = False,
) -> None:
    """Run an optimization from here and show its progress.

    Trials still run on the agents of the execution queue. Ctrl-C ends the run in order; a second one at once.
    Exit code 1 when the run did not complete.
    """
    if resume is not None and (file is not None or config is not None):
        raise UsageError("An instance must be resumed with its own configuration: leave FILE out.")
    given = None if resume is not None else read_file(file, config, allow_new_metric=allow_new_metric)
    from clearml_hpo_app.clearml_api import connect
    from clearml_hpo_app.cli.display import Display
    from clearml_hpo_app.instances.runner import start_here
    from clearml_hpo_app.strategies import require_library

    if given is not None:
        require_library(given.method)
    client = connect()
    with Display() as display:
        if given is None:
            task_id = _find_interrupted(client, resume or "", display)
        else:
            task_id = _create(client, given, display)
        controller = start_here(client, task_id, leave_trials=leave_trials, on_turn=display.on_turn)
    _print_outcome(controller, display.name, as_json=as_json)


def launch(
    file: FileArgument = None,
    config: ConfigOption = None,
    queue: QueueOption = "services",
    package: PackageOption = None,
    allow_new_metric: NewMetricOption = False,
    as_json: JsonOption = False,
) -> None:
    """Start an optimization whose controller an agent runs.

    The controller's queue needs a worker of its own for as long as the run lasts.
    """
    given = read_file(file, config, allow_new_metric=allow_new_metric)
    from clearml_hpo_app.clearml_api import connect
    from clearml_hpo_app.instances.launching import launch as launch_instance

    client = connect()
    with log_shown(talk_console()):
        instance = launch_instance(given, queue=queue, package=package, client=client)
    if as_json:
        print_json({"id": instance.id, "name": instance.name, "queue": queue, "address": instance.address})
        return
    print(instance.id)  # noqa: T201
    say(f"{instance.name} waits in the queue {queue}.")
    if instance.address:
        say(f"Look at {instance.address}")
    say(f"Follow it with: clearml-hpo watch {instance.id}")


def _create(client: "Client", config: "HpoConfig", display: "Display") -> str:
    from clearml_hpo_app.cli.output import WARNING
    from clearml_hpo_app.instances.launching import create_instance
    from clearml_hpo_app.preflight.checks import look

    checked = look(client, config).require()
    for warning in checked.warnings:
        display.say(f"{WARNING} {warning}")
    task_id = create_instance(client, config, checked.base)
    display.say(f"Created {task_id}. When interrupted, carry on with: clearml-hpo run --resume {task_id}")
    return task_id


def _find_interrupted(client: "Client", task_id: str, display: "Display") -> str:
    from clearml_hpo_app.instances.instance import HpoInstance
    from clearml_hpo_app.instances.runner import wait_for_turn

    instance = HpoInstance(task_id, client=client)
    display.name = instance.name
    wait_for_turn(client, instance.id, display.say)
    return instance.id


def _print_outcome(controller: "Controller", name: str, *, as_json: bool) -> None:
    from clearml_hpo_app.cli.outcome import render_outcome, what_is_left
    from clearml_hpo_app.trials.results import result

    snapshot = controller.snapshot()
    if as_json:
        print_json(result(snapshot, task_id=controller.task_id, name=name))
    else:
        data_console().print(render_outcome(snapshot, name=name, address=controller.own.address))
    if controller.abandoned:
        say(f"{controller.abandoned} {what_is_left(snapshot)}")
    elif snapshot.status == "completed":
        return
    else:
        say(f"Carry on with: clearml-hpo run --resume {controller.task_id}")
    raise typer.Exit(1)


COMMANDS = [
    Command("check", check, "search.yaml"),
    Command("run", run, "search.yaml --json > result.json"),
    Command("launch", launch, "search.yaml --queue services"),
]
