"""The template task "HPO application": putting it on a server, bringing it up to date, removing it.

A server without an applications page gets the application in this way. The template is a draft; a clone of it is
an instance like any other.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clearml_hpo_app import __version__
from clearml_hpo_app.app_package import template_texts
from clearml_hpo_app.app_package.form import default_hyperparameters
from clearml_hpo_app.clearml_api import Client, instances, tasks, templates
from clearml_hpo_app.clearml_api.rows import TaskRow
from clearml_hpo_app.config.task_settings import setting_text
from clearml_hpo_app.instances.launch_script import ARTIFACT, add_package, controller_script
from clearml_hpo_app.instances.setting_items import setting_items
from clearml_hpo_app.instances.wheel import build_wheel

PROJECT = "Applications"
"""Project of the template, unless another one is named."""

UNFINISHED = "unfinished"


@dataclass(frozen=True)
class Template:
    """What a person decides about the template.

    Attributes:
        project: Name of its project; created when there is none.
        queue: Queue that its description names for the controller.
        package: What the agent installs; `None` uploads the running version with the template.
        readme: Address of the README; empty when it is not known.
    """

    project: str = PROJECT
    queue: str = "services"
    package: str | None = None
    readme: str = ""


@dataclass(frozen=True)
class Installed:
    """The template on the server.

    Attributes:
        outcome: `created`, `updated` or `unchanged`.
        before: Version that was installed before; empty when there was none.
        address: Address of its page, empty when the web host is not known.
    """

    id: str
    outcome: str
    before: str
    address: str


def install(client: Client, template: Template) -> Installed:
    """Put the template on the server, or make the one that is there what it must be.

    The same again changes nothing. What people changed of the template's settings is set right again: it is the
    application's, theirs are the clones. A template that was archived is left alone, and a new one is made.

    Raises:
        ApiError: The server cannot be reached, or refuses.
    """
    found = [row for row in templates.find_templates(client) if not row.archived]
    project = instances.ensure_project(client, template.project)
    draft = _draft(template, project)
    mark = f"{__version__} {_digest(draft, template)}"
    before = _version(found[0]) if found else ""
    is_current = bool(found) and found[0].runtime[instances.TEMPLATE] == mark
    if is_current and templates.holds_texts_of(client, found[0].id, draft):
        return Installed(found[0].id, "unchanged", before, _page(client, project, found[0].id))
    task_id = _write(client, draft, found)
    if template.package is None:
        add_package(client, task_id)
    elif found:
        templates.drop_artifact(client, task_id, ARTIFACT)
    templates.mark(client, task_id, mark)
    if not found and (first := _first(client)) != task_id:  # somebody else was at it at the same time
        tasks.delete_draft(client, task_id)
        return Installed(first, "unchanged", "", _page(client, project, first))
    outcome = "updated" if found else "created"
    return Installed(task_id, outcome, before, _page(client, project, task_id))


def uninstall(client: Client) -> list[str]:
    """Remove every template, archived ones too, and return their ids; clones are instances and stay.

    The wheel that was uploaded with it stays on the files server, since the clones install it.
    """
    ids = [row.id for row in templates.find_templates(client)]
    for task_id in ids:
        tasks.delete_draft(client, task_id)
    return ids


def _write(client: Client, draft: instances.Draft, found: list[TaskRow]) -> str:
    """Write the draft; until the whole is there the mark says so, and the next install does it again."""
    if found:
        templates.mark(client, found[0].id, f"{_version(found[0])} {UNFINISHED}")
        templates.rewrite(client, found[0].id, draft)
        return found[0].id
    task_id = instances.create(client, draft)
    templates.mark(client, task_id, f"{__version__} {UNFINISHED}")
    return task_id


def _first(client: Client) -> str:
    """Return the id of the template that counts: the oldest."""
    return next(row.id for row in templates.find_templates(client) if not row.archived)


def _draft(template: Template, project: str) -> instances.Draft:
    return instances.Draft(
        name=template_texts.NAME,
        project=project,
        comment=template_texts.description(__version__, template.queue, template.readme),
        hyperparameters=setting_items(_texts()),
        objects=template_texts.OBJECTS,
        script=controller_script(template.package),
        notation="yaml",
    )


def _texts() -> Mapping[str, str]:
    defaults = {name: setting_text(value) for name, value in default_hyperparameters().items()}
    return {**defaults, **template_texts.EXAMPLE_SETTINGS}


def _digest(draft: instances.Draft, template: Template) -> str:
    """Return what tells two contents of a template apart, the wheel that goes with it included."""
    body: dict[str, Any] = draft.body()
    wheel = build_wheel()[1] if template.package is None else b""
    whole = json.dumps(body, sort_keys=True).encode() + hashlib.sha256(wheel).digest()
    return hashlib.sha256(whole).hexdigest()[:16]


def _page(client: Client, project: str, task_id: str) -> str:
    """Return the address of what a person reads first: the plots of a draft are empty."""
    return f"{client.web_host}/projects/{project}/experiments/{task_id}/execution" if client.web_host else ""


def _version(row: TaskRow) -> str:
    return str(row.runtime[instances.TEMPLATE]).partition(" ")[0]
