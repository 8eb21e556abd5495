"""The script's own task as an instance: which task that is, and the settings on it."""

from clearml import Task

from clearml_hpo_app.clearml_api import Client, instances
from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.config.task_settings import (
    SECTION,
    from_task,
    to_configuration_objects,
    to_hyperparameters,
)
from clearml_hpo_app.instances.instance import HpoInstance
from clearml_hpo_app.instances.setting_items import setting_items


def script_task(given: bool | Task, *, always: bool, base_task_id: str) -> Task | None:
    """Return the task that becomes the instance, `None` for one of its own; arguments as in the SDK.

    Args:
        given: A task; or whether the current one is meant.
        always: Whether one is made where there is none.
        base_task_id: In whose project it is made.
    """
    if isinstance(given, Task):
        return given
    task = Task.current_task() if given else None
    if task is None and given and always:
        base = Task.get_task(task_id=base_task_id)
        name = f"Optimizing: {base.name}"
        task = Task.init(base.get_project_name(), name, task_type=Task.TaskTypes.optimizer)
    return task


def connected(client: Client, task: Task, config: HpoConfig) -> HpoConfig:
    """Write the settings on the task; where an agent runs it, return those that people have edited there."""
    if not Task.running_locally() and SECTION in (task.data.hyperparams or {}):
        return HpoInstance(task.id, client=client).config
    write(client, task, config)
    return config


def write(client: Client, task: Task, config: HpoConfig) -> None:
    """Write the settings on the task, which may run."""
    items = setting_items(to_hyperparameters(config))[SECTION].values()
    instances.adopt(client, task.id, list(items), to_configuration_objects(config), ["optimization"])


def changed(config: HpoConfig, **settings: object) -> HpoConfig:
    """Return `config` with other settings, by their flat names; `None` empties one."""
    texts = {name: "" if value is None else str(value) for name, value in settings.items()}
    return from_task({**to_hyperparameters(config), **texts}, to_configuration_objects(config))
