"""clearml-agent: what it does with the tasks of a queue, and with one that it is told to execute."""

import sys

import pytest
from bench import Bench

from clearml_hpo_app.local.agent_recipe import AgentRecipe

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("sessions")]


def test_an_agent_runs_fails_and_stops_the_tasks_of_its_queue(bench: Bench) -> None:
    bench.call(sys.executable, bench.place("train.py"))
    (base,) = bench.api("tasks.get_all", name="^a training$", only_fields=["id"])["tasks"]
    trained, failed, stopped = (
        bench.queue_clone(base["id"], "daemon", name, **args)
        for name, args in [("trained", {"lr": "0.5"}), ("failed", {"fail": "3"}), ("stopped", {"seconds": "200"})]
    )
    with bench.agents("daemon") as agents:
        assert bench.end_of(trained)["status"] == "completed"
        assert bench.end_of(failed)["status_reason"] == "worker execution exit code 3"
        bench.wait_for(lambda: bench.task(stopped).get("last_iteration") == 2, "reports of the task")
        (worker,) = bench.api("workers.get_all", last_seen=60)["workers"]
        assert (worker["id"], worker["task"]["id"]) == (agents.workers[0], stopped)
        bench.api("tasks.stop", task=stopped, status_reason="enough")
        assert bench.task(stopped)["status_message"] == "stopping"
        assert bench.end_of(stopped)["status"] == "stopped"
    task = bench.task(trained)
    assert (task["last_worker"], task["last_iteration"]) == ("daemon-1", 2)
    assert "trained with 0.5 by daemon-1" in bench.console(trained)
    (metric,) = task["last_metrics"].values()
    assert [value["value"] for value in metric.values()] == [pytest.approx(2 / 3)]
    assert bench.task(failed)["status"] == "failed"
    assert bench.api("workers.get_all", last_seen=60)["workers"] == []


def test_an_agent_executes_one_task_by_its_id(bench: Bench) -> None:
    bench.call(sys.executable, bench.place("train.py"))
    (base,) = bench.api("tasks.get_all", name="^a training$", order_by=["-created"], page=0, page_size=1)["tasks"]
    clone = bench.clone(base["id"], "executed", lr="0.75")
    recipe = AgentRecipe(bench.address.environment(), sys.executable, clean_environment=False)
    recipe.prepare(bench.folder / "agent")
    environment = recipe.environment("executor", bench.folder / "agent")
    bench.call(sys.executable, "-m", "clearml_agent", "execute", "--id", clone, **environment)
    assert bench.task(clone)["status"] == "completed"
    assert "trained with 0.75" in bench.console(clone)


def test_a_script_goes_on_under_an_agent(bench: Bench) -> None:
    bench.api("queues.create", name="remote")
    task = bench.run("go_remote.py")
    assert bench.task(task)["status"] == "queued"
    with bench.agents("remote"):
        ended = bench.end_of(task)
    assert (ended["status"], ended["last_iteration"]) == ("completed", 1)
    (artifact,) = ended["execution"]["artifacts"]
    assert '"remote": true' in artifact["type_data"]["preview"].replace("'", '"').replace("True", "true")
