"""The local server: serving it, and copying its data while it runs."""

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clearml_hpo_app.cli.options import Command, JsonOption
from clearml_hpo_app.cli.output import log_shown, print_json, say, talk_console
from clearml_hpo_app.clock import SystemClock

if TYPE_CHECKING:
    from clearml_hpo_app.local.server import ServerAddress

_LINK = timedelta(days=30)

DataOption = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        help="Folder of its database and files, made at first start. Default: in your home folder.",
        show_default=False,
    ),
]
HostOption = Annotated[
    str,
    typer.Option(
        "--host", metavar="ADDRESS", help="Address to listen on; others than this machine's must be named."
    ),
]
PortOption = Annotated[
    int,
    typer.Option(
        "--port",
        metavar="N",
        min=0,
        max=65535 - 73,
        help="Port of the API; the pages are at N + 72, the files at N + 73. 0 takes free ports.",
    ),
]
TargetArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="The new tar file; compressed if its name ends in .gz or .tgz.")
]


def server(
    context: typer.Context,
    data: DataOption = None,
    host: HostOption = "127.0.0.1",
    port: PortOption = 8008,
    as_json: JsonOption = False,
) -> None:
    """Serve a local ClearML-compatible server until Ctrl-C.

    Prints the section for clearml.conf that names it, its own credentials included. With --json, the first line
    is the address as one JSON object. Started again with the same --data and --port, it is the same server, with
    all that it had. Needs the extra local.
    """
    if context.invoked_subcommand is not None:
        return
    from clearml_hpo_app.local.server import EmbeddedServer, ServerAddress
    from clearml_hpo_app.local.server.guard import exposure

    def tell(address: ServerAddress) -> None:
        _tell_address(address, as_json=as_json)
        if sentence := exposure(host):
            say(sentence)
        say(f"Its pages are at {address.web_host}, its data in {_folder(data)}. Ctrl-C ends it.")

    with log_shown(talk_console()):  # an operation that it lacks, for example
        EmbeddedServer(_folder(data), host=host, port=port).serve_forever(tell)


def backup(
    context: typer.Context, file: TargetArgument, data: DataOption = None, as_json: JsonOption = False
) -> None:
    """Copy the server's database, files and keys into one tar file, also while it runs.

    To restore, unpack the file into an empty folder, and start the server with that folder as --data.
    """
    from clearml_hpo_app.local.server.backup import back_up

    before = context.parent.params.get("data") if context.parent else None
    size = back_up(_folder(data or before), file)
    if as_json:
        print_json({"file": str(file), "bytes": size})
    else:
        say(
            f"The backup is {file} ({size / 1e6:.1f} MB). To restore it: "
            f"mkdir restored; tar -xf {file} -C restored; clearml-hpo server --data restored"
        )


def _folder(data: Path | None) -> Path:
    return data or Path(typer.get_app_dir("clearml-hpo")) / "server"


def _tell_address(address: "ServerAddress", *, as_json: bool) -> None:
    import json

    if as_json:
        print(json.dumps(asdict(address)), flush=True)  # noqa: T201
        return
    # The address that opens the pages is as secret as the credentials: it goes where they go.
    pages = address.pages(SystemClock().now() + _LINK)
    print(f"{address.clearml_conf()}# Its pages, opened by a click: {pages}", flush=True)  # noqa: T201


SERVER = Command("server", server, "--data ./clearml-data --port 8008")
BACKUP = Command("server backup", backup, "clearml-backup.tar --data ./clearml-data")
COMMANDS = [SERVER, BACKUP]


def server_commands() -> typer.Typer:
    """Return the command `server`, which serves, with the command `backup` below it."""
    group = typer.Typer(invoke_without_command=True, rich_markup_mode="rich")
    group.callback(help=SERVER.help, epilog=SERVER.epilog)(SERVER.run)
    group.command("backup", help=BACKUP.help, epilog=BACKUP.epilog)(BACKUP.run)
    return group
