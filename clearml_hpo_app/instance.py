"""An optimisation as seen from outside its controller: launching it, reading it, ending it."""

import json
import logging
import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from clearml_hpo_app import __version__
from clearml_hpo_app.clearml_api import Client, connect, instances, queues, tasks
from clearml_hpo_app.clearml_api.base_task import read_base_task
from clearml_hpo_app.clearml_api.children import Children
from clearml_hpo_app.clearml_api.rows import REASON, TaskRow, read_time
from clearml_hpo_app.clock import Clock, SystemClock
from clearml_hpo_app.config import HpoConfig, to_export
from clearml_hpo_app.config.task_settings import (
    SECTION,
    settings,
    to_configuration_objects,
    to_hyperparameters,
)
from clearml_hpo_app.controller.observe import of_this_run, settle
from clearml_hpo_app.controller.reporting import task_address
from clearml_hpo_app.controller.restore import HEARTBEAT, RUNTIME_RUN, read_instance_config
from clearml_hpo_app.controller.state import newest_attempts
from clearml_hpo_app.errors import ApiError, NotAnInstance, PreflightFailed, RequestRefused
from clearml_hpo_app.launch_script import add_package, controller_script
from clearml_hpo_app.preflight import look
from clearml_hpo_app.snapshot import ENDED_STATUSES, Snapshot
from clearml_hpo_app.trials import Trial

log = logging.getLogger(__name__)

SERVICES_QUEUE = "services"
DEAD_AFTER = timedelta(seconds=90)
"""A controller whose sign of life is older than this is taken for dead (it writes one every 20 s)."""

POLL_SECONDS = 3.0


class HpoInstance:
    """One optimisation on the server, named by the id of its controller task.

    Raises:
        NotAnInstance: There is no such task, or it is none of this application.
        ApiError: The server cannot be reached, or refuses.
    """

    def __init__(self, task_id: str, *, client: Client | None = None) -> None:
        self.client = client or connect()
        self.id = task_id
        raw = tasks.find_task(self.client, task_id)
        if raw is None:
            raise NotAnInstance(f"There must be a task {task_id} on {self.client.api_host}, but there is none.")
        if SECTION not in (raw.get("hyperparams") or {}):
            raise NotAnInstance(
                f"Task {task_id} must be an optimization of this application, but it is {raw.get('name')!r}. "
                "See all with: clearml-hpo list"
            )
        self._raw = raw

    @property
    def name(self) -> str:
        """The job title."""
        return str(self._raw.get("name") or "")

    @property
    def address(self) -> str:
        """Address of the instance's page in the web UI, empty when the web host is not known."""
        return task_address(self.client.web_host, str(self._raw.get("project") or ""), self.id)

    @cached_property
    def config(self) -> HpoConfig:
        """The configuration, as the task's hyperparameters and configuration objects say it."""
        return read_instance_config(self._raw)

    def status(self) -> str:
        """Return the task's status as ClearML has it (`queued`, `in_progress`, `completed`, …)."""
        return self._row().status

    def last_sign(self) -> datetime | None:
        """Return when the controller of the current run last said that it lives, `None` when it never did."""
        return _last_sign(self._row())

    def snapshot(self, children: Children | None = None) -> Snapshot:
        """Return the run as it stands on the server; with `children` kept from look to look, as those tell."""
        row = self._row()
        queue = queues.find_queue(self.client, self.config.execution_queue)
        workers = len(queues.workers_of(self.client, queue.id)) if queue else 0
        return Snapshot(
            config=self.config,
            trials=self._trials(row, children),
            now=self.client.now(),
            elapsed_seconds=float(_heartbeat(row).get("elapsed_seconds", 0.0)),
            workers=workers,
            status=row.status,
            reason=row.properties.get(REASON) or row.status_message,
        )

    def trials(self) -> Sequence[Trial]:
        """Return the latest attempt of every trial, by number."""
        return self._trials(self._row())

    def best(self) -> Trial | None:
        """Return the best trial, `None` while there is none."""
        return self.snapshot().best

    def export(self) -> dict[str, Any]:
        """Return the configuration as an export file's content."""
        return to_export(self.config, __version__)

    def stop(self, reason: str = "stopped by a person") -> None:
        """End the run in order: its controller stops the trials; if there is none at work, this does.

        Also for a run that has ended and left trials behind.
        """
        row = self._row()
        if row.status not in ENDED_STATUSES:
            tasks.stop(self.client, [self.id], reason)
        if row.status != "in_progress" or not self._is_alive(row):
            active = [trial.task_id for trial in self._trials(row) if not trial.state.is_final]
            tasks.stop(self.client, active, "the optimization was stopped")

    def wait(self, timeout_seconds: float | None = None, *, clock: Clock | None = None) -> str:
        """Wait until the run has ended and return its status; `TimeoutError` after `timeout_seconds`."""
        clock = clock or SystemClock()
        deadline = None if timeout_seconds is None else clock.now() + timedelta(seconds=timeout_seconds)
        while (status := self.status()) not in ENDED_STATUSES:
            if deadline is not None and clock.now() >= deadline:
                raise TimeoutError(f"The optimization {self.id} is still {status} after {timeout_seconds} s.")
            clock.wait(POLL_SECONDS)
        return status

    def _row(self) -> TaskRow:
        rows = tasks.get_rows(self.client, [self.id], ())
        if self.id not in rows:
            raise NotAnInstance(f"The task {self.id} was deleted.")
        return rows[self.id]

    def children(self) -> Children:
        """Return what reads the children again and again, for `snapshot`."""
        return Children(self.client, self.id, self.config.objectives)

    def _trials(self, row: TaskRow, children: Children | None = None) -> tuple[Trial, ...]:
        run_id = str(row.runtime.get(RUNTIME_RUN) or "")
        if not run_id:
            return ()
        rows = (children or self.children()).look()
        now = self.client.now()
        found = (settle(trial, self.config, now) for _, trial in of_this_run(rows, run_id, self.config))
        return tuple(trial for _, trial in sorted(newest_attempts(found).items()))

    def _is_alive(self, row: TaskRow) -> bool:
        at = _last_sign(row)
        return not _is_gone(_heartbeat(row)) and at is not None and self.client.now() - at < DEAD_AFTER


