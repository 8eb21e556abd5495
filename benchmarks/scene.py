"""What benchmarks of the controller play on: a server, workers, controllers, each a process of its own."""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import uuid
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

from benchmarks.client import Client
from benchmarks.pool import Habits
from benchmarks.simulated_agents import Shift
from clearml_hpo_app.local.agents import LocalAgents
from clearml_hpo_app.local.server import ServerAddress
from clearml_hpo_app.local.server_process import ServerProcess

ROOT = Path(__file__).parents[1]
"""Of the clone: what is measured is the code that stands there, whatever is installed."""

QUEUE = "benchmark trials"
SCRIPT = "chaos_script.py"
RATE = {"type": "uniform", "name": "Args/rate", "min": 0.0, "max": 1.0}
RATES = {"type": "discrete", "name": "Args/rate", "values": [n / 20 for n in range(1, 20)]}
UNITS = {"type": "uniform", "name": "Args/units", "min": 1, "max": 8}
_PARTS = (0, 72, 73)


class Scene:
    """Starts the server at once and ends all processes on exit.

    Args:
        folder: Where everything is kept.
        named: A server that is there already, to be played on instead of one of the scene's own. The queue is
            deleted in the end; the tasks stay there, in the project "Benchmarks".

    Attributes:
        address: The server.
        queue, queue_name: Id and name of the queue for trials.
        base_task: A completed task with Args/rate, Args/units and the metric val/loss.
        starts: The log of the workers.
    """

    def __init__(self, folder: Path, named: ServerAddress | None = None) -> None:
        self.folder, self.starts = folder, folder / "starts.jsonl"
        self._server = ServerProcess(folder / "data", folder / "server.log", _free_port())
        self._processes: list[subprocess.Popen[bytes]] = []
        self._ends = ExitStack()
        self.address = named or self._server.start()
        self.queue_name = f"{QUEUE} {uuid.uuid4().hex[:8]}" if named else QUEUE
        client = self.client()
        self.queue = str(client.call("queues.create", name=self.queue_name)["id"])
        self.base_task = _create_base_task(client)
        client.close()
        if named:
            self._ends.callback(self._delete_queue)

    def client(self) -> Client:
        """Return a new connection to the server."""
        return Client(self.address)

    def hire(self, habits: Mapping[str, Any]) -> None:
        """Let a pool of workers serve the queue."""
        settings = Habits(queue=self.queue, log=str(self.starts), **habits)
        self._hire("benchmarks.pool", {"habits": asdict(settings)})

    def hire_simulated_agents(self, **shift: Any) -> None:
        """Let workers serve the queue that do the same in every trial; see `Shift`."""
        self._hire("benchmarks.simulated_agents", {"shift": asdict(Shift(queue=self.queue, **shift))})

    def _hire(self, module: str, settings: Mapping[str, Any]) -> None:
        pool = subprocess.Popen([sys.executable, "-m", module], stdin=subprocess.PIPE, cwd=ROOT)
        self._processes.append(pool)
        assert pool.stdin is not None  # noqa: S101  PIPE was asked for
        pool.stdin.write(json.dumps({**settings, "address": asdict(self.address)}).encode() + b"\n")
        pool.stdin.flush()

    def dismiss(self) -> None:
        """Let the workers that play agents go, and wait until they have."""
        pools = [process for process in self._processes if process.stdin is not None]
        for pool in pools:
            assert pool.stdin is not None  # noqa: S101  see above
            pool.stdin.close()
            pool.wait()
            self._processes.remove(pool)

    def hire_agents(self, count: int, script: Path | None = None, arguments: Sequence[str] | None = None) -> None:
        """Let real agents serve the queue; a script (without, that of chaos), run here first, is the base task."""
        (self.folder / "script.conf").write_text(
            "sdk.development.report_use_subprocess: false\n", encoding="utf-8"
        )
        script = script or Path(__file__).with_name(SCRIPT)
        shutil.copy(script, self.folder)  # outside of any repository
        given = ["--starts", str(self.starts)] if arguments is None else arguments
        command = [sys.executable, script.name, *given]
        environment = self._environment(self.address, "script.conf")
        subprocess.run(command, cwd=self.folder, env=environment, check=True, capture_output=True)
        client = self.client()
        project = client.call("tasks.get_by_id", task=self.base_task)["task"]["project"]
        newest = client.call("tasks.get_all", project=[project], order_by=["-created"], page_size=1, page=0)
        self.base_task = str(newest["tasks"][0]["id"])
        client.close()
        agents = LocalAgents(
            self.address.environment(),
            queue=self.queue_name,
            count=count,
            folder=self.folder / "agents",
            name=f"benchmark-agent-{uuid.uuid4().hex[:6]}",
        )
        agents.start()
        self._ends.callback(agents.stop)

    def restart_server(self) -> None:
        """Kill the server, and start another one on its data and its ports."""
        if self._server.pid is not None:
            os.kill(self._server.pid, signal.SIGKILL)
        self._server.stop()
        self._server.start()

    def control(self, address: ServerAddress, *arguments: str) -> subprocess.Popen[bytes]:
        """Start `clearml-hpo run …` with the server at `address`; what it says goes to `controller.log`."""
        return self.start([sys.executable, "-m", "clearml_hpo_app.cli", "run", *arguments], address)

    def start(self, command: Sequence[str], address: ServerAddress) -> subprocess.Popen[bytes]:
        """Start a controller of any kind in the scene's folder; what it says goes to `controller.log`."""
        with (self.folder / "controller.log").open("ab") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=self._environment(address, "none.conf"),
                start_new_session=True,
            )
        self._processes.append(process)
        return process

    def _environment(self, address: ServerAddress, settings: str) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("CLEARML_")}
        found = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
        places = {
            "CLEARML_CONFIG_FILE": str(self.folder / settings),
            "HOME": str(self.folder),
            "PYTHONPATH": found,
        }
        return {**own, **address.environment(), **places}

    def write_config(self, **settings: Any) -> str:
        """Write a configuration file and return its path."""
        path = self.folder / "search.json"
        known = {
            "base_task_id": self.base_task,
            "objectives": [{"title": "val", "series": "loss", "trend": "min"}],
            "execution_queue": self.queue_name,
            "parameters": [RATE, UNITS],
        }
        path.write_text(json.dumps({**known, **settings}), encoding="utf-8")
        return str(path)

    def _delete_queue(self) -> None:
        client = self.client()
        client.call("queues.delete", queue=self.queue, force=True)
        client.close()

    def last_words(self) -> str:
        """Return the end of what controllers said."""
        path = self.folder / "controller.log"
        return "\n".join(path.read_text("utf-8", "replace").splitlines()[-30:]) if path.exists() else ""

    def __enter__(self) -> "Scene":
        """Have what ends this process, as `timeout` does, end all that the scene has started, too."""
        if threading.current_thread() is threading.main_thread():
            before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
            self._ends.callback(signal.signal, signal.SIGTERM, before)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            if process.stdin is not None:
                process.stdin.close()
            elif process.poll() is None:
                process.kill()
            process.wait()
        self._ends.close()
        self._server.stop()


def _create_base_task(client: Client) -> str:
    values = {"rate": ("0.5", "float"), "units": ("4", "int")}
    items = {
        name: {"section": "Args", "name": name, "value": text, "type": kind}
        for name, (text, kind) in values.items()
    }
    found = client.call("projects.get_all", name="^Benchmarks$")["projects"]
    project = found[0]["id"] if found else client.call("projects.create", name="Benchmarks")["id"]
    task = client.call("tasks.create", name="base", type="training", project=project, hyperparams={"Args": items})[
        "id"
    ]
    client.call("tasks.started", task=task)
    event = {"type": "training_stats_scalar", "metric": "val", "variant": "loss", "iter": 1, "value": 0.5}
    client.call("events.add_batch", **event, task=task)
    client.call("tasks.completed", task=task)
    return str(task)


def _free_port() -> int:
    """Return a port that is free, with those of the pages and the files above it."""
    ports = range(42080, 60000, 100)
    for port in random.sample(ports, len(ports)):  # two scenes that begin at once must not take one port
        try:
            for part in _PARTS:
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port + part))
        except OSError:
            continue
        return port
    raise RuntimeError("A port of this machine must be free, but none was.")
