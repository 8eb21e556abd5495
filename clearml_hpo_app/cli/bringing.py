"""The commands that bring a configuration about: import one from elsewhere, propose one for a base task."""

import shlex
from typing import TYPE_CHECKING, Annotated

import typer

from clearml_hpo_app.cli.options import Command, JsonOption, OutputOption, write_output
from clearml_hpo_app.cli.output import WARNING, print_json, say
from clearml_hpo_app.errors import PreflightFailed
from clearml_hpo_app.wording import counted

if TYPE_CHECKING:
    from clearml_hpo_app.importing import Imported

BaseTaskArgument = Annotated[
    str, typer.Argument(metavar="BASE_TASK", help="Id of the task that shall be optimized; run it once before.")
]
TemplateOption = Annotated[
    str | None,
    typer.Option("--template", metavar="NAME", help="A ready-made space for a framework.", show_default=False),
]
QueueOption = Annotated[str, typer.Option("--queue", metavar="NAME", help="Queue for the experiments.")]
SourceArgument = Annotated[
    str, typer.Argument(metavar="SOURCE", help="A file, or the id of the task of an optimization.")
]


def import_(source: SourceArgument, output: OutputOption = None, as_json: JsonOption = False) -> None:
    """Turn what is configured elsewhere into a configuration of this application.

    SOURCE is a file (an export, also of an older version), or the id of a task: an instance of this application,
    of the HPO application that ClearML sells, or of the SDK's HyperParameterOptimizer. What could not be carried
    over is said. The result is an export, which check, run and launch read; with --json those sentences are in it.
    """
    from clearml_hpo_app import __version__
    from clearml_hpo_app.config import to_export, to_export_text
    from clearml_hpo_app.importing import import_config

    found = import_config(source)
    if as_json:
        print_json({"source": found.source, "lost": list(found.lost), **to_export(found.config, __version__)})
    else:
        write_output(to_export_text(found.config, __version__), output, keeps_old=True)
    _tell_source(found)


def init(
    base_task: BaseTaskArgument,
    template: TemplateOption = None,
    queue: QueueOption = "default",
    output: OutputOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a first configuration for a base task.

    It has comments, an objective from the metrics that the task reported, and a space from its hyperparameters:
    what to vary is guessed from their names, all others are listed for uncommenting. With --template, a
    ready-made space: pytorch, lightning, hugging-face, xgboost, lightgbm, scikit-learn or hydra. It is YAML; with
    --json the same without the comments.
    """
    from clearml_hpo_app.config.files import parse_data
    from clearml_hpo_app.starting_point import ready_made, starter

    ready = None if template is None else ready_made(template)
    from clearml_hpo_app.clearml_api import connect
    from clearml_hpo_app.clearml_api.base_task import find_base_task

    client = connect()
    base = find_base_task(client, base_task)
    if base is None:
        raise PreflightFailed([f"The base task {base_task} must exist on {client.api_host}, but it does not."])
    found = starter(base, queue=queue, template=ready)
    if as_json:
        print_json(parse_data(found.text, ending=".yaml"))
    else:
        write_output(found.text, output, keeps_old=True)
    say(f"It varies {counted(found.varied, 'parameter')}, and lists {found.others} more.")
    say(f"Look whether it works: clearml-hpo check {shlex.quote(str(output)) if output else 'FILE'}")


def _tell_source(found: "Imported") -> None:
    say(f"Read from {found.source}.")
    for sentence in found.lost:
        say(f"{WARNING} {sentence}")


COMMANDS = [
    Command("init", init, "5c2f… --template lightgbm -o search.yaml"),
    Command("import", import_, "6f2b… -o search.json"),
]
