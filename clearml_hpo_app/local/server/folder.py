"""The server's data folder: what lies in it where, for its owner's eyes only."""

import os
from dataclasses import dataclass
from pathlib import Path


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

    def prepare(self) -> None:
        """Make what is missing; what is made can be read by its owner only."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.files.mkdir(mode=0o700, exist_ok=True)
        # SQLite gives the files beside the database (its log, its index) the mode of the database.
        os.close(os.open(self.database, os.O_CREAT | os.O_RDWR, 0o600))
