"""The commands that need no ClearML server: demo, server."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clearml_hpo_app.cli.options import Command, JsonOption
from clearml_hpo_app.cli.output import data_console, print_json, say
from clearml_hpo_app.config import METHODS, Method
from clearml_hpo_app.errors import UsageError
from clearml_hpo_app.violations import suggestion

if TYPE_CHECKING:
    from clearml_hpo_app.local.server import ServerAddress

TrialsOption = Annotated[int, typer.Option("--trials", metavar="N", min=1, help="How many trials to run.")]
MethodOption = Annotated[str, typer.Option("--method", metavar="NAME", help=f"One of {', '.join(METHODS)}.")]
WorkersOption = Annotated[int, typer.Option("--workers", metavar="N", min=1, help="How many agents to start.")]
SeedOption = Annotated[
    int | None,
    typer.Option("--seed", metavar="N", min=0, help="Makes the suggestions repeatable.", show_default=False),
]
KeepOption = Annotated[
    bool,
    typer.Option("--keep", metavar="", help="Leave the server and the agents running, and say how to end them."),
]
NoWebOption = Annotated[bool, typer.Option("--no-web", metavar="", help="Open no page.")]
DataOption = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        help="Folder of its database and files, made at first start. Default: in your home folder.",
        show_default=False,
    ),
]
HostOption = Annotated[str, typer.Option("--host", metavar="ADDRESS", help="Address to listen on.")]
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


def demo(
    trials: TrialsOption = 12,
    method: MethodOption = "bayesian",
    workers: WorkersOption = 2,
    seed: SeedOption = None,
    keep: KeepOption = False,
    no_web: NoWebOption = False,
    as_json: JsonOption = False,
) -> None:
    """Run a real optimization with nothing but this package.

    Starts a local server and real agents, and trains a real model. Needs the extra demo. Nothing stays running
    afterwards unless --keep is given.
    """
    known = _method(method)
    from clearml_hpo_app.cli.display import Display
    from clearml_hpo_app.cli.outcome import render_outcome
    from clearml_hpo_app.local.demo import DemoOptions, run_demo

    options = DemoOptions(method=known, trials=trials, workers=workers, seed=seed, keep=keep, web=not no_web)
    with Display() as display:
        result = run_demo(options, display.on_turn, display.say)
    if as_json:
        print_json(result)
    elif display.snapshot is not None:
        calls = result["api"]["calls"]
        data_console().print(render_outcome(display.snapshot, name=result["instance"]["name"], calls=calls))
    raise typer.Exit(0 if result["instance"]["status"] == "completed" else 1)


def server(
    data: DataOption = None, host: HostOption = "127.0.0.1", port: PortOption = 8008, as_json: JsonOption = False
) -> None:
    """Serve a local ClearML-compatible server until Ctrl-C.

    Prints the section for clearml.conf that names it, its own credentials included. With --json, the first line
    is the address as one JSON object. Needs the extra local.
    """
    from clearml_hpo_app.local.server import EmbeddedServer

    folder = data or Path(typer.get_app_dir("clearml-hpo")) / "server"
    serving = EmbeddedServer(folder, host=host, port=port)
    address = serving.start()
    try:
        _tell_address(address, as_json=as_json)
        say(f"Its pages are at {address.web_host}, its data in {folder}. Ctrl-C ends it.")
        serving.serve_forever()
    finally:
        serving.stop()


def _tell_address(address: "ServerAddress", *, as_json: bool) -> None:
    import json

    text = json.dumps(asdict(address)) + "\n" if as_json else address.clearml_conf()
    print(text, end="", flush=True)  # noqa: T201


def _method(name: str) -> Method:
    for method in METHODS:
        if method == name:
            return method
    raise UsageError(
        f"--method must be one of {', '.join(METHODS)}, but got {name!r}. {suggestion(name, METHODS)}"
    )


COMMANDS = [
    Command("demo", demo, "--trials 12 --method random"),
    Command("server", server, "--data ./clearml-data --port 8008"),
]
