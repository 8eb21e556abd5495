"""Where a configuration comes from: a file, or a task of one of several kinds, recognised by what it holds."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from clearml_hpo_app.clearml_api import Client, connect, instances, queues, tasks
from clearml_hpo_app.clearml_api.rows import PROPERTIES, read_row, section_texts
from clearml_hpo_app.controller.lease import RUNTIME_RUN
from clearml_hpo_app.controller.steering.steering import steered
from clearml_hpo_app.errors import NotAnInstance, UsageError
from clearml_hpo_app.importing import official_app, own_instance, sdk_optimizer
from clearml_hpo_app.importing.files import read_file
from clearml_hpo_app.importing.imported import Imported, TaskTexts

_TASK_ID = re.compile(r"[0-9a-f]{32}")


def import_config(source: str | Path, *, client: Client | None = None) -> Imported:
    """Read a configuration from a file or from the task of an optimisation, of ours or of ClearML's.

    Args:
        source: Path of a file, or id of a task: an instance of this application (of any version), of ClearML's own
            application, or of the SDK's `HyperParameterOptimizer`.
        client: Connection for a task; the one that `clearml.conf` names unless given.

    Raises:
        UnreadableFile: The file cannot be read, or is of another application or a newer format.
        InvalidConfig: What was found is no valid configuration; with all violations.
        NotAnInstance: There is no such task, or it is none of these.
        ApiError: The server cannot be reached, or refuses.
    """
    path = Path(source)
    if source == "":
        raise UsageError("The source must be a file or the id of a task (32 hex digits), but it is empty.")
    if isinstance(source, Path) or path.exists() or not _TASK_ID.fullmatch(source):
        if isinstance(source, str) and not path.exists() and not path.suffix:
            raise UsageError(
                f"The source must be a file or the id of a task (32 hex digits), but it is {source!r}."
            )
        return read_file(path)
    client = client or connect()
    raw = tasks.find_task(client, source)
    if raw is None:
        raise NotAnInstance(f"There must be a task {source} on {client.api_host}, but there is none.")
    found = read_task(task_texts(raw), client)
    row = read_row(raw, ())
    if found.source != own_instance.SOURCE or not row.runtime.get(RUNTIME_RUN):
        return found  # what a clone brought along from another run means nothing
    return replace(found, config=steered(found.config, row))


def task_texts(raw: Mapping[str, Any]) -> TaskTexts:
    """Return the texts of a task's JSON; user properties are left out."""
    sections = [section for section in raw.get("hyperparams") or {} if section != PROPERTIES]
    return TaskTexts(
        id=str(raw["id"]),
        name=str(raw.get("name") or ""),
        sections={section: section_texts(raw, section) for section in sections},
        objects={name: str(item.get("value") or "") for name, item in (raw.get("configuration") or {}).items()},
    )


def read_task(task: TaskTexts, client: Client) -> Imported:
    """Read what the task holds, as the first source that recognises it does; raises as `import_config`."""
    if own_instance.recognises(task):
        return own_instance.read(task)
    if official_app.recognises(task):
        return official_app.read(
            task, project_of=lambda given: _project(client, given), queue_of=lambda given: _queue(client, given)
        )
    if sdk_optimizer.recognises(task):
        return sdk_optimizer.read(task)
    raise NotAnInstance(
        f"Task {task.id} must be an optimization of this application, of ClearML's own, or of the SDK's "
        f"HyperParameterOptimizer, but it is {task.name!r}."
    )


def _project(client: Client, given: str) -> str:
    is_id = _TASK_ID.fullmatch(given) is not None
    return (instances.project_name(client, given) if is_id else "") or given


def _queue(client: Client, given: str) -> str:
    found = queues.find_queue(client, given) if _TASK_ID.fullmatch(given) else None
    return found.name if found else given
