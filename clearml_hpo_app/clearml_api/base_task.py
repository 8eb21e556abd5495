"""The base task: what is copied into every trial, and what can be known before the first one runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clearml_hpo_app.clearml_api.client import Client
from clearml_hpo_app.clearml_api.rows import PROPERTIES, read_time
from clearml_hpo_app.clearml_api.tasks import find_task, get_task

Sections = Mapping[str, Mapping[str, Mapping[str, str]]]


@dataclass(frozen=True)
class BaseTask:
    """What is read once of the base task.

    Attributes:
        sections: Every hyperparameter section with its items (`section`, `name`, `value`, `type`, …).
        metrics: Title and series of every scalar that it reported.
        objects: Text of its configuration objects, by name.
        run_seconds: How long it ran, `None` when it did not.
        iterations: The last iteration that it reported, `None` when it did not complete.
        script: Repository, entry point and diff, as the server has them.
    """

    id: str
    name: str
    project: str
    status: str
    sections: Sections
    metrics: frozenset[tuple[str, str]]
    objects: Mapping[str, str]
    run_seconds: float | None
    iterations: int | None
    container: Mapping[str, str]
    script: Mapping[str, Any]

    @property
    def parameter_names(self) -> list[str]:
        """Full names of all hyperparameters, user properties left out, sorted."""
        return sorted(
            f"{section}/{name}"
            for section, items in self.sections.items()
            if section != PROPERTIES
            for name in items
        )

    def text_of(self, section: str, name: str) -> str | None:
        """Return the text of one hyperparameter, `None` when the task does not have it."""
        item = self.sections.get(section, {}).get(name)
        return None if item is None else str(item.get("value") or "")


def read_base_task(client: Client, task_id: str) -> BaseTask:
    """Read the base task.

    Raises:
        RequestRefused: There is no such task (`subcode` 101).
    """
    return _base_task(get_task(client, task_id))


def find_base_task(client: Client, task_id: str) -> BaseTask | None:
    """Read the base task, `None` when the server has none of this id."""
    raw = find_task(client, task_id)
    return None if raw is None else _base_task(raw)


def _base_task(raw: Mapping[str, Any]) -> BaseTask:
    started, ended = read_time(raw.get("started")), read_time(raw.get("completed"))
    return BaseTask(
        id=str(raw["id"]),
        name=str(raw.get("name") or ""),
        project=str(raw.get("project") or ""),
        status=str(raw.get("status") or ""),
        sections=raw.get("hyperparams") or {},
        metrics=frozenset(_metrics(raw)),
        objects={name: str(item.get("value") or "") for name, item in (raw.get("configuration") or {}).items()},
        run_seconds=max((ended - started).total_seconds(), 0.0) if started and ended else None,
        iterations=raw.get("last_iteration") if raw.get("status") in {"completed", "published"} else None,
        container=raw.get("container") or {},
        script=raw.get("script") or {},
    )


def _metrics(raw: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (str(series["metric"]), str(series["variant"]))
        for by_series in (raw.get("last_metrics") or {}).values()
        for series in by_series.values()
    ]
