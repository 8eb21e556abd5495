"""What a process costs, seen from outside: processor time, memory, how long it took."""

import os
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass

import psutil  # type: ignore[import-untyped]

_SAMPLE_SECONDS = 0.25


@dataclass(frozen=True)
class Usage:
    """What a process used up.

    Attributes:
        wall_seconds: From the moment of watching to its end.
        cpu_seconds: User and system, with its own children that it waited for.
        resident_mb: The most that was seen at any time, of itself only.
        exit_code: 0 when all was well.
    """

    wall_seconds: float
    cpu_seconds: float
    resident_mb: float
    exit_code: int


def watch(process: subprocess.Popen[bytes], patience_seconds: float) -> Usage:
    """Return once the process has ended.

    Raises:
        TimeoutError: It had not ended after so long; it is killed.
    """
    start, seen, resident = time.monotonic(), psutil.Process(process.pid), 0.0
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        seconds = time.monotonic() - start
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return Usage(seconds, usage.ru_utime + usage.ru_stime, resident, process.returncode)
        if seconds > patience_seconds:
            process.kill()
            raise TimeoutError(f"The controller must end within {patience_seconds:.0f} s, but went on.")
        with suppress(psutil.Error):
            resident = max(resident, seen.memory_info().rss / 1e6)
        time.sleep(_SAMPLE_SECONDS)
