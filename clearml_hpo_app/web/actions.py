"""What a person can do with an optimisation from the page, each by its name; all of it through `HpoInstance`."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from clearml_hpo_app.clearml_api import Client
from clearml_hpo_app.clearml_api.addresses import task_address
from clearml_hpo_app.clearml_api.originals import originals
from clearml_hpo_app.clearml_api.tasks import get_task
from clearml_hpo_app.config.task_settings import to_configuration_objects, to_hyperparameters
from clearml_hpo_app.errors import HpoError, UsageError
from clearml_hpo_app.instances.instance import HpoInstance
from clearml_hpo_app.statuses import COMPLETED
from clearml_hpo_app.wording import plain

Body = Mapping[str, Any]
Answer = dict[str, Any]


def stop(instance: HpoInstance, body: Body) -> Answer:
    """End the run: `now` stops running trials too."""
    now = bool(body.get("now"))
    instance.stop("stopped on the applications page", now=now)
    return {"told": "Its trials are being stopped." if now else "It ends when its running trials have finished."}


def pause(instance: HpoInstance, _body: Body) -> Answer:
    """Start no more trials for now."""
    return _answered(instance.pause())


def resume(instance: HpoInstance, _body: Body) -> Answer:
    """End a pause."""
    return _answered(instance.resume())


def rename(instance: HpoInstance, body: Body) -> Answer:
    """Give it another name."""
    name = body.get("name")
    instance.rename(plain(name, 200) if isinstance(name, str) else "")
    return {"told": f"It is called {instance.name} now."}


def delete(instance: HpoInstance, body: Body) -> Answer:
    """Delete it, and with `withTrials` the trials that it made."""
    count = instance.delete(with_trials=bool(body.get("withTrials")))
    return {"told": "It was deleted." if count == 1 else f"It was deleted, with {count - 1} trials."}


def use_best(instance: HpoInstance, _body: Body) -> Answer:
    """Make a draft task with the parameters of the best trial."""
    draft = instance.clone_best()
    raw = get_task(instance.client, draft)
    address = task_address(instance.client.web_host, str(raw.get("project") or ""), draft)
    return {"told": "A draft with the best parameters was made.", "id": draft, "address": address}


ACTIONS: Mapping[str, Callable[[HpoInstance, Body], Answer]] = {
    "stop": stop,
    "pause": pause,
    "resume": resume,
    "rename": rename,
    "delete": delete,
    "use-best": use_best,
}


def what_goes(instance: HpoInstance) -> Answer:
    """Return what deleting would remove: the number of its trials, of those that are at work, and of copies."""
    rows = instance.children().look()
    made = originals(rows)
    busy = sum(row.status in {"queued", "in_progress"} for row in made)
    return {"name": instance.name, "trials": len(made), "busy": busy, "copies": len(rows) - len(made)}


def configuration(instance: HpoInstance) -> Answer:
    """Return the configuration as people read it: settings by name, objectives, parameters."""
    config = instance.config
    lists = {name: json.loads(text) for name, text in to_configuration_objects(config).items()}
    settings = {name: text for name, text in to_hyperparameters(config).items() if text}
    return {"name": instance.name, "id": instance.id, "settings": settings, "lists": lists}


def clear_completed(client: Client, ids: list[str]) -> Answer:
    """Delete those of the optimisations that are completed, their trials stay; say which could not be deleted.

    One that was stopped or has failed can be carried on, and stays.
    """
    done, problems = 0, []
    for task_id in ids:
        try:
            instance = HpoInstance(task_id, client=client)
            if instance.status() == COMPLETED:
                instance.delete()
                done += 1
        except HpoError as error:
            problems.append(str(error))
    told = (
        f"{done} optimizations were deleted; their trials stay."
        if done != 1
        else "One was deleted; its trials stay."
    )
    if problems:
        raise UsageError("\n".join([told, *problems]))
    return {"told": told}


def _answered(answer: Any) -> Answer:
    if answer.is_refused:
        raise UsageError(answer.text)
    return {"told": str(answer.text)}