def list_instances(client: Client, limit: int = 100) -> list[TaskRow]:
    """Return the newest optimisations on the server, the newest first."""
    return instances.list_instances(client, limit)


def launch(
    config: HpoConfig,
    *,
    queue: str = SERVICES_QUEUE,
    package: str | None = None,
    allow_new_metric: bool = False,
    client: Client | None = None,
) -> HpoInstance:
    """Create an optimisation and enqueue its controller, which an agent then runs.

    Args:
        config: What to optimise.
        queue: Queue for the controller itself; it needs a worker of its own while the run lasts.
        package: What the agent installs (a wheel's address, a git address, an index name); `None` uploads
            the running version with the task.
        allow_new_metric: Accept an objective that the base task never reported.
        client: Connection; the one that `clearml.conf` names unless given.

    Raises:
        PreflightFailed: The server says that the run cannot work; nothing was created.
        ApiError: The server cannot be reached, or refuses.
    """
    client = client or connect()
    for warning in look(client, config, allow_new_metric=allow_new_metric).require().warnings:
        log.warning("%s", warning)
    found = _controller_queue(client, queue, config)
    task_id = create_instance(client, config, script=controller_script(package))
    try:
        if package is None:
            add_package(client, task_id)
        refused = tasks.enqueue(client, [task_id], found.id, "launched by clearml-hpo-app")
        if refused:
            raise RequestRefused("tasks.enqueue_many", f"It could not be enqueued: {refused[task_id]}", 400, 0)
    except ApiError:
        with suppress(ApiError):
            tasks.delete_draft(client, task_id)
        raise
    return HpoInstance(task_id, client=client)


def _controller_queue(client: Client, name: str, config: HpoConfig) -> queues.Queue:
    found = queues.find_queue(client, name)
    if found is None:
        names = ", ".join(queues.queue_names(client)) or "none"
        raise PreflightFailed(
            [
                f"The controller's queue {name!r} must exist, but it does not. There are: {names}. "
                f"Start an agent on it: clearml-agent daemon --queue {name} --create-queue"
            ]
        )
    workers = len(queues.workers_of(client, found.id))
    if workers == 0:
        log.warning("No worker serves the queue %r: the controller will wait for one.", name)
    elif workers == 1 and name == config.execution_queue:
        log.warning(
            "The only worker of the queue %r will run the controller, so no trial can: use another queue.", name
        )
    return found


def create_instance(client: Client, config: HpoConfig, *, script: dict[str, Any] | None = None) -> str:
    """Create the controller task as a draft and return its id."""
    base = read_base_task(client, config.base_task_id)
    destination = config.destination_project
    draft = instances.Draft(
        name=config.title or f"HPO: {base.name}",
        project=instances.ensure_project(client, destination) if destination else base.project,
        comment=f"Optimization of {config.objective.name} ({config.objective.trend}) over {base.name}.",
        hyperparameters={SECTION: _items(config)},
        objects=to_configuration_objects(config),
        script=script or {},
    )
    return instances.create(client, draft)


def _items(config: HpoConfig) -> dict[str, dict[str, str]]:
    texts = to_hyperparameters(config)
    return {
        setting.name: tasks.item(
            SECTION,
            setting.name,
            texts[setting.name],
            kind=setting.type_name,
            description=setting.field.description or "",
        )
        for setting in settings()
    }


def _last_sign(row: TaskRow) -> datetime | None:
    return read_time(_heartbeat(row).get("at"))


def _heartbeat(row: TaskRow) -> dict[str, Any]:
    try:
        beat = json.loads(row.properties.get(HEARTBEAT, "{}"))
    except ValueError:
        return {}
    ours = isinstance(beat, dict) and (beat.get("task"), beat.get("run")) == (row.id, row.runtime.get(RUNTIME_RUN))
    return beat if ours else {}


def _is_gone(beat: dict[str, Any]) -> bool:
    """Whether the controller ran on this host and its process is not there any more."""
    if os.name != "posix" or beat.get("host") != socket.gethostname():
        return False
    try:
        os.kill(int(beat["process"]), 0)
    except ProcessLookupError:
        return True
    except (PermissionError, KeyError, ValueError):
        return False
    return False
