"""The command line as a process of its own, as a person runs it in a shell."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from clearml_hpo_app.local.server import ServerAddress


@dataclass(frozen=True)
class Shell:
    """Runs `clearml-hpo` as a process of its own, in `folder`; named values are environment variables."""

    address: ServerAddress
    folder: Path
    _begun: "list[subprocess.Popen[str]]" = field(default_factory=list)

    def __call__(self, *arguments: str, **changes: str) -> "subprocess.CompletedProcess[str]":
        with self.begin(*arguments, **changes) as process:
            out, err = process.communicate(timeout=90)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def begin(self, *arguments: str, **changes: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-m", "clearml_hpo_app.cli", *arguments],
            env={**self.environment, **changes},
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._begun.append(process)
        return process

    def end(self) -> None:
        """End what a test that failed left running."""
        for process in self._begun:
            if process.poll() is None:
                process.kill()
                process.communicate()

    def write(self, data: Mapping[str, Any]) -> str:
        (self.folder / "config.json").write_text(json.dumps(data))
        return "config.json"

    @property
    def environment(self) -> dict[str, str]:
        """Variables of a process that talks to the server; none of this process's own ClearML settings."""
        kept = {name: text for name, text in os.environ.items() if not name.startswith(("CLEARML_", "TRAINS_"))}
        own = {"CLEARML_CONFIG_FILE": str(self.folder / "none.conf"), "HOME": str(self.folder)}
        return {**kept, **self.address.environment(), **own}
