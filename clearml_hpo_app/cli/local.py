"""The command that needs no ClearML server: demo."""

from typing import Annotated

import typer

from clearml_hpo_app.cli.options import Command, JsonOption
from clearml_hpo_app.cli.output import data_console, print_json
from clearml_hpo_app.errors import UsageError
from clearml_hpo_app.methods import METHODS, Method

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
        data_console().print(render_outcome(display.snapshot, name=result["instance"]["name"]))
    raise typer.Exit(0 if result["instance"]["status"] == "completed" else 1)


def _method(name: str) -> Method:
    from clearml_hpo_app.violations import suggestion

    for method in METHODS:
        if method == name:
            return method
    raise UsageError(f"--method must be a search method, but got {name!r}. {suggestion(name, METHODS)}")


COMMANDS = [Command("demo", demo, "--trials 12 --method random")]
