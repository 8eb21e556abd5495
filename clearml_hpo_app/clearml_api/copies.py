"""Copying, renaming and deleting whole tasks: an instance, and the trials that it made."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from clearml_hpo_app.clearml_api.client import Client
from clearml_hpo_app.clearml_api.rows import OUR_PROPERTIES, PROPERTIES
from clearml_hpo_app.clearml_api.tasks import PAGE, get_task
from clearml_hpo_app.errors import RequestRefused

TRIAL_TAGS = ("optimization", "opt: ", "best", "retry")
"""Tags, or how they begin, that say that a task is a trial."""


def clone_trial(client: Client, task_id: str, name: str) -> str:
    """Copy a trial's task as a draft of its own and return its id.

    It has the trial's parameters and nothing that ties it to the run: another parent, no tags of a trial.
    """
    trial = get_task(client, task_id)
    sections: dict[str, Any] = dict(trial.get("hyperparams") or {})
    sections[PROPERTIES] = {
        key: entry for key, entry in sections.get(PROPERTIES, {}).items() if key not in OUR_PROPERTIES
    }
    return str(
        client.call(
            "tasks.clone",
            task=task_id,
            new_task_name=name,
            new_task_comment=f"The parameters of {trial.get('name')} ({task_id}).",
            new_task_parent=task_id,
            new_task_tags=[tag for tag in trial.get("tags") or [] if not tag.startswith(TRIAL_TAGS)],
            new_task_system_tags=[],
            new_task_hyperparams=sections,
        )["id"]
    )


def rename(client: Client, task_id: str, name: str, title: Mapping[str, str]) -> None:
    """Give a task another name, and write `title`, the hyperparameter that says it; in whatever status it is."""
    client.call("tasks.update", task=task_id, name=name)
    with suppress(RequestRefused):  # a published task can have another name, but no other hyperparameters
        client.call(
            "tasks.edit_hyper_params",
            task=task_id,
            hyperparams=[dict(title)],
            replace_hyperparams="none",
            force=True,
        )


def delete(client: Client, ids: Sequence[str]) -> dict[str, str]:
    """Delete tasks with their models, and return why, for those that could not be, by id."""
    refused: dict[str, str] = {}
    for start in range(0, len(ids), PAGE):
        answer = client.call("tasks.delete_many", ids=list(ids[start : start + PAGE]), force=True)
        refused.update({str(row["id"]): str(row["error"]["msg"]) for row in answer.get("failed") or []})
    return refused
