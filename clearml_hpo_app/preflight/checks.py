"""Looking before launching: what the server can tell about a configuration, without changing anything."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from clearml_hpo_app.clearml_api import queues
from clearml_hpo_app.clearml_api.base_task import BaseTask, find_base_task
from clearml_hpo_app.clearml_api.client import Client
from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.controller.search_plan import SearchPlan, choose_plan
from clearml_hpo_app.errors import MissingExtra, PreflightFailed
from clearml_hpo_app.preflight.base_check import look_at_base
from clearml_hpo_app.preflight.project_check import project_findings
from clearml_hpo_app.strategies import require_library
from clearml_hpo_app.violations import closest
from clearml_hpo_app.wording import agent_command

OLDEST_API = (2, 23)
AGENT_SECONDS = 10.0
"""What an agent adds around each trial: picking it up, starting the script, noticing its end."""


@dataclass(frozen=True)
class Preflight:
    """What a look at the server showed.

    Attributes:
        errors: Sentences; with one of them the run cannot work.
        warnings: Sentences; the run works, perhaps not as wanted.
        confirmed: What was looked at and is as it must be, each beginning with its subject (`Queue: …`).
        base: The base task as it was read, `None` when it does not exist.
        workers: Names of the workers that serve the queue.
        free_workers: How many of them are left for trials: the controller may take one.
        space_size: Number of points of the search space, `None` when it is continuous.
        expected_minutes: From the base task's own run time, the limits and the workers; `None` when unknown.
        choices: What `auto` chose of methods and of early stopping, or what was given, each with its reason.
    """

    errors: tuple[str, ...]
    warnings: tuple[str, ...]
    base: BaseTask | None = None
    workers: tuple[str, ...] = ()
    free_workers: int = 0
    space_size: int | None = None
    expected_minutes: float | None = None
    confirmed: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()

    def require(self) -> "Preflight":
        """Return itself.

        Raises:
            PreflightFailed: There are errors; all of them are listed.
        """
        if self.errors:
            raise PreflightFailed(self.errors)
        return self


def look(client: Client, config: HpoConfig, *, lenient: bool = False, controller_queue: str = "") -> Preflight:
    """Look at the server and return everything that was found, errors first.

    Args:
        client: Connection to the server.
        config: What is to be run.
        lenient: Whether a base task that never reported anything may report anything yet.
        controller_queue: Where an agent takes the controller from; empty where none does.
    """
    errors: list[str] = []
    warnings: list[str] = []
    confirmed: list[str] = []
    base = find_base_task(client, config.base_task_id)
    if base is None:
        errors.append(f"The base task {config.base_task_id} must exist on {client.api_host}, but it does not.")
    else:
        _look_at_base(base, config, errors, warnings, confirmed, lenient=lenient)
    workers = _look_at_queue(client, config.execution_queue, errors, warnings, confirmed)
    free = len(workers)
    if workers and controller_queue == config.execution_queue:
        free -= 1
        warnings += [no_room(controller_queue)] if not free else []
    if config.destination_project:
        errors += project_findings(config.destination_project)
    errors += _version_findings(client)
    plan = _plan(base, config)
    choices = tuple(plan.sentences())
    confirmed += [sentence[0].upper() + sentence[1:] for sentence in choices]
    confirmed.append(f"Server: {client.api_host}, API {'.'.join(map(str, client.api_version))}")
    return Preflight(
        errors=tuple(errors),
        warnings=(*warnings, *_method_warnings(config), *_stopping_warnings(plan), *_limit_warnings(config)),
        base=base,
        workers=workers,
        free_workers=free,
        space_size=config.space.size,
        expected_minutes=_expected_minutes(base, config, free) if base else None,
        confirmed=tuple(confirmed),
        choices=choices,
    )


def _plan(base: BaseTask | None, config: HpoConfig) -> SearchPlan:
    """Return what a controller in this environment would choose."""
    return choose_plan(config, base.run_seconds if base else None, base.iterations if base else None)


def _look_at_base(
    base: BaseTask,
    config: HpoConfig,
    errors: list[str],
    warnings: list[str],
    confirmed: list[str],
    *,
    lenient: bool,
) -> None:
    confirmed.append(f"Base task: {base.name} ({base.status})")
    if base.status == "failed":
        warnings.append("The base task failed when it ran: trials may fail the same way.")
    found = look_at_base(base, config, lenient=lenient)
    errors += [*found.metrics, *found.parameters]
    warnings += found.doubts
    if found.reported:
        confirmed.append(f"Reported: {', '.join(found.reported)}")
    if not found.parameters:
        confirmed.append(f"Parameters: {', '.join(parameter.name for parameter in config.parameters)}")


def _version_findings(client: Client) -> Iterator[str]:
    if client.api_version < OLDEST_API:
        found, needed = (".".join(map(str, version)) for version in (client.api_version, OLDEST_API))
        yield f"The server's API must be at least {needed}, but it is {found}. Update the ClearML server."


def _look_at_queue(
    client: Client, name: str, errors: list[str], warnings: list[str], confirmed: list[str]
) -> tuple[str, ...]:
    queue = queues.find_queue(client, name)
    if queue is None:
        near = closest(name, queues.queue_names(client))
        hint = (
            f"Did you mean {' or '.join(near)}?" if near else "Create it in the web UI, or start an agent on it."
        )
        errors.append(f"The queue {name!r} must exist, but it does not. {hint}")
        return ()
    workers = tuple(queues.workers_of(client, queue.id))
    if workers:
        confirmed.append(f"Queue: {name}, served by {', '.join(workers)}")
    else:
        warnings.append(f"No worker serves the queue {name!r}: trials will wait. Start one: {agent_command(name)}")
    return workers


def no_room(queue: str) -> str:
    """Return what is wrong where the only worker of the execution queue takes the controller."""
    return (
        f"The only worker of the queue {queue!r} would run the controller, so no trial could start: use another "
        f"queue for the controller, or start one more agent: {agent_command(queue)}"
    )


def _method_warnings(config: HpoConfig) -> Iterator[str]:
    try:
        require_library(config.method)
    except MissingExtra as error:
        yield f"{error} A controller that an agent runs (launch) gets it without that."


def _stopping_warnings(plan: SearchPlan) -> Iterator[str]:
    if plan.stopping.doubt:
        yield plan.stopping.doubt


def _limit_warnings(config: HpoConfig) -> Iterator[str]:
    limits = config.limits
    unlimited = limits.total_tasks is None and limits.total_minutes is None and limits.compute_minutes is None
    if unlimited and config.space.size is None:
        yield "Nothing limits the run: it goes on until somebody stops it. Set a number of trials, or a time."
    size = config.space.size
    if size is not None and limits.total_tasks is not None and limits.total_tasks > size:
        yield f"The space has only {size} points, so only {size} of {limits.total_tasks} trials will run."


def _expected_minutes(base: BaseTask, config: HpoConfig, workers: int) -> float | None:
    bounds = [config.limits.total_tasks, config.space.size]
    total = min((bound for bound in bounds if bound is not None), default=None)
    if base.run_seconds is None or total is None or workers == 0:
        return config.limits.total_minutes
    one = min(base.run_seconds / 60, config.limits.task_minutes or math.inf) + AGENT_SECONDS / 60
    minutes = math.ceil(total / min(workers, config.max_concurrent_tasks)) * one
    return min(minutes, config.limits.total_minutes or math.inf)
