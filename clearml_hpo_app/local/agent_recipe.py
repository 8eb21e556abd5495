"""How a real clearml-agent is set up on this machine: environment and configuration, apart from the user's.

Owns what an agent is told, and how its start-up per task is kept short; starts no process.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# One sleep inside the agent paces everything: looking into the queue, noticing that a script has ended, and
# noticing that its task was stopped. Its default of 5 s costs a short trial more than its training.
_POLL_SECONDS = 0.5

_FOREIGN_PREFIXES = ("CLEARML_", "TRAINS_")  # the user's own settings must not reach these agents
_CREDENTIALS = ("CLEARML_API_SECRET_KEY", "CLEARML_API_ACCESS_KEY")


@dataclass(frozen=True)
class AgentRecipe:
    """What each agent of a group is told.

    Attributes:
        server: The server's addresses and credentials, as environment variables.
        python: Interpreter that runs the tasks' scripts.
        clean_environment: Build a virtual environment for each task instead of using that of `python`.
    """

    server: Mapping[str, str]
    python: str
    clean_environment: bool

    def __repr__(self) -> str:
        return f"AgentRecipe(python={self.python!r}, clean_environment={self.clean_environment})"

    def prepare(self, folder: Path) -> None:
        """Make the agent's folder and configuration file.

        The agent keeps a copy of its settings, the secret key with them, below `tmp` while it runs: so the folder
        is for this user only.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        (folder / "tmp").mkdir(exist_ok=True)
        (folder / "clearml.conf").write_text(json.dumps(self._configuration(), indent=4), encoding="utf-8")

    def environment(self, worker: str, folder: Path) -> dict[str, str]:
        """Return all environment variables of the agent called `worker`, whose files are in `folder`."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN_PREFIXES)}
        search_path = [str(Path(self.python).parent), inherited.get("PATH", os.defpath)]
        return {
            **inherited,
            **self.server,
            **(self._clean_environment() if self.clean_environment else self._shared_environment()),
            "CLEARML_AGENT_QUEUE_POLL_FREQ_SEC": str(_POLL_SECONDS),
            "CLEARML_CONFIG_FILE": str(folder / "clearml.conf"),
            "CLEARML_WORKER_ID": worker,
            "CLEARML_WORKER_NAME": worker,
            "HOME": str(folder),
            "PATH": os.pathsep.join(search_path),
            "PYTHONUNBUFFERED": "1",
            "TMPDIR": str(folder / "tmp"),
        }

    def without_credentials(self, text: str) -> str:
        """Return `text` with the server's credentials masked."""
        for name in _CREDENTIALS:
            if value := self.server.get(name):
                text = text.replace(value, "****")
        return text

    def _shared_environment(self) -> dict[str, str]:
        """The tasks run on the interpreter as it is: nothing is installed, listed or written back per task."""
        return {
            "CLEARML_AGENT_SKIP_PIP_VENV_INSTALL": self.python,
            "CLEARML_AGENT_SKIP_PYTHON_ENV_INSTALL": "1",
        }

    def _clean_environment(self) -> dict[str, str]:
        """HOME is the agent's own, but pip must still find the user's settings (a mirror) and cache."""
        home = Path.home()
        return {
            "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME", str(home / ".cache")),
            "XDG_CONFIG_HOME": os.environ.get("XDG_CONFIG_HOME", str(home / ".config")),
        }

    def _configuration(self) -> dict[str, object]:
        return {
            "api": {
                "api_server": self.server.get("CLEARML_API_HOST", ""),
                "web_server": self.server.get("CLEARML_WEB_HOST", ""),
                "files_server": self.server.get("CLEARML_FILES_HOST", ""),
            },
            "agent": {
                "package_manager": {"type": "pip"},
                "disable_agent_update_check": True,  # it asks the package index at each start
                # Agent and tasks print their settings to the log; the access key is not masked by default.
                "sanitize_config_printout": {"hide_secrets": ["secret", "pass", "token", "key", "contents"]},
            },
        }
