"""Between a command and the terminal: errors become sentences and exit codes, never tracebacks."""

import traceback
from typing import Any

import typer
from typer.core import TyperGroup

from clearml_hpo_app.cli.output import quiet_libraries, tell_error
from clearml_hpo_app.errors import HpoError

DEBUG = "--debug"
INTERRUPTED = 130
"""Exit code of a process that Ctrl-C ended, as shells have it."""

_OWN_ERRORS = ("typer", "click")


class GuardedGroup(TyperGroup):
    """The root of the commands: `--debug` may stand anywhere, and no error leaves as a traceback without it.

    `context` is click's, whose class differs between the versions of typer.
    """

    def parse_args(self, context: Any, args: list[str]) -> list[str]:
        """Read the arguments, `--debug` first wherever it stands."""
        ours = args[: args.index("--")] if "--" in args else args
        if DEBUG in ours:
            args = [DEBUG, *(arg for arg in ours if arg != DEBUG), *args[len(ours) :]]
        return super().parse_args(context, args)

    def invoke(self, context: Any) -> Any:
        """Run the command; an error ends it with its sentences on stderr and its exit code."""
        debug = bool(context.params.get("_debug"))
        quiet_libraries(debug=debug)
        try:
            return super().invoke(context)
        except KeyboardInterrupt as error:
            tell_error("Interrupted.")
            raise typer.Exit(INTERRUPTED) from error
        except Exception as error:
            if isinstance(error, BrokenPipeError) or type(error).__module__.split(".")[0] in _OWN_ERRORS:
                raise
            if debug:
                traceback.print_exc()
            raise typer.Exit(_tell(error, debug=debug)) from error


def _tell(error: Exception, *, debug: bool) -> int:
    """Say what went wrong, one line a violation, and return the exit code."""
    if isinstance(error, HpoError):
        tell_error(str(error))
        return error.exit_code
    hint = "" if debug else f" Run again with {DEBUG} for the details."
    what = " ".join(str(error).split()) or "no further words"
    tell_error(f"Something unexpected happened: {type(error).__name__}: {what}.{hint}")
    return 1
