"""An optimisation as a step of a ClearML pipeline: its settings come from the steps before, its best goes on."""

import json
import shutil
import subprocess
import sys

import pytest
from stage import SCRIPTS, Stage, config

from clearml_hpo_app import HpoConfig, HpoInstance, launch
from clearml_hpo_app.clearml_api import connect_to

pytestmark = [pytest.mark.xdist_group("e2e"), pytest.mark.timeout(290), pytest.mark.long]


def test_a_pipeline_optimizes_what_its_first_step_trained(stage: Stage) -> None:
    base = stage.base_task("types_by_connect.py")
    address = stage.address
    client = connect_to(
        address.api_host,
        address.access_key,
        address.secret_key,
        files_host=address.files_host,
        web_host=address.web_host,
    )
    parameters = [{"type": "uniform", "name": "General/rate", "min": 0.1, "max": 0.9}]
    draft = launch(HpoConfig.model_validate(config(base, parameters)), queue=None, client=client)
    assert draft.status() == "created"
    script = shutil.copy(SCRIPTS / "chain_with_search.py", stage.folder)
    done = subprocess.run(
        [sys.executable, script, base, draft.id],
        cwd=stage.folder,
        env=stage.environment,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    seen = json.loads(done.stdout.rsplit("ANSWER", 1)[1].splitlines()[0])
    assert seen["good"] is True
    search = HpoInstance(seen["nodes"]["search"], client=client)
    assert search.id != draft.id
    assert (search.status(), search.config.base_task_id) == ("completed", seen["nodes"]["train"])
    best = search.best()
    assert best is not None
    assert len(search.trials()) == 2
    artifacts = stage.api("tasks.get_by_id", task=seen["nodes"]["read"])["task"]["execution"]["artifacts"]
    (preview,) = [entry["type_data"]["preview"] for entry in artifacts if entry["key"] == "best"]
    assert best.task_id in preview
    assert draft.status() == "created"
