"""A script that was written for the SDK's optimizer, run by this application through `compat`."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cli_server import Api, QuickWorker
from shell import Shell

from clearml_hpo_app.local.server import ServerAddress

pytestmark = pytest.mark.xdist_group("cli-runs")

EXAMPLE = Path(__file__).parent / "scripts" / "official_example.py"
SETTINGS = "sdk.development.report_use_subprocess: false\n"


def run_script(shell: Shell, text: str, *arguments: str) -> str:
    script = shell.folder / "search.py"
    script.write_text(text, encoding="utf-8")
    (shell.folder / "sdk.conf").write_text(SETTINGS, encoding="utf-8")
    environment = {**shell.environment, "CLEARML_CONFIG_FILE": str(shell.folder / "sdk.conf")}
    done = subprocess.run(
        [sys.executable, script, *arguments],
        env=environment,
        cwd=shell.folder,
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def words(said: str, mark: str) -> list[str]:
    (line,) = re.findall(rf"^{mark}( .*)?$", said, re.MULTILINE)
    return str(line).split()


@pytest.fixture(scope="module")
def said(address: ServerAddress, base_task: str, api: Api, tmp_path_factory: pytest.TempPathFactory) -> str:
    shell = Shell(address, tmp_path_factory.mktemp("drop-in"))
    with QuickWorker(Api(address), "trials"):
        return run_script(shell, EXAMPLE.read_text(encoding="utf-8"), base_task)


def test_the_official_example_runs_with_one_changed_import(said: str, api: Api) -> None:
    task = api("tasks.get_by_id", task=words(said, "ID")[0])["task"]
    trials = api("tasks.get_all", parent=[task["id"]], search_hidden=True)["tasks"]
    assert [trial["status"] for trial in trials] == ["completed"] * 4
    assert {trial["hyperparams"]["Args"]["epochs"]["value"] for trial in trials} == {"30"}
    assert said.count("Job completed!") == 4
    assert "WOOT WOOT" in said
    by_value = sorted(trials, key=lambda trial: -accuracy(trial))
    assert words(said, "TOP") == [trial["id"] for trial in by_value[:3]]
    assert words(said, "DETAILS") == [f"{trial['id']}={accuracy(trial)}" for trial in by_value[:2]]
    assert words(said, "OPTIMIZER") == [by_value[0]["id"]]
    assert words(said, "PARAMETERS") == ["Args/epochs", "Args/lr", "General/mode"]
    assert words(said, "ALL") == ["val/accuracy", "val/loss"]
    assert words(said, "LEFT") == ["0", "False"]


def test_the_scripts_own_task_is_the_instance_and_ends_with_the_script(said: str, api: Api, shell: Shell) -> None:
    task = api("tasks.get_by_id", task=words(said, "ID")[0])["task"]
    assert task["status"] == "completed"
    assert {"clearml-hpo-app", "optimization"} <= set(task["tags"])
    assert "General" in task["hyperparams"]
    plots = api("events.get_task_plots", task=task["id"])["plots"]
    assert "Summary" in {plot["metric"] for plot in plots}
    assert {"trials", "best"} <= {artifact["key"] for artifact in task["execution"]["artifacts"]}
    exported = shell("export", task["id"]).stdout
    assert '"total_tasks": 4' in exported
    assert re.search(r'"total_minutes": 90\.\d+', exported)  # set while it went on, from then on


def accuracy(trial: dict[str, Any]) -> float:
    (value,) = [
        series["value"]
        for by_series in trial["last_metrics"].values()
        for series in by_series.values()
        if (series["metric"], series["variant"]) == ("val", "accuracy")
    ]
    return float(value)


STOPPED = """
import sys
from clearml_hpo_app.compat import DiscreteParameterRange, GridSearch, HyperParameterOptimizer
optimizer = HyperParameterOptimizer(
    sys.argv[1], [DiscreteParameterRange("Args/lr", [0.1, 0.2, 0.3])], "val", "loss", "min",
    optimizer_class=GridSearch, execution_queue="nobody", max_number_of_concurrent_tasks=2,
)
optimizer.start()
while optimizer.get_num_active_experiments() < 2:
    optimizer.wait(timeout=0.01)
optimizer.stop()
print("ID", optimizer.instance.id, optimizer.is_active())
"""


def test_without_a_task_of_its_own_an_instance_is_made_and_stop_ends_it(
    address: ServerAddress, base_task: str, api: Api, shell: Shell
) -> None:
    instance, active = words(run_script(shell, STOPPED, base_task), "ID")
    task = api("tasks.get_by_id", task=instance)["task"]
    assert (task["status"], active) == ("stopped", "False")
    assert task["hyperparams"]["properties"]["reason"]["value"] == "The optimization was stopped by its script."
    trials = api("tasks.get_all", parent=[instance], search_hidden=True)["tasks"]
    assert {trial["status"] for trial in trials} <= {"created", "stopped"}


REFUSED = """
import sys
from clearml_hpo_app.compat import DiscreteParameterRange, HyperParameterOptimizer
optimizer = HyperParameterOptimizer(
    sys.argv[1], [DiscreteParameterRange("Args/learning", [0.1, 0.2])], "val", "loss", execution_queue="nobody"
)
try:
    optimizer.start()
except Exception as error:
    print("REFUSED", type(error).__name__, error)
"""


def test_a_parameter_that_the_base_task_does_not_have_is_refused_rather_than_ignored(
    base_task: str, api: Api, shell: Shell
) -> None:
    before = api.count_tasks()
    said = run_script(shell, REFUSED, base_task)
    assert "REFUSED PreflightFailed The parameter Args/learning must be one that the base task connected" in said
    assert api.count_tasks() == before


HERE = """
import sys
from clearml_hpo_app.compat import HyperParameterOptimizer, RandomSearch, UniformParameterRange
optimizer = HyperParameterOptimizer(
    sys.argv[1], [UniformParameterRange("General/rate", 0.1, 0.9)], "loss", "validation", "min",
    optimizer_class=RandomSearch, max_number_of_concurrent_tasks=2, total_max_jobs=2,
)
optimizer.start_locally()
print("ENDED", optimizer.wait(timeout=4))
print("ID", optimizer.instance.id, optimizer.instance.config.execution_queue)
optimizer.stop()
"""


@pytest.mark.long
def test_trials_run_on_this_machine_when_asked_to(api: Api, shell: Shell) -> None:
    source = Path(__file__).parents[1] / "e2e" / "scripts" / "types_by_connect.py"
    shutil.copy(source, shell.folder)
    environment = {**shell.environment, "PYTHONWARNINGS": "default"}
    subprocess.run([sys.executable, source.name], env=environment, cwd=shell.folder, check=True, timeout=90)
    (written,) = shell.folder.glob("*.json")
    said = run_script(shell, HERE, written.stem)
    assert words(said, "ENDED") == ["True"]
    instance, queue = words(said, "ID")
    trials = api("tasks.get_all", parent=[instance], search_hidden=True)["tasks"]
    assert [trial["status"] for trial in trials] == ["completed"] * 2
    assert {trial["last_worker"] for trial in trials} <= {f"{queue}-1", f"{queue}-2"}
    assert api("queues.get_all", name=f"^{queue}$")["queues"] == []
