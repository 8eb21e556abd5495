"""Real clearml-agents on this machine: started against any server address, and ended for certain.

Owns the processes; `agent_recipe` says how an agent is set up, and the server whether it is registered.
"""

import importlib.util
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from clearml_hpo_app.errors import HpoError, MissingExtra
from clearml_hpo_app.local.agent_recipe import AgentRecipe

_START_SECONDS = 60.0
_LISTENING = "Listening to queues"  # what an agent prints once it has talked to the server
_SHOWN_LINES = 12
_KILL_ROUNDS = 10
_MARK = "CLEARML_HPO_LOCAL_AGENTS"


@dataclass(frozen=True)
class _Agent:
    worker: str
    log: Path
    process: subprocess.Popen[bytes]


class LocalAgents:
    """n real clearml-agents serving one queue, each a process group of its own; ends them all on exit.

    Not for Windows, which has no process groups.

    Args:
        environment: Where the server is and who we are there: `CLEARML_API_HOST`, `CLEARML_WEB_HOST`,
            `CLEARML_FILES_HOST`, `CLEARML_API_ACCESS_KEY`, `CLEARML_API_SECRET_KEY`.
        queue: Name of the queue to serve; created when absent.
        count: How many agents, each running one task at a time.
        folder: Working folder, created when absent; logs stay there, readable by this user only.
        name: The workers are called `<name>-1`, `<name>-2`, …
        python: Interpreter that runs the tasks' scripts; what they import must be installed there.
        clean_environment: Build a virtual environment for each task instead, from the task's own requirements.
        agent: Command that stands for `clearml-agent`; `None` is the one installed next to this package.

    Raises:
        MissingExtra: clearml-agent is not installed.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        *,
        queue: str,
        count: int,
        folder: Path,
        name: str = "local",
        python: str = sys.executable,
        clean_environment: bool = False,
        agent: Sequence[str] | None = None,
    ) -> None:
        if agent is None and importlib.util.find_spec("clearml_agent") is None:
            raise MissingExtra("Local agents", "local")
        self._recipe = AgentRecipe(dict(environment), python, clean_environment)
        self._command = [*(agent or [sys.executable, "-m", "clearml_agent"]), "daemon", "--queue", queue]
        self._command += ["--create-queue", "--foreground"]
        self._workers = tuple(f"{name}-{number}" for number in range(1, count + 1))
        self._folder = folder.absolute()
        self._mark = uuid.uuid4().hex
        self._agents: list[_Agent] = []

    @property
    def workers(self) -> tuple[str, ...]:
        """The names under which the agents register, in order."""
        return self._workers

    @property
    def pids(self) -> tuple[int, ...]:
        """The process ids of the agents that were started, in the order of `workers`; empty when stopped."""
        return tuple(agent.process.pid for agent in self._agents)

    def log_path(self, index: int) -> Path:
        """Return the log file of the agent at `index` (0 is the first) in `workers`."""
        return self._folder / self._workers[index] / "agent.log"

    def start(self) -> None:
        """Start all agents; return once each has reached the server and listens to the queue.

        Raises:
            HpoError: An agent ended, or did not listen within a minute; shows its log's end. None is left running.
        """
        if self._agents:
            return
        try:
            deadline = time.monotonic() + _START_SECONDS
            for batch in (self._workers[:1], self._workers[1:]):  # the first creates the queue; two would collide
                self._agents += [self._launch(worker) for worker in batch]
                for agent in self._agents:
                    self._wait_until_listening(agent, deadline)
        except BaseException:
            self.stop(grace_seconds=1)
            raise

    def stop(self, grace_seconds: float = 10) -> None:
        """End the agents and everything that they started; may be called again.

        Args:
            grace_seconds: Time for the agents to end their tasks and sign off, before what is left is killed.
        """
        if not self._agents:
            return
        family = self._family()
        for agent in self._agents:
            if agent.process.poll() is None:
                os.killpg(agent.process.pid, signal.SIGTERM)
        deadline = time.monotonic() + grace_seconds
        while any(agent.process.poll() is None for agent in self._agents) and time.monotonic() < deadline:
            time.sleep(0.05)
        self._kill(family)
        for agent in self._agents:
            agent.process.poll()  # or Popen warns that it was never told of the end
            self._recipe.remove_credentials(agent.log.parent)
        self._agents.clear()

    def __enter__(self) -> "LocalAgents":
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def _launch(self, worker: str) -> _Agent:
        folder = self._folder / worker
        self._recipe.prepare(folder)
        log_path = folder / "agent.log"
        with log_path.open("wb") as log:
            process = subprocess.Popen(
                self._command,
                cwd=folder,
                env={**self._recipe.environment(worker, folder), _MARK: self._mark},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return _Agent(worker, log_path, process)

    def _wait_until_listening(self, agent: _Agent, deadline: float) -> None:
        while _LISTENING not in (text := agent.log.read_text(encoding="utf-8", errors="replace")):
            if (code := agent.process.poll()) is not None:
                raise HpoError(self._complaint(agent, f"it ended with exit code {code}", text))
            if time.monotonic() > deadline:
                raise HpoError(self._complaint(agent, f"it did not within {_START_SECONDS:.0f} seconds", text))
            time.sleep(0.05)

    def _complaint(self, agent: _Agent, what: str, text: str) -> str:
        last_lines = "\n".join(self._recipe.without_credentials(text).splitlines()[-_SHOWN_LINES:])
        return (
            f"Agent {agent.worker} must start and listen to its queue, but {what}. "
            f"Its log {agent.log} ends with:\n{last_lines}"
        )

    def _kill(self, family: set[psutil.Process]) -> None:
        # Killing can race with forking, so look again until nothing is left.
        for _ in range(_KILL_ROUNDS):
            alive = {process for process in family | self._family() if _is_alive(process)}
            if not alive:
                return
            for process in alive:
                with suppress(psutil.NoSuchProcess):
                    process.kill()
            psutil.wait_procs(alive, timeout=0.5)

    def _family(self) -> set[psutil.Process]:
        """All that the agents started: below them in the process tree, or carrying the mark (orphans)."""
        family = {process for process in psutil.process_iter() if self._is_marked(process)}
        for agent in self._agents:
            with suppress(psutil.NoSuchProcess):
                family.update(psutil.Process(agent.process.pid).children(recursive=True))
        return family

    def _is_marked(self, process: psutil.Process) -> bool:
        try:
            return bool(process.environ().get(_MARK) == self._mark)
        except (psutil.Error, OSError):
            return False


def _is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
