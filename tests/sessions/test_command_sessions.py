"""`clearml-task`: a script becomes a task in a queue."""

import pytest
from bench import Bench

pytestmark = pytest.mark.xdist_group("sessions")


def make_task(bench: Bench, *options: str) -> str:
    command = ["clearml-task", "--packages", "clearml", "--project", "sessions/commands", "--name", "by command"]
    bench.call(*command, "--script", bench.place("train.py"), "--skip-repo-detection", *options)
    newest = bench.api("tasks.get_all", name="^by command$", order_by=["-created"], page=0, page_size=1)
    return str(newest["tasks"][0]["id"])


def test_the_task_command_makes_a_draft(bench: Bench) -> None:
    made = bench.task(make_task(bench, "--args", "lr=0.25", "--tags", "made", "--task-type", "testing"))
    assert (made["status"], made["type"], made["tags"]) == ("created", "testing", ["made"])
    assert made["script"]["entry_point"].endswith("train.py")
    assert made["hyperparams"]["Args"]["lr"]["value"] == "0.25"


@pytest.mark.long
def test_what_the_task_command_queues_is_run_by_an_agent(bench: Bench) -> None:
    bench.api("queues.create", name="commands")
    with bench.agents("commands"):
        ended = bench.end_of(make_task(bench, "--args", "lr=0.75", "layers=3", "--queue", "commands"))
    assert ended["status"] == "completed"
    assert "trained with 0.75" in bench.console(ended["id"])
    (metric,) = ended["last_metrics"].values()
    assert [value["value"] for value in metric.values()] == [pytest.approx(0.0625 + 1)]
