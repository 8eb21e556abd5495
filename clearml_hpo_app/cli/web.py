"""The command that serves the applications page: web."""

import os
from typing import TYPE_CHECKING, Annotated

import typer

from clearml_hpo_app.cli.options import Command, JsonOption
from clearml_hpo_app.cli.output import log_shown, say, talk_console
from clearml_hpo_app.errors import MissingExtra

if TYPE_CHECKING:
    from clearml_hpo_app.web.server import PageServer

PASSWORD = "CLEARML_HPO_WEB_PASSWORD"  # noqa: S105  the name of a variable

HostOption = Annotated[
    str,
    typer.Option(
        "--host",
        metavar="ADDRESS",
        help=f"Address to listen on. Another one than this machine's own needs a password in {PASSWORD}.",
    ),
]
PortOption = Annotated[
    int, typer.Option("--port", metavar="N", min=0, max=65535, help="Port of the page. 0 takes a free one.")
]
NoOpenOption = Annotated[bool, typer.Option("--no-open", metavar="", help="Open no browser.")]
CallsOption = Annotated[
    int,
    typer.Option(
        "--calls-per-minute", metavar="N", min=10, help="The most that all open pages together ask the server."
    ),
]


def web(
    host: HostOption = "127.0.0.1",
    port: PortOption = 8099,
    no_open: NoOpenOption = False,
    calls_per_minute: CallsOption = 150,
    as_json: JsonOption = False,
) -> None:
    """Serve the applications page until Ctrl-C: launch form, list of optimizations, live dashboard.

    It works with any ClearML server, and prints the address that opens it. With --json, the first line is
    {"url": …}, once it serves. Needs the extra web.
    """
    server_class = _server_class()
    server = server_class(
        host=host, port=port, password=os.environ.get(PASSWORD, ""), calls_per_minute=calls_per_minute
    )

    def tell(running: "PageServer") -> None:
        _tell(running, as_json=as_json)
        if not no_open:
            from clearml_hpo_app.web.browser import open_browser

            open_browser(running.brief_url())

    with log_shown(talk_console()):
        server.serve_forever(tell)


def _server_class() -> "type[PageServer]":
    try:
        from clearml_hpo_app.web.server import PageServer
    except ModuleNotFoundError as error:
        raise MissingExtra("The applications page", "web") from error
    return PageServer


def _tell(server: "PageServer", *, as_json: bool) -> None:
    import json

    if as_json:
        print(json.dumps({"url": server.url}), flush=True)  # noqa: T201
    else:
        print(server.url, flush=True)  # noqa: T201
    say("The applications page is open at the address above, for those who have it. Ctrl-C ends it.")


COMMANDS = [Command("web", web, "--no-open --port 8099")]
