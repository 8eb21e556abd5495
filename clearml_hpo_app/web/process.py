"""The page as a process of its own, so that it outlives or leaves the one that started it."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from clearml_hpo_app.errors import HpoError

_ANSWER_SECONDS = 10.0
_STOP_SECONDS = 40.0  # it ends the controllers that it started first


def at(url: str, path: str) -> str:
    """Return the address that opens the page, `url`, as one that leads to `path` of it."""
    return url.replace("/?", f"{path}?", 1)


class PageProcess:
    """Starts `clearml-hpo web` on a free port, and ends it.

    Args:
        environment: Variables that name the ClearML server, besides those of this process.
        log: File that gets what it says.
    """

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        self._environment, self._log = environment, log
        self._process: subprocess.Popen[str] | None = None

    @property
    def pid(self) -> int | None:
        """The process id, `None` when it does not run."""
        return None if self._process is None else self._process.pid

    def start(self) -> str:
        """Start it, and return the address that opens it, once it serves; raises `HpoError` when it does not."""
        command = [sys.executable, "-m", "clearml_hpo_app.cli", "web", "--no-open", "--port", "0", "--json"]
        with self._log.open("w", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                command,
                env={**os.environ, **self._environment},
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        assert self._process.stdout is not None  # noqa: S101  PIPE was asked for
        line = self._process.stdout.readline()
        if not line:
            self.stop()
            raise HpoError(f"The applications page must start, but it ended at once. Its log is {self._log}.")
        return str(json.loads(line)["url"])

    def browser_url(self, url: str, path: str) -> str:
        """Return an address that opens `path` of the page at `url`, for five minutes: to start a browser with."""
        import requests

        address = url.partition("/?")[0]
        with requests.Session() as visitor:
            visitor.get(url, timeout=_ANSWER_SECONDS)
            answer = visitor.post(f"{address}/api/link", headers={"Origin": address}, timeout=_ANSWER_SECONDS)
        return at(answer.json()["url"], path)

    def stop(self) -> None:
        """End it in order; may be called again."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self.leave()

    def leave(self) -> None:
        """Let it run on after this process has ended."""
        if self._process is not None and self._process.stdout is not None:
            self._process.stdout.close()
        self._process = None
