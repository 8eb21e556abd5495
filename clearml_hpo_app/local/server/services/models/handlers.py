"""Requests that make and read models.

https://clear.ml/docs/latest/docs/references/api/models
"""

from clearml_hpo_app.local.server.catalog import MODELS
from clearml_hpo_app.local.server.documents import Document
from clearml_hpo_app.local.server.faults import Fault, missing
from clearml_hpo_app.local.server.lists import get_all, only_fields, shaped
from clearml_hpo_app.local.server.registry import ANYTHING, Call, operation, required
from clearml_hpo_app.local.server.services.models import record

_GONE = "This endpoint is no longer supported for the requested api version"


@operation("models.create", writes=True, schema=required("name", "uri"))
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


@operation("models.get_by_id_ex", schema=ANYTHING)
def get_by_id_ex(call: Call) -> Document:
    """Answer models by id, with references as objects."""
    if not call.body.get("id"):
        raise missing("id")
    models = [record.fetch(call, key) for key in call.body["id"]]
    only = only_fields(MODELS, call.body.get("only_fields"), joined=True)
    return {"models": shaped(call.db, MODELS, models, only, extended=True)}


@operation("models.get_all", schema=ANYTHING)
def get_models(call: Call) -> Document:
    """List models."""
    return get_all(call, MODELS, "models")


@operation("models.get_all_ex", schema=ANYTHING)
def get_models_ex(call: Call) -> Document:
    """List models, with references as objects."""
    return get_all(call, MODELS, "models", extended=True)


@operation("models.get_frameworks", schema=ANYTHING)
def get_frameworks(call: Call) -> Document:
    """Answer the frameworks that models name."""
    rows = call.db.execute("SELECT DISTINCT json_extract(doc, '$.framework') FROM models ORDER BY 1")
    return {"frameworks": [row[0] for row in rows if row[0]]}


@operation("models.get_by_task_id", schema=ANYTHING)
def get_by_task_id(_call: Call) -> Document:
    """Refuse: gone since API 2.14."""
    raise Fault(301, 1, f"{_GONE} (use models.get_by_id/get_all apis)")


@operation("models.update_for_task", schema=ANYTHING)
def update_for_task(_call: Call) -> Document:
    """Refuse: gone since API 2.14."""
    raise Fault(301, 1, f"{_GONE} (use tasks.add_or_update_model)")
