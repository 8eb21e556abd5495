"""Creating an optimisation: its controller task, and what an agent needs to run it."""

import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from clearml_hpo_app.clearml_api import Client, connect, instances, queues, tasks
from clearml_hpo_app.clearml_api.base_task import BaseTask, read_base_task
from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.config.task_settings import (
    SECTION,
    from_task,
    setting_text,
    to_configuration_objects,
    to_hyperparameters,
)
from clearml_hpo_app.controller.steering.wishes import wished_text
from clearml_hpo_app.errors import ApiError, HpoError, PreflightFailed, RequestRefused, UsageError
from clearml_hpo_app.instances.instance import HpoInstance
from clearml_hpo_app.instances.launch_script import add_package, controller_script
from clearml_hpo_app.instances.package_spec import require_package
from clearml_hpo_app.instances.setting_items import setting_items
from clearml_hpo_app.preflight.checks import look, no_room
from clearml_hpo_app.wording import agent_command

log = logging.getLogger(__name__)

SERVICES_QUEUE = "services"


def launch(
    config: HpoConfig,
    *,
    queue: str | None = SERVICES_QUEUE,
    package: str | None = None,
    client: Client | None = None,
) -> HpoInstance:
    """Create an optimisation and enqueue its controller, which an agent then runs.

    Without a queue it stays a draft: to be edited in the web UI, or cloned by the step of a pipeline.

    Args:
        config: What to optimise.
        queue: Queue for the controller itself; it needs a worker of its own while the run lasts. `None`: a draft.
        package: What the agent installs (a wheel's address, a git address, an index name); `None` uploads
            the running version with the task.
        client: Connection; the one that `clearml.conf` names unless given.

    Raises:
        UsageError: `config` is no configuration, or no other machine could install `package`.
        PreflightFailed: The server says that the run cannot work; nothing was created.
        ApiError: The server cannot be reached, or refuses.
    """
    require_package(package)
    if not isinstance(config, HpoConfig):
        raise UsageError(
            f"The configuration must be an HpoConfig, but it is a {type(config).__name__}. Make one: "
            "HpoConfig(…), import_config(FILE) or clearml_hpo_app.config.parse_config(TEXT)."
        )
    client = client or connect()
    checked = look(client, config).require()
    for warning in checked.warnings:
        log.warning("%s", warning)
    found = None if queue is None else _controller_queue(client, queue, config)
    task_id = create_draft(client, config, checked.base, script=controller_script(package, config.method))
    try:
        if package is None:
            add_package(client, task_id)
        if found is not None:
            _enqueue(client, task_id, found)
    except ApiError:
        with suppress(ApiError):
            tasks.delete_draft(client, task_id)
        raise
    return HpoInstance(task_id, client=client)


def _enqueue(client: Client, task_id: str, queue: queues.Queue) -> None:
    refused = tasks.enqueue(client, [task_id], queue.id, "launched by clearml-hpo-app")
    if refused:
        raise RequestRefused("tasks.enqueue_many", f"It could not be enqueued: {refused[task_id]}", 400, 0)


def _changed(config: HpoConfig, changes: Mapping[str, object]) -> HpoConfig:
    texts = to_hyperparameters(config)
    for setting, value in changes.items():
        texts[setting] = wished_text(setting, value) if isinstance(value, str) else setting_text(value)
    return from_task(texts, to_configuration_objects(config))


def _name_of_copy(instance: HpoInstance, config: HpoConfig, changed: Mapping[str, object]) -> str:
    return config.title if "title" in changed and config.title else f"Clone of {instance.name}"


def clone(
    instance: HpoInstance, name: str = "", *, changes: Mapping[str, object] | None = None, queue: str | None = None
) -> HpoInstance:
    """Copy an optimisation as the UI does, in whatever state it is; the copy is a fresh run.

    Args:
        instance: What to copy.
        name: Name of the copy, and its title; else the title among `changes`, else "Clone of …".
        changes: Settings of the copy that differ, by flat names (`total_tasks`, `method`), as text, numbers or
            lists; `None` is no limit.
        queue: Queue for its controller; `None` leaves a draft.

    Raises:
        InvalidConfig: The changed settings have violations; nothing was created.
        PreflightFailed: There is no such queue, or no execution queue; nothing was created.
        ApiError: The server refuses.
    """
    client = instance.client
    changed = {**(changes or {}), **({"title": name} if name.strip() else {})}
    config = _changed(instance.config, changed)
    queues.require_queue(client, config.execution_queue, "execution queue")
    found = _controller_queue(client, queue, config) if queue else None
    task_id = instances.clone(client, instance.id, _name_of_copy(instance, config, changed))
    items = [tasks.item(SECTION, setting, text) for setting, text in to_hyperparameters(config).items()]
    tasks.edit_parameters(client, task_id, items)
    if found is not None:
        tasks.enqueue(client, [task_id], found.id, "launched by clearml-hpo-app")
    return HpoInstance(task_id, client=client)


def _controller_queue(client: Client, name: str, config: HpoConfig) -> queues.Queue:
    found = queues.find_queue(client, name)
    if found is None:
        names = ", ".join(queues.queue_names(client)) or "none"
        raise PreflightFailed(
            [
                f"The controller's queue {name!r} must exist, but it does not. There are: {names}. "
                f"Start an agent on it: {agent_command(name, creates_queue=True)}"
            ]
        )
    workers = len(queues.workers_of(client, found.id))
    if workers == 0:
        log.warning("No worker serves the queue %r: the controller will wait for one.", name)
    elif workers == 1 and name == config.execution_queue:
        log.warning("%s", no_room(name))
    return found


def create_instance(client: Client, config: HpoConfig, base: BaseTask | None = None) -> str:
    """Create the controller task of a run in this process, and return its id; agents can run its clones.

    Where the running version cannot be uploaded, the run goes on: only its clones cannot be run by an agent.
    The base task is read where it is not given.
    """
    task_id = create_draft(client, config, base, script=controller_script(None, config.method))
    try:
        add_package(client, task_id)
    except HpoError as error:
        log.warning("Agents will not be able to run a clone of this optimization. %s", error)
    return task_id


def create_draft(
    client: Client, config: HpoConfig, base: BaseTask | None = None, *, script: dict[str, Any] | None = None
) -> str:
    """Create the controller task as a draft and return its id; the base task is read where it is not given."""
    base = base or read_base_task(client, config.base_task_id)
    destination = config.destination_project
    draft = instances.Draft(
        name=config.title or f"HPO: {base.name}",
        project=instances.ensure_project(client, destination) if destination else base.project,
        comment=f"Optimization of {config.objective.name} ({config.objective.trend}) over {base.name}.",
        hyperparameters=setting_items(to_hyperparameters(config)),
        objects=to_configuration_objects(config),
        script=script or {},
    )
    return instances.create(client, draft)
