"""Looking before launching, on an embedded server: every finding, and that nothing is changed by looking."""

from collections.abc import Iterator
from typing import Any

import pytest

from clearml_hpo_app import strategies
from clearml_hpo_app.clearml_api import Client, connect_to
from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.errors import PreflightFailed
from clearml_hpo_app.local.server import EmbeddedServer
from clearml_hpo_app.preflight.checks import Preflight, look

LOSS = {"title": "val", "series": "loss", "trend": "min"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Client, str]]:
    """A server with the base task, the served queue `trials` and the queue `nobody`."""
    with EmbeddedServer(tmp_path_factory.mktemp("preflight"), port=0) as address:
        client = connect_to(address.api_host, address.access_key, address.secret_key)
        queue = client.call("queues.create", name="trials")["id"]
        client.call("queues.create", name="nobody")
        client.call("workers.register", worker="agent:0", queues=[queue])
        yield client, base_task(client, "completed")


def base_task(client: Client, ending: str, *series: str) -> str:
    items = {"rate": {"section": "Args", "name": "rate", "value": "0.5", "type": "float"}}
    task = client.call("tasks.create", name="digits", type="training", hyperparams={"Args": items})["id"]
    client.call("tasks.started", task=task)
    for name in series or ("loss", "accuracy"):
        event = {"type": "training_stats_scalar", "metric": "val", "variant": name, "iter": 1, "value": 1.0}
        client.call("events.add_batch", task=task, **event)
    client.call(f"tasks.{ending}", task=task)
    return str(task)


@pytest.fixture
def seen(served: tuple[Client, str]) -> Any:
    client, base = served

    def seen(**changes: Any) -> Preflight:
        settings = {
            "base_task_id": base,
            "objectives": [LOSS],
            "parameters": [{"type": "uniform", "name": "Args/rate", "min": 0.0, "max": 1.0}],
            "execution_queue": "trials",
            "limits": {"total_tasks": 4},
            **changes,
        }
        return look(client, HpoConfig(**settings))

    return seen


def test_a_configuration_that_fits_is_confirmed_point_by_point(seen: Any):
    found = seen()
    assert (found.errors, found.warnings) == ((), ())
    assert found.base is not None
    assert (found.base.name, found.workers, found.space_size) == ("digits", ("agent:0",), None)
    assert [line.partition(":")[0] for line in found.confirmed] == [
        "Base task",
        "Reported",
        "Parameters",
        "Queue",
        "Method",
        "Early stopping",
        "Server",
    ]
    assert found.require() is found


def test_what_auto_would_choose_is_told_with_the_reason(seen: Any):
    finite = [{"type": "discrete", "name": "Args/rate", "values": [0.1, 0.2]}]
    confirmed = seen(method="auto", parameters=finite, limits={"total_tasks": 2}).confirmed
    assert "Method: Grid, since a space of 2 points is tried whole before a model could learn from it" in confirmed
    assert "Early stopping: none, since the trials of a grid are all wanted in full" in confirmed


def test_a_method_whose_library_is_missing_is_worth_a_warning(seen: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(strategies, "find_spec", lambda name: None)
    [warning] = seen(method="gaussian-process").warnings
    assert "clearml-hpo-app[gp]" in warning and "launch" in warning


@pytest.mark.parametrize(
    ("changes", "kind"),
    [({"early_stopping": "asha"}, "asha"), ({"method": "hyperband"}, "hyperband")],
)
def test_a_minimum_of_iterations_that_leaves_no_rung_is_worth_a_warning(
    seen: Any, changes: dict[str, Any], kind: str
):
    found = seen(limits={"total_tasks": 4, "min_iterations": 30, "max_iterations": 50}, **changes)
    [warning] = found.warnings
    assert "min_iterations (30) leaves no rung in a trial of 50 iterations. Lower it" in warning
    assert any(line.startswith(f"Early stopping: {kind}, since ") for line in found.confirmed)


def test_a_base_task_must_exist(seen: Any):
    assert "The base task 0123 must exist on http" in seen(base_task_id="0123").errors[0]


def test_an_objective_must_have_been_reported(seen: Any):
    objective = {**LOSS, "series": "los"}
    [error] = seen(objectives=[objective]).errors
    assert error.startswith("The objective val/los must be a scalar that the base task has reported")
    assert "It reported val/loss." in error
    allowed = seen(objectives=[{**objective, "allow_new_metric": True}])
    doubt = "The base task never reported val/los, so trials may not either. It reported val/loss."
    assert (allowed.errors, allowed.warnings) == ((), (doubt,))


def test_a_parameter_must_be_one_of_the_base_task(seen: Any):
    rows = [{"type": "uniform", "name": "Args/rat", "min": 0.0, "max": 1.0}]
    found = seen(parameters=rows)
    assert any("Args/rat" in line and "Args/rate" in line for line in (*found.errors, *found.warnings))


def test_a_queue_must_exist_and_should_be_served(seen: Any):
    assert (
        "The queue 'trails' must exist, but it does not. Did you mean trials?"
        in seen(execution_queue="trails").errors
    )
    unserved = seen(execution_queue="nobody")
    assert unserved.errors == ()
    assert "No worker serves the queue 'nobody'" in unserved.warnings[0]


@pytest.mark.parametrize(
    ("name", "complaint"), [("a/b", "at least 3 characters"), ("/".join(["abc"] * 11), "levels deep")]
)
def test_a_project_must_be_one_that_the_server_accepts(seen: Any, name: str, complaint: str):
    assert complaint in seen(destination_project=name).errors[0]


def test_a_project_path_with_slashes_is_fine(seen: Any):
    assert seen(destination_project="team/vision/digits").errors == ()


def test_what_limits_nothing_or_too_much_is_worth_a_warning(seen: Any):
    assert "Nothing limits the run" in seen(limits={}).warnings[0]
    few = [{"type": "discrete", "name": "Args/rate", "values": [0.1, 0.2]}]
    found = seen(parameters=few)
    assert found.space_size == 2
    assert "only 2 of 4 trials will run" in found.warnings[0]


def test_a_base_task_that_failed_is_worth_a_warning(seen: Any, served: tuple[Client, str]):
    assert "The base task failed" in seen(base_task_id=base_task(served[0], "failed")).warnings[0]


def test_all_errors_are_listed_at_once(seen: Any):
    found = seen(execution_queue="trails", objectives=[{**LOSS, "title": "x"}], destination_project="ab")
    assert len(found.errors) == 3
    with pytest.raises(PreflightFailed, match="The queue 'trails' must exist") as caught:
        found.require()
    assert caught.value.findings == found.errors


def test_the_duration_follows_from_the_base_tasks_own(seen: Any):
    assert seen().expected_minutes == pytest.approx(4 * 10 / 60, abs=0.1)  # an agent adds 10 s to each
    assert seen(execution_queue="nobody").expected_minutes is None
    assert seen(execution_queue="nobody", limits={"total_minutes": 9}).expected_minutes == 9


def test_looking_changes_nothing(seen: Any, served: tuple[Client, str]):
    client = served[0]
    before = dict(client.calls)
    seen(destination_project="brand/new")
    writes = {name for name, count in client.calls.items() if count != before.get(name, 0)}
    assert {name.rpartition(".")[2] for name in writes} <= {"get_all", "get_by_id"}
