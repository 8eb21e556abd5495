"""Where the command line writes: data to stdout, talk to stderr; nothing that a task says is read as markup."""

import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.text import Text

PIPE_WIDTH = 200
"""Columns of tables that no terminal bounds."""

OK, WARNING, ERROR = "✓", "!", "✗"
MARK_STYLES = {OK: "green", WARNING: "yellow", ERROR: "red"}

_PACKAGE = "clearml_hpo_app"


def data_console() -> Console:
    """Return the console of stdout."""
    return _console(stderr=False)


def talk_console() -> Console:
    """Return the console of stderr."""
    return _console(stderr=True)


def print_json(value: Any) -> None:
    """Print a value as JSON on stdout, in the same form for terminals and programs."""
    print(json.dumps(value, indent=2, ensure_ascii=False, default=str))  # noqa: T201


def say(sentence: str, console: Console | None = None) -> None:
    """Print a sentence on stderr, or on the given console."""
    write(console or talk_console(), Text(harmless(sentence)))


def tell_error(sentences: str) -> None:
    """Print sentences, one a line, on stderr, each with the mark of an error."""
    console = talk_console()
    for sentence in sentences.splitlines():
        write(console, marked(ERROR, sentence))


def write(console: Console, text: Text) -> None:
    """Print one text: wrapped at words in a terminal, whole where a program reads along."""
    console.print(text, soft_wrap=not console.is_terminal)


def marked(mark: str, sentence: str) -> Text:
    """Return a sentence after its mark (`OK`, `WARNING`, `ERROR`)."""
    return Text.assemble((mark, MARK_STYLES[mark]), " ", harmless(sentence))


def harmless(text: str) -> str:
    """Return `text` without control characters, which could move a terminal's cursor; lines stay."""
    return "".join(char for char in text if char in "\n\t" or char.isprintable())


def quiet_libraries(*, debug: bool) -> None:
    """Keep what libraries log away from the terminal, unless debugging."""
    root = logging.getLogger()
    if debug:
        logging.basicConfig(level=logging.INFO)
        logging.getLogger(_PACKAGE).setLevel(logging.DEBUG)
    elif not root.handlers:
        root.addHandler(logging.NullHandler())


@contextmanager
def log_shown(console: Console, level: int = logging.WARNING) -> Iterator[None]:
    """Within the block, print on `console` what this package logs at `level` and above."""
    handler = _TalkHandler(console, level)
    package_log = logging.getLogger(_PACKAGE)
    before = package_log.level
    package_log.addHandler(handler)
    package_log.setLevel(min(before or level, level))
    try:
        yield
    finally:
        package_log.removeHandler(handler)
        package_log.setLevel(before)


class _TalkHandler(logging.Handler):
    """Prints each sentence of the log with its time; a rich display that is shown stays below them."""

    def __init__(self, console: Console, level: int) -> None:
        super().__init__(level)
        self._console = console
        self.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))

    def emit(self, record: logging.LogRecord) -> None:
        """Print one sentence."""
        style = "yellow" if record.levelno >= logging.WARNING else ""
        write(self._console, Text(harmless(self.format(record)), style=style))


def _console(*, stderr: bool) -> Console:
    console = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = PIPE_WIDTH
    return console
