"""The server's data folder: what lies in it where, for its owner's eyes only."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from clearml_hpo_app.errors import UsageError

if sys.platform != "win32":
    import fcntl


@dataclass(frozen=True)
class DataFolder:
    """All that a server keeps.

    Attributes:
        path: The folder itself; it can be moved while no server runs on it.
    """

    path: Path

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.path / "server.sqlite"

    @property
    def keys(self) -> Path:
        """The credentials, and what tokens are signed with."""
        return self.path / "keys.json"

    @property
    def files(self) -> Path:
        """The folder of what clients uploaded."""
        return self.path / "files"

    def claim(self) -> IO[bytes]:
        """Make the folder one server's; closing what this returns, or the process's end, gives it up.

        Windows has no such lock: there nothing is refused.

        Raises:
            UsageError: Another server has it.
        """
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.path / "server.lock", os.O_CREAT | os.O_RDWR, 0o600)
        held = os.fdopen(descriptor, "r+b")
        if sys.platform != "win32":
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                held.close()
                raise UsageError(
                    f"The data folder must be no other server's, but a server runs on {self.path}. "
                    "Use that one, stop it, or choose another folder."
                ) from error
        return held

    def prepare(self) -> None:
        """Make what is missing in a claimed folder; what is made can be read by its owner only."""
        self.files.mkdir(mode=0o700, exist_ok=True)
        # SQLite gives the files beside the database (its log, its index) the mode of the database.
        os.close(os.open(self.database, os.O_CREAT | os.O_RDWR, 0o600))
