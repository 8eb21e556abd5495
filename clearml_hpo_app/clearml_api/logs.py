"""The console of a task: asked for a trial that ended badly, or has been silent for long."""

import re
import signal
from collections.abc import Sequence
from datetime import datetime, timezone
from itertools import dropwhile, takewhile

from clearml_hpo_app.clearml_api.client import Client

LAST_EVENTS = 1000
"""Events that are read from the end of a log; each holds a line or a few."""

_AGENTS_OWN = re.compile(r"Process (failed|aborted|terminated|completed)|^\s*$")
_EXIT = re.compile(r"Process failed, exit code (?P<code>-?\d+)")
SIGKILL, LAST_SIGNAL = 9, 64
_OUT_OF_MEMORY = ", as a process is that takes too much memory"
_ERROR = re.compile(
    r"^(?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*(?:Error|Exception|Interrupt|Exit|Warning)\b.*|^.*\b[Ee]rror:.*"
)

_HYDRAS_HINT = "Set the environment variable HYDRA_FULL_ERROR=1"
"""The last line of every error of Hydra; what went wrong stands above it, after a blank one."""

_HYDRA_SAYS = re.compile(r"\b(?:not found|[Cc]ould not|[Cc]annot|[Uu]nable|[Ii]nvalid|[Mm]issing|not in struct)\b")


def read_log(client: Client, task_id: str, events: int = LAST_EVENTS) -> Sequence[str]:
    """Return the last lines of a task's console, the oldest first.

    API: https://clear.ml/docs/latest/docs/references/api/events (`get_task_log`).
    """
    answer = client.call("events.get_task_log", task=task_id, batch_size=events, order="desc")
    messages = [str(event.get("msg") or "") for event in reversed(answer["events"])]
    return [line.rstrip() for message in messages for line in message.splitlines()]


def last_log_time(client: Client, task_id: str) -> datetime | None:
    """Return when the last line was written to a task's console, `None` when there is none."""
    answer = client.call("events.get_task_log", task=task_id, batch_size=1, order="desc")
    stamps = [int(event["timestamp"]) for event in answer["events"]]
    return datetime.fromtimestamp(max(stamps) / 1000, timezone.utc) if stamps else None


def last_error(lines: Sequence[str]) -> str:
    """Return the line that says best why a script failed: its last error, else its last word; may be empty.

    The agent's own lines about the end of the process are news only where a signal ended it: then the script
    had no chance to say anything.
    """
    found = next(filter(None, map(_EXIT.search, reversed(lines))), None)
    if number := _signal_of(int(found["code"]) if found else 0):
        return f"killed by {_signal_name(number)}" + (_OUT_OF_MEMORY if number == SIGKILL else "")
    said = [line.strip() for line in lines if not _AGENTS_OWN.search(line) and _HYDRAS_HINT not in line]
    errors = [line for line in said if _ERROR.match(line)]
    return errors[-1] if errors else _error_of_hydra(lines) or (said or [""])[-1]


def _error_of_hydra(lines: Sequence[str]) -> str:
    """Return what Hydra says of an error that has no traceback: a missing configuration, a wrong override."""
    hints = [place for place, line in enumerate(lines) if _HYDRAS_HINT in line]
    before = reversed(lines[: hints[-1]]) if hints else iter(())
    paragraph = takewhile(str.strip, dropwhile(lambda line: not line.strip(), before))
    telling = [line.strip() for line in paragraph if _HYDRA_SAYS.search(line)]
    return telling[-1] if telling else ""


def _signal_of(code: int) -> int:
    """Return the signal that an exit code stands for, 0 for none: Python says it negative, shells above 128."""
    number = -code if code < 0 else code - 128
    return number if 0 < number <= LAST_SIGNAL else 0


def _signal_name(number: int) -> str:
    names = {int(each): each.name for each in signal.Signals}
    return f"signal {number}" + (f" ({names[number]})" if number in names else "")
