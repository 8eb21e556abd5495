"""The commands of `clearml-hpo` under one roof, and the options that all of them have."""

from typing import Annotated

import typer

from clearml_hpo_app import __version__
from clearml_hpo_app.cli import app_commands, bringing, inspecting, local, serving, starting, steering, web
from clearml_hpo_app.cli.guard import GuardedGroup
from clearml_hpo_app.cli.options import help_text

app = typer.Typer(
    name="clearml-hpo",
    cls=GuardedGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="First steps without any server: clearml-hpo demo",
)


def common(
    _debug: Annotated[
        bool,
        typer.Option("--debug", metavar="", help="Show the traceback of an error, and everything that is logged."),
    ] = False,
    _version: Annotated[
        bool,
        typer.Option(
            "--version",
            metavar="",
            is_eager=True,
            callback=lambda wanted: _tell_version(wanted),
            help="Show the version.",
        ),
    ] = False,
) -> None:
    """Hyperparameter optimization on any ClearML server.

    The server is the one that clearml.conf or the CLEARML_* environment variables name.

    Data goes to stdout, all talk to stderr.

    Exit code 0: success. 1: the server says no, or the run did not complete. 2: the command line or the
    configuration is invalid, found before anything is connected to.
    """


app.callback(help=help_text(common))(common)


def _tell_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"clearml-hpo-app {__version__}")
        raise typer.Exit


for _command in [
    *starting.COMMANDS,
    *bringing.COMMANDS,
    *inspecting.COMMANDS,
    *steering.COMMANDS,
    *local.COMMANDS,
    *web.COMMANDS,
]:
    app.command(_command.name, help=_command.help, epilog=_command.epilog)(_command.run)
app.add_typer(serving.server_commands(), name=serving.SERVER.name)
app.add_typer(app_commands.app_commands(), name=app_commands.GROUP)
