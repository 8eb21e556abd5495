"""The arguments and options that several commands share, and how the configuration file is read."""

import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clearml_hpo_app.cli.output import say
from clearml_hpo_app.errors import UsageError

if TYPE_CHECKING:
    from clearml_hpo_app.config import HpoConfig


@dataclass(frozen=True)
class Command:
    """A command: its name, what it runs, and the arguments of the example that its help ends with."""

    name: str
    run: Callable[..., None]
    example: str

    @property
    def help(self) -> str:
        """What the command does."""
        return help_text(self.run)

    @property
    def epilog(self) -> str:
        """The example as a whole command line."""
        return f"Example: clearml-hpo {self.name} {self.example}".rstrip()


def help_text(function: Callable[..., None]) -> str:
    """Return a function's docstring, each paragraph as one line, so that any width wraps it well."""
    paragraphs = (inspect.getdoc(function) or "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


FileArgument = Annotated[
    Path | None,
    typer.Argument(
        metavar="FILE",
        help="The configuration: bare or an export, in JSON, YAML or HOCON; - reads stdin.",
        show_default=False,
    ),
]
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", "-c", metavar="FILE", help="The same as FILE.", show_default=False),
]
IdArgument = Annotated[
    str, typer.Argument(metavar="ID", help="Id of the optimization's task (see: clearml-hpo list).")
]
JsonOption = Annotated[
    bool, typer.Option("--json", metavar="", help="Print JSON on stdout; errors stay sentences on stderr.")
]
AnywayJsonOption = Annotated[
    bool, typer.Option("--json", metavar="", help="Changes nothing: what is printed is JSON in any case.")
]
NewMetricOption = Annotated[
    bool,
    typer.Option("--allow-new-metric", metavar="", help="Accept an objective that the base task never reported."),
]
OutputOption = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write to FILE instead of stdout.", show_default=False),
]
LeaveOption = Annotated[
    bool,
    typer.Option(
        "--leave-trials",
        help="On Ctrl-C or SIGTERM, leave trials that run or wait in the queue alone instead of stopping them.",
    ),
]


def read_file(file: Path | None, option: Path | None, *, allow_new_metric: bool = False) -> "HpoConfig":
    """Read the configuration that FILE or `--config FILE` names, `-` being stdin; connects to nothing.

    With `allow_new_metric` its objectives are taken even if the base task never reported them.

    Raises:
        UsageError: None or both are given, the file cannot be read, or its content has violations.
    """
    if (file is None) == (option is None):
        got = "none" if file is None else f"{file} and {option}"
        raise UsageError(f"One configuration file must be given, but got {got}. Name one: FILE or --config FILE.")
    from clearml_hpo_app.config import parse_config, read_config

    path = file or option or Path()
    config = parse_config(sys.stdin.read(), name="stdin") if str(path) == "-" else read_config(path)
    return config.allowing_new_metrics() if allow_new_metric else config


def write_output(text: str, output: Path | None, *, keeps_old: bool = False) -> None:
    """Print `text`, or write it to the file `output` and say so; `-` is stdout.

    With `keeps_old` a file that was there, with other content, is kept beside it: its name ends in ~.

    Raises:
        UsageError: The file cannot be written.
    """
    if output is None or str(output) == "-":
        print(text, end="")  # noqa: T201
        return
    try:
        if keeps_old and output.is_file() and output.read_bytes() != text.encode():
            old = output.rename(f"{output}~")
            say(f"{output} was there already: it is {old} now")
        output.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"{output} must be writable, but: {error.strerror}. Choose another file.") from error
    say(f"Written to {output}")
