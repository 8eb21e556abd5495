"""The command line `clearml-hpo`: data on stdout, all talk on stderr, exit codes 0, 1 and 2.

Importing this package is quick: what is heavy (the SDK, Optuna, the local server) is imported by the command
that needs it.
"""

import io
import sys

from clearml_hpo_app.cli.app import app

__all__ = ["app", "main"]


def main() -> None:
    """Run the command line on the arguments of this process; ends it with an exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal without ✓ is no reason to fail
    app()
