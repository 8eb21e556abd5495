"""A controller that cannot begin says all that is wrong on its task, not only what it met first."""

import pytest
from simulation import LOSS, RATE, World, properties

from clearml_hpo_app.config.task_settings import SECTION
from clearml_hpo_app.errors import PreflightFailed, UsageError
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
