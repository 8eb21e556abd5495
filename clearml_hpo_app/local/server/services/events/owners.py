"""Whose events: a task's, or a model's (`model_event` on what is reported, `model_events` on what is asked)."""

from collections.abc import Iterable

from clearml_hpo_app.local.server.catalog import MODELS, TASKS
from clearml_hpo_app.local.server.documents import Document
from clearml_hpo_app.local.server.faults import Fault
from clearml_hpo_app.local.server.registry import Call
from clearml_hpo_app.local.server.services.tasks import record, states

_REMEMBERED = ["last_metrics", "unique_metrics", "metric_stats"]


def key(event: Document) -> str | None:
    """Return the id of the task or model that an event was reported for."""
    return (event.get("model_event") and event.get("model")) or event.get("task")


def fetch(call: Call, event: Document) -> Document | None:
    """Return what the task or model of an event remembers of its events, `None` when there is none."""
    collection = MODELS if event.get("model_event") else TASKS
    return collection.fetch(call.db, str(key(event)), _REMEMBERED)


def is_locked(owner: Document) -> bool:
    """Return whether a task or model is published and so takes events only on request."""
    return bool(owner.get("ready")) or owner.get("status") == states.PUBLISHED


def known(call: Call, ids: Iterable[str]) -> list[Document]:
    """Return the owners that a request asks for; a Fault 400/101 or 400/201 when one is unknown."""
    if not call.body.get("model_events"):
        return record.known(call, ids)
    wanted = list(ids)
    models = [model for key in wanted if (model := MODELS.fetch(call.db, key)) is not None]
    if len(models) < len(wanted):
        raise Fault(400, 201, "Invalid model id", ids=wanted)
    return models
