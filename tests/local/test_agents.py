"""Local agents: how they are started, told what they need, and ended for certain.

A short script stands for the agent in all but the last tests, which run the real clearml-agent against the
embedded server.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from clearml_hpo_app.errors import HpoError
from clearml_hpo_app.local.agents import LocalAgents
from clearml_hpo_app.local.server import EmbeddedServer, ServerAddress

ACCESS_KEY, SECRET_KEY = "ACCESS-KEY-OF-THE-TEST", "SECRET-KEY-OF-THE-TEST"
SERVER = {
    "CLEARML_API_HOST": "http://127.0.0.1:1",
    "CLEARML_WEB_HOST": "http://127.0.0.1:2",
    "CLEARML_FILES_HOST": "http://127.0.0.1:3",
    "CLEARML_API_ACCESS_KEY": ACCESS_KEY,
    "CLEARML_API_SECRET_KEY": SECRET_KEY,
}
LISTENS = "import time; print('Listening to queues', flush=True); time.sleep(600)"


def agents(folder: Path, script: str, *, count: int = 1, clean_environment: bool = False) -> LocalAgents:
    command = [sys.executable, "-c", script]
    return LocalAgents(
        SERVER, queue="trials", count=count, folder=folder, clean_environment=clean_environment, agent=command
    )


def wait_for(path: Path) -> str:
    deadline = time.monotonic() + 20
    while not path.exists() or not path.read_text():
        assert time.monotonic() < deadline, f"{path} was not written"
        time.sleep(0.05)
    return path.read_text()


def wait_for_workers(address: ServerAddress) -> list[dict[str, Any]]:
    """The registered workers once there are some: an agent says that it listens just before it registers."""
    deadline = time.monotonic() + 20
    while not (workers := call(address, "workers.get_all", last_seen=60)["workers"]):
        assert time.monotonic() < deadline, "no worker registered"
        time.sleep(0.05)
    return list(workers)


def is_running(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def told_environment(folder: Path, *, clean_environment: bool = False) -> dict[str, str]:
    with agents(folder, LISTENS, clean_environment=clean_environment) as group:
        return dict(psutil.Process(group.pids[0]).environ())


def test_each_agent_is_a_process_group_with_a_folder_of_its_own(tmp_path: Path) -> None:
    with agents(tmp_path, LISTENS, count=2) as group:
        assert group.workers == ("local-1", "local-2")
        assert [os.getpgid(pid) for pid in group.pids] == list(group.pids)
        assert [psutil.Process(pid).cwd() for pid in group.pids] == [
            str(tmp_path / "local-1"),
            str(tmp_path / "local-2"),
        ]
        assert "Listening" in group.log_path(1).read_text()


def test_leaving_the_context_ends_all_agents(tmp_path: Path) -> None:
    with agents(tmp_path, LISTENS, count=2) as group:
        pids = group.pids
    assert not any(is_running(pid) for pid in pids)
    assert group.pids == ()


def test_stopping_twice_and_before_starting_is_harmless(tmp_path: Path) -> None:
    group = agents(tmp_path, LISTENS)
    group.stop()
    group.start()
    group.stop()
    group.stop()


def test_an_agent_that_ignores_the_request_to_end_is_killed(tmp_path: Path) -> None:
    group = agents(tmp_path, f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {LISTENS}")
    group.start()
    (pid,) = group.pids
    group.stop(grace_seconds=0.2)
    assert not is_running(pid)


@pytest.mark.parametrize("orphan", [False, True], ids=["below its agent", "left by an agent that was killed"])
def test_a_task_process_in_a_session_of_its_own_is_ended_too(tmp_path: Path, orphan: bool) -> None:
    pid_file = tmp_path / "task.pid"
    group = agents(
        tmp_path / "agents",
        "import subprocess, sys\n"
        "task = subprocess.Popen([sys.executable, '-c', 'import signal, time\\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\\ntime.sleep(600)'], start_new_session=True)\n"
        f"open({str(pid_file)!r}, 'w').write(str(task.pid))\n"
        f"{LISTENS}",
    )
    group.start()
    task = int(wait_for(pid_file))
    if orphan:
        psutil.Process(group.pids[0]).kill()
    group.stop(grace_seconds=2)
    assert not is_running(task)


def test_a_process_that_the_agents_did_not_start_is_left_alone(tmp_path: Path) -> None:
    with psutil.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as stranger:
        with agents(tmp_path, LISTENS):
            pass
        assert is_running(stranger.pid)
        stranger.kill()


def test_an_agent_that_dies_at_start_says_the_end_of_its_log_without_credentials(tmp_path: Path) -> None:
    script = (
        "import json, os, sys; told = json.load(open(os.environ['CLEARML_CONFIG_FILE']))\n"
        "sys.exit('no server for ' + told['api']['credentials']['secret_key'])"
    )
    group = agents(tmp_path, script)
    with pytest.raises(
        HpoError, match=r"local-1 must start .* exit code 1[\s\S]*no server for \*\*\*\*"
    ) as raised:
        group.start()
    assert SECRET_KEY not in str(raised.value)
    assert group.pids == ()


def test_one_agent_that_dies_at_start_ends_the_others(tmp_path: Path) -> None:
    script = f"import os, sys\nif os.environ['CLEARML_WORKER_ID'] == 'local-2': sys.exit(3)\n{LISTENS}"
    group = agents(tmp_path, script, count=2)
    with pytest.raises(HpoError, match=r"local-2 must start .* exit code 3"):
        group.start()
    marked = [process for process in psutil.process_iter() if str(tmp_path) in cwd_of(process)]
    assert marked == []


def cwd_of(process: psutil.Process) -> str:
    try:
        return str(process.cwd())
    except psutil.Error:
        return ""


def test_credentials_are_in_a_private_file_and_nowhere_else(tmp_path: Path) -> None:
    configuration = tmp_path / "local-1" / "clearml.conf"
    with agents(tmp_path, LISTENS) as group:
        agent = psutil.Process(group.pids[0])
        shown = " ".join([*agent.cmdline(), *agent.environ().values(), repr(group)])
        written = json.loads(configuration.read_text())["api"]["credentials"]
        modes = [configuration.stat().st_mode & 0o777, configuration.parent.stat().st_mode & 0o777]
    assert written == {"access_key": ACCESS_KEY, "secret_key": SECRET_KEY}
    assert modes == [0o600, 0o700]
    assert SECRET_KEY not in shown
    assert ACCESS_KEY not in shown
    assert not configuration.exists()


def test_an_agent_serves_the_named_queue_in_the_foreground(tmp_path: Path) -> None:
    with agents(tmp_path, LISTENS) as group:
        command = psutil.Process(group.pids[0]).cmdline()
    assert command[-5:] == ["daemon", "--queue", "trials", "--create-queue", "--foreground"]


def test_tasks_run_on_the_given_interpreter_by_default(tmp_path: Path) -> None:
    environment = told_environment(tmp_path)
    assert environment["CLEARML_AGENT_SKIP_PIP_VENV_INSTALL"] == sys.executable
    assert environment["PATH"].startswith(str(Path(sys.executable).parent))


def test_a_clean_environment_is_built_by_the_agent(tmp_path: Path) -> None:
    environment = told_environment(tmp_path, clean_environment=True)
    assert not [name for name in environment if name.startswith("CLEARML_AGENT_SKIP")]


def test_settings_of_the_user_do_not_reach_the_agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The environment of this process is the input here, and there is no other way to give it.
    monkeypatch.setenv("CLEARML_TASK_ID", "the-users-own")
    environment = told_environment(tmp_path)
    assert "CLEARML_TASK_ID" not in environment
    assert environment["HOME"] == str(tmp_path / "local-1")


def call(address: ServerAddress, operation: str, **body: Any) -> dict[str, Any]:
    answer = requests.post(
        f"{address.api_host}/{operation}", json=body, auth=(address.access_key, address.secret_key), timeout=20
    )
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["data"])


def enqueue_script(address: ServerAddress, text: str) -> str:
    task = call(
        address,
        "tasks.create",
        name="A script",
        type="training",
        script={"binary": "python", "entry_point": "script.py", "working_dir": ".", "diff": text},
    )["id"]
    call(address, "tasks.enqueue", task=task, queue_name="trials")
    return str(task)


def wait_for_task(
    address: ServerAddress, task: str, is_reached: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while not is_reached(found := call(address, "tasks.get_by_id", task=task)["task"]):
        assert time.monotonic() < deadline, found
        time.sleep(0.1)
    return dict(found)


def test_a_real_agent_runs_a_script_without_repository_and_shows_no_credentials(tmp_path: Path) -> None:
    with EmbeddedServer(tmp_path / "data", port=0) as address:
        with LocalAgents(address.environment(), queue="trials", count=1, folder=tmp_path) as group:
            assert [worker["id"] for worker in wait_for_workers(address)] == list(group.workers)
            task = enqueue_script(address, "import sys\nprint('runs on', sys.executable)\n")
            ended = wait_for_task(address, task, lambda found: found["status"] in ("completed", "failed"))
            events = call(address, "events.get_task_log", task=task, batch_size=1000)["events"]
            log = "\n".join(event["msg"] for event in events)
            assert ended["status"] == "completed", log
            assert f"runs on {sys.executable}" in log
            shown = log + group.log_path(0).read_text()
        assert call(address, "workers.get_all", last_seen=60)["workers"] == []
    assert address.access_key not in shown
    assert address.secret_key not in shown


def test_stopping_a_real_agent_stops_its_task_and_the_tasks_process(tmp_path: Path) -> None:
    pid_file = tmp_path / "script.pid"
    script = f"import os, time\nopen({str(pid_file)!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)\n"
    with EmbeddedServer(tmp_path / "data", port=0) as address:
        with LocalAgents(address.environment(), queue="trials", count=1, folder=tmp_path):
            task = enqueue_script(address, script)
            process = int(wait_for(pid_file))
        assert not is_running(process)
        ended = wait_for_task(address, task, lambda found: found["status"] != "in_progress")
    assert (ended["status"], ended["status_reason"]) == ("stopped", "user abort")
