"""The embedded server as a process of its own, so that it outlives or leaves the one that started it."""

import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType

from clearml_hpo_app.errors import HpoError
from clearml_hpo_app.local.server import ServerAddress

_STOP_SECONDS = 10.0


class ServerProcess:
    """Starts `python -m clearml_hpo_app.local.server` and ends it.

    Args:
        data: Folder of the server's database and files.
        log: File that gets what the server says.
        port: Port of its API, as for `EmbeddedServer`.

    Raises:
        MissingExtra: The extra `local` is not installed.
    """

    def __init__(self, data: Path, log: Path, port: int = 0) -> None:
        from clearml_hpo_app.local.server import EmbeddedServer  # noqa: F401  says here which extra is missing

        self._data, self._log, self._port = data, log, port
        self._process: subprocess.Popen[str] | None = None

    @property
    def pid(self) -> int | None:
        """The process id, `None` when it does not run."""
        return None if self._process is None else self._process.pid

    def start(self) -> ServerAddress:
        """Start the server and return its address once it answers.

        Raises:
            HpoError: It ended at once; the message names its log.
        """
        command = [sys.executable, "-m", "clearml_hpo_app.local.server", "--data", str(self._data)]
        command += ["--port", str(self._port)]
        with self._log.open("w", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True
            )
        assert self._process.stdout is not None  # noqa: S101  PIPE was asked for
        line = self._process.stdout.readline()
        if not line:
            self.stop()
            raise HpoError(f"The embedded server must start, but it ended at once. Its log is {self._log}.")
        return ServerAddress(**json.loads(line))

    def stop(self) -> None:
        """End the server in order; may be called again."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._process = None

    def leave(self) -> None:
        """Let the server run on after this process has ended."""
        if self._process is not None and self._process.stdout is not None:
            self._process.stdout.close()
        self._process = None

    def __enter__(self) -> ServerAddress:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
