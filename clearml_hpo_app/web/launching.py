"""From what is filled in to an optimisation that runs: validation as one types, the check, import, launch."""

import re
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from clearml_hpo_app.clearml_api import Client, queues
from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.config.export import read_export
from clearml_hpo_app.config.files import parse_group
from clearml_hpo_app.errors import InvalidConfig, UsageError
from clearml_hpo_app.importing import Imported, import_config
from clearml_hpo_app.instances.instance import HpoInstance
from clearml_hpo_app.instances.launching import SERVICES_QUEUE, create_instance, launch
from clearml_hpo_app.preflight.checks import look
from clearml_hpo_app.web.controllers import Controllers
from clearml_hpo_app.web.form import Form, to_config, to_values
from clearml_hpo_app.web.form.places import violations_by_place
from clearml_hpo_app.web.form.showing import places
from clearml_hpo_app.wording import duration, plain

HERE = ""
"""In place of a queue: the controller runs on this machine."""

TASK_ID = re.compile(r"[0-9a-f]{32}")

Answer = dict[str, Any]


def validation(form: Form, values: Mapping[str, Any]) -> Answer:
    """Return all violations as sentences by the path of their field, and the paths of the fields shown."""
    try:
        to_config(form, values)
        found: dict[str, list[str]] = violations_by_place(form, values, [])
    except InvalidConfig as error:
        found = violations_by_place(form, values, error.violations)
    return {"violations": found, "shown": [place.path for place in places(form, values)]}


def check(client: Client, config: HpoConfig, queue: str) -> Answer:
    """Return what the server can tell before anything is launched; `queue` is the controller's, or `HERE`."""
    found = look(client, config, controller_queue=queue)
    minutes = found.expected_minutes
    return {
        "errors": list(found.errors),
        "warnings": list(found.warnings),
        "confirmed": list(found.confirmed),
        "space": "continuous" if found.space_size is None else f"{found.space_size} points",
        "expected": None if minutes is None else duration(minutes * 60),
        "workers": found.free_workers,
    }


def places_to_run(client: Client) -> Answer:
    """Return where a controller can run: queues with the number of their workers; the first one is proposed."""
    found = client.call("queues.get_all", only_fields=["id", "name"])["queues"]
    workers = queues.live_workers(client)
    counts = {str(raw["name"]): sum(str(raw["id"]) in each.queues for each in workers) for raw in found}
    served = [name for name in (SERVICES_QUEUE, *sorted(counts)) if counts.get(name)]
    proposed = SERVICES_QUEUE if counts.get(SERVICES_QUEUE) else HERE
    return {
        "queues": [{"name": name, "workers": counts[name]} for name in dict.fromkeys([*served, *sorted(counts)])],
        "proposed": proposed,
    }


def start(client: Client, config: HpoConfig, queue: str, controllers: Controllers) -> Answer:
    """Launch an optimisation: its controller goes to `queue`, or runs on this machine.

    Raises:
        PreflightFailed: The server says that it cannot work; nothing was created.
    """
    if queue != HERE:
        instance = launch(config, queue=queue, client=client)
        return {"id": instance.id}
    base = look(client, config).require().base
    task_id = create_instance(client, config, base)
    controllers.start(client, task_id)
    return {"id": task_id}


def carry_on(instance: HpoInstance, queue: str, controllers: Controllers) -> Answer:
    """Go on with a run that has ended, or whose controller is gone: from `queue`, or on this machine.

    Raises:
        PreflightFailed: It has not ended, or there is no such queue.
    """
    if queue != HERE:
        instance.enqueue(queue)
        return {"told": f"It goes on as soon as an agent takes its controller from the queue {queue}."}
    controllers.start(instance.client, instance.id)
    return {"told": "It is carried on."}


def imported(form: Form, client: Client, body: Mapping[str, Any]) -> Answer:
    """Return the values of a form that is filled in from a file's `text` (called `name`), or from a task's `id`.

    Raises:
        UsageError: It cannot be read; nothing is filled in.
    """
    if "text" in body:
        found = _from_text(str(body["text"]), plain(str(body.get("name") or "the file")))
    else:
        given = str(body.get("id") or "").strip().lower()
        ids = TASK_ID.findall(given)  # not the path of a file of this machine; an address ends with its task
        if not ids:
            raise UsageError(f"The id of a task must be 32 hex digits, but it is {plain(given)!r}.")
        found = import_config(ids[-1], client=client)
    return {"values": to_values(form, found.config), "source": found.source, "lost": list(found.lost)}


def _from_text(text: str, name: str) -> Imported:
    """Read what was dropped on the page; it may be somebody else's, so it cannot reach out (`foreign`)."""
    data = parse_group(text, name=name, ending=PurePath(name).suffix, foreign=True)
    config, lost = read_export(data)
    is_export = "configuration" in data
    return Imported(config, "an export of this application" if is_export else "a configuration file", tuple(lost))
