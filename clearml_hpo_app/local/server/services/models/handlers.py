"""Requests that make and read models.

https://clear.ml/docs/latest/docs/references/api/models
"""

from clearml_hpo_app.local.server.catalog import MODELS
from clearml_hpo_app.local.server.documents import Document
from clearml_hpo_app.local.server.faults import Fault
from clearml_hpo_app.local.server.lists import get_all
from clearml_hpo_app.local.server.query_schema import query_schema
from clearml_hpo_app.local.server.registry import ANYTHING, METADATA, Call, operation, required
from clearml_hpo_app.local.server.services.models import record

_GONE = "This endpoint is no longer supported for the requested api version"


@operation("models.create", writes=True, schema=required("name", "uri", metadata=METADATA))
def create(call: Call) -> Document:
    """Make a model."""
    return {"created": True, "id": record.create(call)}


@operation("models.get_by_id")
def get_by_id(call: Call) -> Document:
    """Answer one model."""
    model = MODELS.fetch(call.db, call.body["model"])
    if model is None:
        text = "Invalid model id (no such public or company model)"
        raise Fault(400, 201, text, id=call.body["model"], company=call.caller.company)
    return {"model": model}


@operation("models.get_all", schema=query_schema(MODELS))
def get_models(call: Call) -> Document:
    """List models."""
    return get_all(call, MODELS, "models")


@operation("models.get_by_task_id", schema=ANYTHING)
def get_by_task_id(_call: Call) -> Document:
    """Refuse: gone since API 2.14."""
    raise Fault(301, 1, f"{_GONE} (use models.get_by_id/get_all apis)")


@operation("models.update_for_task", schema=ANYTHING)
def update_for_task(_call: Call) -> Document:
    """Refuse: gone since API 2.14."""
    raise Fault(301, 1, f"{_GONE} (use tasks.add_or_update_model)")
