"""Controllers that run on this machine: a process each, for servers where no agent runs controllers.

They end in order with the page: trials are stopped, the last report is written. Their runs can be carried on.
"""

import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from clearml_hpo_app.clearml_api import Client

END_SECONDS = 30.0


class Controllers:
    """The controllers that this page started."""

    def __init__(self) -> None:
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._lock = threading.Lock()

    def start(self, client: Client, task_id: str) -> Path:
        """Start the controller of an optimisation; return the file that gets what it says."""
        with tempfile.NamedTemporaryFile(prefix=f"clearml-hpo-{task_id[:8]}-", suffix=".log", delete=False) as log:
            command = [sys.executable, "-m", "clearml_hpo_app.cli", "run", "--resume", task_id]
            process = subprocess.Popen(
                command,
                env={**os.environ, **client.environment()},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        with self._lock:
            self._running = {key: each for key, each in self._running.items() if each.poll() is None}
            self._running[task_id] = process
        return Path(log.name)

    def count(self) -> int:
        """Return how many are at work."""
        with self._lock:
            return sum(each.poll() is None for each in self._running.values())

    def stop(self) -> None:
        """End all of them in order; those that do not end in time are killed, their runs can be carried on."""
        with self._lock:
            processes, self._running = list(self._running.values()), {}
        for process in processes:
            if process.poll() is None:
                process.terminate()
        for process in processes:
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
