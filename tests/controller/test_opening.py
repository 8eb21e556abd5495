"""A controller that cannot begin says all that is wrong on its task, not only what it met first."""

from typing import Any

import pytest
from simulation import LOSS, RATE, World, properties

from clearml_hpo_app.config.task_settings import SECTION
from clearml_hpo_app.errors import InvalidConfig, PreflightFailed, UsageError
from clearml_hpo_app.instances.instance import HpoInstance
from clearml_hpo_app.instances.launching import create_draft, launch
from clearml_hpo_app.instances.runner import start_here


def test_a_clone_with_several_faults_fails_with_all_of_them(world: World):
    draft = create_draft(world.client, world.config())
    wrong = {"execution_queue": "nonexistent", "destination_project": "a/b"}
    rows = [{"section": SECTION, "name": name, "value": text} for name, text in wrong.items()]
    world.api("tasks.edit_hyper_params", task=draft, hyperparams=rows)

    with pytest.raises(PreflightFailed) as refused:
        start_here(world.client, draft)

    task = world.api.task(draft)
    assert task["status"] == "failed"
    for told in (str(refused.value), task["status_message"], properties(task)["reason"]):
        assert "The queue 'nonexistent' must exist" in told
        assert "Every part of the destination project must have at least 3 characters" in told


def test_a_clone_that_fails_for_a_bad_setting_shows_no_answers_of_the_run_that_it_was_copied_from(world: World):
    first = world.begin(limits={"total_tasks": 2})
    wish = [{"section": "properties", "name": "hpo_want", "value": "paused"}]
    world.api("tasks.edit_hyper_params", task=first.task_id, hyperparams=wish)
    for _, _turn in zip(range(3), first.run(), strict=False):
        world.clock.wait(1.0)
    clone = world.api("tasks.clone", task=first.task_id, new_task_name="again", new_task_comment="")["id"]
    assert "hpo_answer" in properties(world.api.task(clone))
    wrong = [{"section": SECTION, "name": "method", "value": "gird"}]
    world.api("tasks.edit_hyper_params", task=clone, hyperparams=wrong)
    with pytest.raises(InvalidConfig):
        start_here(world.client, clone)
    assert set(properties(world.api.task(clone))) == {"reason"}


MISSPELT: dict[str, Any] = {**RATE, "name": "Args/rat"}
NEW_LOSS: dict[str, Any] = {**LOSS, "series": "los"}


def test_a_run_whose_names_the_base_task_does_not_have_tries_nothing(world: World):
    draft = create_draft(world.client, world.config(parameters=[MISSPELT], objectives=[NEW_LOSS]))
    with pytest.raises(PreflightFailed):
        start_here(world.client, draft)
    reason = properties(world.api.task(draft))["reason"]
    assert "The objective val/los must be a scalar that the base task has reported" in reason
    assert "Args/rat" in reason and "Args/rate" in reason
    assert world.trials(draft) == []


def test_what_is_said_to_be_new_is_tried(world: World):
    new = {
        "parameters": [{**MISSPELT, "allow_new": True}],
        "objectives": [{**NEW_LOSS, "allow_new_metric": True}],
    }
    assert world.begin(**new).state.config.objective.name == "val/los"


def test_a_base_task_that_never_ran_may_report_anything_yet(world: World):
    row = {"section": "Args", "name": "rate", "value": "0.5", "type": "float"}
    base = world.api("tasks.create", name="new", type="training", hyperparams={"Args": {"rate": row}})["id"]
    controller = world.begin(base_task_id=base, parameters=[RATE], objectives=[NEW_LOSS])
    assert controller.state.config.objective.name == "val/los"


def test_a_run_that_is_carried_on_is_not_held_against_its_base_task_again(world: World):
    begun = world.begin(limits={"total_tasks": 2})
    row = {"section": "Args", "name": "other", "value": "0.5"}
    world.api("tasks.edit", task=world.base_task, hyperparams={"Args": {"other": row}}, force=True)
    assert world.open(begun.task_id).state.config == begun.state.config


@pytest.mark.parametrize("given", [{"base_task_id": "x"}, "hpo.yaml", None])
def test_what_is_no_configuration_is_not_launched(world: World, given: object):
    with pytest.raises(UsageError, match="must be an HpoConfig") as refused:
        launch(given, client=world.client)  # type: ignore[arg-type]
    assert type(given).__name__ in str(refused.value)


def test_a_copy_takes_settings_as_values_or_as_texts(world: World):
    controller = world.begin(objectives=[LOSS], parameters=[RATE], limits={"total_tasks": 9, "total_minutes": 5})
    changes = {"total_tasks": 3, "total_minutes": None, "max_concurrent_tasks": "4"}
    copy = HpoInstance(controller.task_id, client=world.client).clone(changes=changes)
    limits = copy.config.limits
    assert (limits.total_tasks, limits.total_minutes, copy.config.max_concurrent_tasks) == (3, None, 4)
    unlimited = copy.clone(changes={"total_tasks": "none", "early_stopping": "none"}).config
    assert (unlimited.limits.total_tasks, unlimited.early_stopping) == (None, "none")


def test_a_launch_reads_its_base_task_once(world: World):
    before = world.client.calls["tasks.get_by_id"]
    launched = launch(world.config(), queue=None, client=world.client)
    assert launched.config.base_task_id == world.base_task
    assert world.client.calls["tasks.get_by_id"] - before == len({world.base_task, launched.id})


def test_what_a_run_chose_and_why_is_seen_from_outside_too(world: World):
    controller = world.begin(method="auto", early_stopping="auto")
    seen = HpoInstance(controller.task_id, client=world.client).snapshot().choices
    assert seen == controller.snapshot().choices
    assert [choice.partition(":")[0] for choice in seen] == ["method", "early stopping"]


def test_a_clone_warns_where_the_only_worker_would_run_its_controller(
    world: World, caplog: pytest.LogCaptureFixture
):
    world.api("workers.register", worker=f"{world.queue}:0", queues=[world.queue_id])
    first = HpoInstance(create_draft(world.client, world.config()), client=world.client)
    first.clone(queue=world.queue)
    assert f"The only worker of the queue '{world.queue}' would run the controller" in caplog.text
