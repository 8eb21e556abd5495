"""The demo: a real optimisation of a real training script by real agents, on this machine alone."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Any

from clearml_hpo_app.clearml_api import Client, connect
from clearml_hpo_app.clock import SystemClock
from clearml_hpo_app.config import HpoConfig, Method
from clearml_hpo_app.errors import HpoError, MissingExtra
from clearml_hpo_app.instances.runner import OnTurn, run_here
from clearml_hpo_app.local.agents import LocalAgents
from clearml_hpo_app.local.server import ServerAddress
from clearml_hpo_app.local.server_process import ServerProcess
from clearml_hpo_app.strategies import require_library
from clearml_hpo_app.trials.results import result
from clearml_hpo_app.web.browser import open_browser
from clearml_hpo_app.web.process import PageProcess, at
from clearml_hpo_app.wording import counted

QUEUE = "hpo-demo"
EPOCHS = 60
SCRIPT = "digits_sgd.py"
SETTINGS = "clearml.conf"
TITLE = "Demo: tune a digits classifier"
_SDK_SETTINGS = (
    "sdk.development.report_use_subprocess: false  # or every script waits for ten seconds at its end\n"
)

_LINK_MINUTES = 30 * 24 * 60

Say = Callable[[str], None]


@dataclass(frozen=True)
class DemoOptions:
    """What a person can choose about the demo.

    Attributes:
        trials: Number of trials; workers: number of agents, each with one trial at a time.
        keep: Leave server and agents running.
        web: Open the instance's page in a browser, where there is one.
    """

    method: Method = "bayesian"
    trials: int = 12
    workers: int = 2
    seed: int | None = None
    keep: bool = False
    web: bool = True


def run_demo(options: DemoOptions, on_turn: OnTurn | None = None, say: Say = print) -> dict[str, Any]:
    """Run the demo and return its outcome as JSON values (see `results.result`).

    Raises:
        MissingExtra: The extra `demo`, or that of the method, is not installed; nothing was started then.
        HpoError: Server, agents or the training script did not start.
    """
    _require_extra()
    require_library(options.method)
    folder = Path(tempfile.mkdtemp(prefix="clearml-hpo-demo-"))
    with ExitStack() as stack:
        stack.enter_context(_terminated_like_interrupted())
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        server = ServerProcess(folder / "server", folder / "server.log")
        say("Starting an embedded ClearML server")
        stack.callback(server.stop)
        address = server.start()
        _point_sdk_at(address, folder)
        agents = LocalAgents(
            address.environment(), queue=QUEUE, count=options.workers, folder=folder / "agents", name="demo-agent"
        )
        stack.callback(agents.stop)
        say(f"Starting {options.workers} clearml-agents")
        agents.start()
        say(f"Training once with {SCRIPT}: this task becomes the base task")
        _train_once(folder)
        page = PageProcess({}, folder / "page.log")
        stack.callback(page.stop)
        there = page.start()
        outcome = _optimise(options, page, there, on_turn, say)
        if options.keep:
            _keep(server, agents, page, folder, address, say)
            say(f"The applications page stays up too: {there}")
            stack.pop_all()
        else:
            say("Server and agents are stopped now; with --keep they stay, to look around")
        return outcome


def demo_config(base_task_id: str, options: DemoOptions) -> HpoConfig:
    """Return the configuration that the demo runs; finite for method grid."""
    rate: dict[str, Any] = {"name": "General/learning_rate"}
    if options.method == "grid":
        rate |= {"type": "discrete", "values": [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1]}
    else:
        rate |= {"type": "uniform", "min": 0.0001, "max": 1.0, "scale": "log"}
    return HpoConfig.model_validate(
        {
            "base_task_id": base_task_id,
            "title": TITLE,
            "method": options.method,
            "objectives": [{"title": "validation", "series": "accuracy", "trend": "max"}],
            "execution_queue": QUEUE,
            "parameters": [
                rate,
                {"name": "General/momentum", "type": "uniform", "min": 0.0, "max": 0.95, "step": 0.05},
                {"name": "General/hidden_units", "type": "discrete", "values": [16, 32, 64, 128]},
                {"name": "General/activation", "type": "discrete", "values": ["relu", "tanh", "logistic"]},
            ],
            "max_concurrent_tasks": options.workers,
            "limits": {"total_tasks": options.trials, "top_tasks_to_keep": max(options.trials // 2, 1)},
            "seed": options.seed,
        }
    )


def _optimise(
    options: DemoOptions, page: PageProcess, url: str, on_turn: OnTurn | None, say: Say
) -> dict[str, Any]:
    client = connect()
    config = demo_config(_base_task_id(client), options)

    def show(task_id: str) -> None:
        path = f"/instances/{task_id}"
        say(f"Optimizing with {counted(options.trials, 'trial')}; watch it at {at(url, path)}")
        if options.web:
            open_browser(page.browser_url(url, path))

    controller = run_here(client, config, on_turn=on_turn, on_created=show)
    return result(controller.snapshot(), task_id=controller.task_id, name=TITLE)


def _base_task_id(client: Client) -> str:
    answer = client.call("tasks.get_all", type=["training"], only_fields=["id"], order_by=["-created"])
    return str(answer["tasks"][0]["id"])


def _train_once(folder: Path) -> None:
    """Run the script outside of any repository, so that its text travels with the task."""
    shutil.copy(_script(), folder / SCRIPT)
    log = folder / "training.log"
    with log.open("w", encoding="utf-8") as out:
        command = [sys.executable, SCRIPT, "--epochs", str(EPOCHS)]
        own = {**os.environ, "HOME": str(folder), "TMPDIR": str(folder)}  # what the SDK leaves behind goes with it
        code = subprocess.run(
            command, cwd=folder, env=own, stdout=out, stderr=subprocess.STDOUT, check=False
        ).returncode
    if code != 0:
        tail = "\n".join(log.read_text(encoding="utf-8").splitlines()[-8:])
        raise HpoError(f"The training script must end well, but it ended with exit code {code}:\n{tail}")


def _script() -> Path:
    here = Path(__file__)
    candidates = [here.parent / "examples" / SCRIPT, here.parents[2] / "examples" / SCRIPT]
    return next(path for path in candidates if path.is_file())


def _point_sdk_at(address: ServerAddress, folder: Path) -> None:
    settings = folder / SETTINGS
    settings.touch(mode=0o600)
    settings.write_text(_SDK_SETTINGS, encoding="utf-8")
    os.environ.update({**address.environment(), "CLEARML_CONFIG_FILE": str(settings)})


def _keep(
    server: ServerProcess, agents: LocalAgents, page: PageProcess, folder: Path, address: ServerAddress, say: Say
) -> None:
    pids = " ".join(map(str, [page.pid, *agents.pids]))
    settings = folder / SETTINGS
    settings.write_text(address.clearml_conf() + _SDK_SETTINGS, encoding="utf-8")
    say(f"Server and agents stay up: {_pages(address)}")
    say(f"To use clearml-hpo with them: export CLEARML_CONFIG_FILE={settings}")
    say(f"To stop them: kill {pids}; sleep 5; kill {server.pid}; rm -r {folder}")
    server.leave()
    page.leave()


def _pages(address: ServerAddress) -> str:
    return address.pages(SystemClock().now() + timedelta(minutes=_LINK_MINUTES))


def _require_extra() -> None:
    missing = [name for name in ("sklearn", "uvicorn", "clearml_agent") if find_spec(name) is None]
    if missing:
        raise MissingExtra("The demo", "demo")


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """Let SIGTERM end the demo as Ctrl-C does, so that nothing is left running."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
