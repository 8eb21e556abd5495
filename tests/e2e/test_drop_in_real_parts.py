"""A script of the SDK's optimizer on this application, with real agents: by hand, on an agent, aborted."""

import re
import shutil
import subprocess
import sys

import pytest
from stage import SCRIPTS, Stage, status, wait_for

pytestmark = [pytest.mark.xdist_group("e2e"), pytest.mark.timeout(290), pytest.mark.long]


@pytest.fixture(scope="module")
def by_hand(stage: Stage) -> tuple[str, str]:
    """Id of the script's task after it ran by hand, and what it said."""
    base = stage.base_task("types_by_connect.py")
    folder = stage.folder / "by-hand"
    folder.mkdir()
    script = shutil.copy(SCRIPTS / "search_as_before.py", folder)
    command = [sys.executable, script, "--base", base]
    done = subprocess.run(
        command, cwd=folder, env=stage.environment, capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return re.findall(r"^ID (\w+)", done.stdout, re.MULTILINE)[0], done.stdout


def trials(stage: Stage, instance: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = stage.json("show", instance)["trial_rows"]
    return rows


def test_a_script_optimizes_a_real_script(stage: Stage, by_hand: tuple[str, str]) -> None:
    instance, said = by_hand
    rows = trials(stage, instance)
    assert [row["state"] for row in rows] == ["completed"] * 3
    assert said.count("COMPLETED") == 3
    assert f"BEST {stage.json('best', instance)['task_id']}" in said
    assert status(stage, instance) == "completed"


def clone(stage: Stage, instance: str, **settings: str) -> str:
    """Clone the script's task as a person does in the UI, change settings in section HPO, and enqueue it."""
    copy: str = stage.api("tasks.clone", task=instance, new_task_name="a clone")["id"]
    edits = [{"section": "HPO", "name": name, "value": text} for name, text in settings.items()]
    stage.api("tasks.edit_hyper_params", task=copy, hyperparams=edits)
    queue = stage.api("queues.get_all", name="^services$")["queues"][0]["id"]
    stage.api("tasks.enqueue", task=copy, queue=queue)
    return copy


def test_an_agent_runs_a_clone_with_the_settings_that_were_edited_on_it(
    stage: Stage, by_hand: tuple[str, str]
) -> None:
    copy = clone(stage, by_hand[0], total_tasks="1")
    wait_for(lambda: status(stage, copy) == "completed", "the end of the clone", 200)
    assert len(trials(stage, copy)) == 1
    assert len(trials(stage, by_hand[0])) == 3


def test_a_script_that_a_person_aborts_stops_its_trials(stage: Stage, by_hand: tuple[str, str]) -> None:
    slow = stage.api("tasks.clone", task=stage.base_task("types_by_connect.py"), new_task_name="slow")["id"]
    item = {"section": "General", "name": "seconds", "value": "60.0", "type": "float"}
    stage.api("tasks.edit_hyper_params", task=slow, hyperparams=[item])
    copy = clone(stage, by_hand[0], base_task_id=slow, total_tasks="9")
    wait_for(lambda: "running" in {row["state"] for row in trials(stage, copy)}, "a running trial", 120)
    stage.api("tasks.stop", task=copy)
    wait_for(lambda: status(stage, copy) == "stopped", "the end of the script", 120)
    wait_for(
        lambda: {row["state"] for row in trials(stage, copy)} <= {"stopped", "created"}, "its trials' end", 60
    )
