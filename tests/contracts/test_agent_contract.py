"""The unmodified agent runs a task from a queue, end to end."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from api_calls import Api

from clearml_hpo_app.local.server import ServerAddress

_SHOWN = 3000
_SCRIPT = """
import argparse
from clearml import Task
task = Task.init(project_name="Agent contract", task_name="unused", auto_connect_frameworks=False)
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1)
arguments = parser.parse_args()
for step in range(3):
    task.get_logger().report_scalar("val", "loss", arguments.lr * (3 - step), step)
print("trained with", arguments.lr)
"""


def _environment(address: ServerAddress, folder: Path, worker: str) -> dict[str, str]:
    home, configuration = folder / "home", folder / "clearml.conf"
    home.mkdir()
    configuration.write_text(address.clearml_conf() + "agent.package_manager.type: pip\n")
    return {
        **address.environment(),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": "",
        "HOME": str(home),
        "CLEARML_CACHE_DIR": str(folder / "cache"),
        "CLEARML_CONFIG_FILE": str(configuration),
        "CLEARML_WORKER_NAME": worker,
        "CLEARML_WORKER_ID": f"{worker}:0",
        "CLEARML_AGENT_SKIP_PIP_VENV_INSTALL": sys.executable,
        "CLEARML_AGENT_SKIP_PYTHON_ENV_INSTALL": "1",
        "CLEARML_AGENT_NO_UPDATE": "1",
    }


@pytest.mark.long
def test_the_agent_runs_a_queued_task_with_its_parameters(
    api: Api, address: ServerAddress, tmp_path: Path
) -> None:
    script = {
        "repository": "",
        "entry_point": "train.py",
        "working_dir": ".",
        "diff": _SCRIPT,
        "binary": "python3",
    }
    args = {"Args": {"lr": {"section": "Args", "name": "lr", "value": "0.5", "type": "float"}}}
    task = api.task("run by the agent", script={**script, "requirements": {"pip": ""}}, hyperparams=args)
    queue, output = api.name("agent contract"), tmp_path / "agent.log"
    api("tasks.enqueue", task=task, queue_name=queue)
    with output.open("w") as written:
        agent = subprocess.Popen(
            [sys.executable, "-m", "clearml_agent", "daemon", "--queue", queue, "--foreground"],
            cwd=tmp_path,
            env=_environment(address, tmp_path, api.name("contract-agent").replace(" ", "-")),
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + 150
        while api.read(task)["status"] not in ("completed", "failed", "stopped") and time.monotonic() < deadline:
            time.sleep(0.5)
    finally:
        os.killpg(agent.pid, signal.SIGINT)
        try:
            agent.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(agent.pid, signal.SIGKILL)
            agent.wait()
    seen = api.read(task)
    said = output.read_text(errors="replace")[-_SHOWN:]
    assert (seen["status"], seen["last_iteration"]) == ("completed", 2), f"The agent said at its end:\n{said}"
    log = "".join(
        event["msg"] for event in api("events.get_task_log", task=task, batch_size=500, order="asc")["events"]
    )
    assert "trained with 0.5" in log, f"The agent said at its end:\n{said}"


def test_a_report_may_hold_any_numbers_and_tells_what_a_worker_does(api: Api) -> None:
    name, worker = api.name("contract report"), api.name("contract:7")
    queue = api("queues.create", name=name)["id"]
    task = api.task("reported")
    machine = {"cpu_usage": [83.333], "disk_free_home": 79.9, "memory_used": 4553.605}
    told: dict[str, Any] = {"worker": worker, "timestamp": 1, "tags": None}
    api("workers.status_report", **told, task=task, queue=queue, queues=[queue], machine_stats=machine)
    seen = next(row for row in api("workers.get_all")["workers"] if row["id"] == worker)
    assert (seen["task"]["name"], seen["queue"]["name"], seen["tags"]) == ("reported", name, [])
    api("workers.status_report", **told)
    seen = next(row for row in api("workers.get_all")["workers"] if row["id"] == worker)
    assert "task" not in seen and "queue" not in seen and [row["id"] for row in seen["queues"]] == [queue]
    api("workers.unregister", worker=worker)
