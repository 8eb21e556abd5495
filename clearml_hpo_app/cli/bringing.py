"""The commands that bring a configuration about: import one from elsewhere, propose one for a base task."""

from typing import TYPE_CHECKING, Annotated

import typer

from clearml_hpo_app.cli.options import Command, JsonOption, OutputOption, write_output
from clearml_hpo_app.cli.output import WARNING, print_json, say

if TYPE_CHECKING:
    from clearml_hpo_app.importing import Imported

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
        write_output(to_export_text(found.config, __version__), output)
    _tell_source(found)


def _tell_source(found: "Imported") -> None:
    say(f"Read from {found.source}.")
    for sentence in found.lost:
        say(f"{WARNING} {sentence}")


COMMANDS = [
    Command("import", import_, "6f2b… -o search.json"),
]
