"""How a real clearml-agent is set up on this machine: environment and configuration, apart from the user's.

Owns what an agent is told, and how its start-up per task is kept short; starts no process.
"""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# Measured with clearml-agent 3.0.3 and clearml 2.1.12, a script that trains for 0.4 s (2 s), two trials in a row
# on one agent, from the start of a trial to its final status:
#   as below                                            2.6 s  (4.0 s)
#   without CLEARML_AGENT_SKIP_PYTHON_ENV_INSTALL       5.0 s  (7.1 s): requirements checked, packages listed
#   with the agent's own poll period of 5 s             5.1 s  (5.0 s): rounded up to it, and 5 s until picked up
#   with the SDK's reporting process                     14 s   (14 s): it waits for 10 s at the script's end
# A script without a repository is kept as text in the task; the agent writes it to a file, no git involved.

# One sleep inside the agent paces everything: looking into the queue, noticing that a script has ended, and
# noticing that its task was stopped.
_POLL_SECONDS = 0.5

_FOREIGN_PREFIXES = ("CLEARML_", "TRAINS_")  # the user's own settings must not reach these agents
_ACCESS_KEY, _SECRET_KEY = _CREDENTIALS = ("CLEARML_API_ACCESS_KEY", "CLEARML_API_SECRET_KEY")


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
        """Make the agent's folder and its configuration file, which no other user may read.

        The credentials go into that file: an agent that has them from its environment prints the access key
        into its own log and into that of every task.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        (folder / "tmp").mkdir(exist_ok=True)
        _configuration_file(folder).touch(mode=0o600)
        _configuration_file(folder).write_text(json.dumps(self._configuration(), indent=4), encoding="utf-8")

    def remove_credentials(self, folder: Path) -> None:
        """Remove what holds credentials once the agent has ended: its configuration and the copies it made."""
        _configuration_file(folder).unlink(missing_ok=True)
        shutil.rmtree(folder / "tmp", ignore_errors=True)

    def environment(self, worker: str, folder: Path) -> dict[str, str]:
        """Return all environment variables of the agent called `worker`, whose files are in `folder`."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN_PREFIXES)}
        server = {name: value for name, value in self.server.items() if name not in _CREDENTIALS}
        search_path = [str(Path(self.python).parent), inherited.get("PATH", os.defpath)]
        return {
            **inherited,
            **server,
            **(self._clean_environment() if self.clean_environment else self._shared_environment()),
            "CLEARML_AGENT_QUEUE_POLL_FREQ_SEC": str(_POLL_SECONDS),
            "CLEARML_CONFIG_FILE": str(_configuration_file(folder)),
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
                "credentials": {
                    "access_key": self.server.get(_ACCESS_KEY, ""),
                    "secret_key": self.server.get(_SECRET_KEY, ""),
                },
            },
            "sdk": {"development": {"report_use_subprocess": False}},  # a thread reports instead
            "agent": {
                "package_manager": {"type": "pip"},
                "disable_agent_update_check": True,  # it asks the package index at each start
                # Agent and tasks print their settings to the log; the access key is not masked by default.
                "sanitize_config_printout": {"hide_secrets": ["secret", "pass", "token", "key", "contents"]},
            },
        }


def _configuration_file(folder: Path) -> Path:
    return folder / "clearml.conf"
