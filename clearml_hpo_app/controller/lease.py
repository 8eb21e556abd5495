"""The lease: what a running controller says of itself on its task, so that a second one notices and leaves.

It is one user property. ClearML's API has no compare-and-set: who wants the task writes its name (`nonce`), and
whoever reads another name than its own has lost. It also tells the next controller what no trial tells: how long
the run was worked on, how many numbers were given out, which trials a person archived.
"""

import json
import os
import socket
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from clearml_hpo_app.clearml_api.rows import TaskRow, read_time
from clearml_hpo_app.clock import Clock
from clearml_hpo_app.errors import HeldElsewhere

HEARTBEAT = "controller"
"""User property that holds the lease."""

RUNTIME_RUN = "hporun"
"""Key of the run id in the controller's runtime map, which a reset clears and a clone does not copy."""


@dataclass(frozen=True)
class Terms:
    """How often a controller says something: renews its lease, which lasts for so long, and reports."""

    renewed_every: timedelta
    lasts: timedelta
    reported_every: timedelta


AT_WORK = Terms(timedelta(seconds=12), timedelta(seconds=30), timedelta(seconds=15))
WAITING = Terms(timedelta(seconds=130), timedelta(minutes=4), timedelta(minutes=10))
"""While nothing can happen by itself."""

LOOK_SECONDS = 2.0
RENEWALS_THAT_TELL = 2
"""A holder that renewed so often while it was waited for does not leave."""


@dataclass(frozen=True)
class Handover:
    """What the next controller of a run needs to know and no trial tells.

    Attributes:
        elapsed_seconds: How long the run was worked on.
        numbers: How many trial numbers were given out.
        kept: Numbers of the trials that compete for the top and are not archived.
        calls: API calls of all controllers of the run, by operation.
        wishes: What people wrote on the task and was accepted, by property: it holds, whatever was written since.
    """

    elapsed_seconds: float = 0.0
    numbers: int = 0
    kept: frozenset[int] = frozenset()
    calls: Counter[str] = field(default_factory=Counter)
    wishes: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values; `read_handover` reads them."""
        return {
            "elapsed_seconds": round(self.elapsed_seconds, 1),
            "numbers": self.numbers,
            "kept": sorted(self.kept),
            "calls": dict(self.calls.most_common()),
            "wishes": dict(self.wishes),
        }


@dataclass(frozen=True)
class Lease:
    """One sign of life.

    Attributes:
        task, run: What it is for: a property travels with clones and survives resets, a lease must not.
        host, process, nonce: Who holds it.
        at, until: When it was written and when it expires, on the server's clock; equal when it was released.
        progress: How far the run was at its last report, in percent; `None` where that is not known.
    """

    task: str
    run: str
    at: datetime
    until: datetime
    handover: Handover
    nonce: str
    host: str = field(default_factory=socket.gethostname)
    process: int = field(default_factory=os.getpid)
    progress: int | None = None

    def to_text(self) -> str:
        """Return the text of the property."""
        return json.dumps(
            {
                "task": self.task,
                "run": self.run,
                "host": self.host,
                "process": self.process,
                "nonce": self.nonce,
                "progress": self.progress,
                "at": self.at.isoformat(timespec="seconds"),
                "until": self.until.isoformat(timespec="seconds"),
                **self.handover.to_json(),
            }
        )

    def is_held(self, now: datetime) -> bool:
        """Whether somebody works on the task: it has not expired, and its process is not known to be gone."""
        return self.until > now and not process_is_gone(self.host, self.process)


def process_is_gone(host: str, process: int) -> bool:
    """Whether a process of this host is not there any more; `False` where that cannot be told from here."""
    if os.name != "posix" or host != socket.gethostname():
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def new_nonce() -> str:
    """Return a name for one controller process."""
    return uuid.uuid4().hex[:16]


def read_lease(row: TaskRow) -> Lease | None:
    """Return the lease of the task's present run, `None` when there is none."""
    try:
        told = json.loads(row.properties.get(HEARTBEAT, "{}"))
        if (told["task"], told["run"]) != (row.id, row.runtime.get(RUNTIME_RUN)):
            return None
        at, until = read_time(told["at"]), read_time(told["until"])
        if at is None or until is None:
            return None
        return Lease(
            task=row.id,
            run=str(told["run"]),
            at=at,
            until=until,
            handover=read_handover(told),
            host=str(told["host"]),
            process=int(told["process"]),
            nonce=str(told["nonce"]),
            progress=None if (progress := told.get("progress")) is None else int(progress),
        )
    except (ValueError, KeyError, TypeError):
        return None


def read_handover(told: Mapping[str, Any]) -> Handover:
    """Read what `Handover.to_json` wrote; raises ValueError, KeyError or TypeError where it is something else."""
    return Handover(
        elapsed_seconds=float(told["elapsed_seconds"]),
        numbers=int(told["numbers"]),
        kept=frozenset(map(int, told["kept"])),
        calls=Counter({str(name): int(count) for name, count in told.get("calls", {}).items()}),
        wishes={str(name): str(text) for name, text in told.get("wishes", {}).items()},
    )


def wait_until_free(
    look: Callable[[], TaskRow],
    now: Callable[[], datetime],
    clock: Clock,
    say: Callable[[str], None],
    *,
    renewals: int = RENEWALS_THAT_TELL,
    own: str = "",
) -> TaskRow:
    """Return the controller task's row once no other controller holds it.

    Args:
        look: Reads the row.
        now: Tells the time on the server's clock.
        clock: Waits.
        say: Tells people why they wait.
        renewals: How often the holder may renew its lease before it is taken to stay.
        own: The nonce under which the caller may hold it already.

    Raises:
        HeldElsewhere: Its holder goes on.
    """
    row = look()
    seen: set[datetime] = set()
    while (lease := read_lease(row)) is not None and lease.nonce != own and lease.is_held(now()):
        if not seen:
            say(f"A controller on {lease.host} may still be at work: waiting until it ends or proves it …")
        seen.add(lease.at)
        if len(seen) > renewals:
            raise HeldElsewhere(
                f"An optimization must have one controller at a time, but {row.id} has one on {lease.host} "
                f"(process {lease.process}). End that first, with: clearml-hpo stop {row.id}"
            )
        clock.wait(LOOK_SECONDS)
        row = look()
    return row
