"""The types that a list request's fields may have, as a schema of their own.

The SDK's schemas of `get_all` know less than the server: not every filter, and no single text where a list may
stand. `page` and `name` are left to their readers, who answer to wrong ones as was recorded.
"""

from functools import cache

from clearml_hpo_app.local.server.documents import Collection, Document
from clearml_hpo_app.local.server.schema import Schema

ARRAYS = frozenset({"tags", "system_tags"})
SCALARS = ("id", "status", "type", "project", "parent", "user", "framework", "uri", "task", "execution.queue")
NUMBERS = ("last_iteration", "active_duration")

_PLAIN = ["string", "number", "boolean", "null"]
_LIST: Schema = {"type": ["array", *_PLAIN], "items": {"type": _PLAIN}}
_RANGE: Schema = {"type": ["array", "string"], "items": {"type": ["string", "number", "null"]}}
_TEXTS: Schema = {"type": ["array", "string"], "items": {"type": "string"}}
_PATTERN: Schema = {"type": "object", "properties": {"fields": _TEXTS, "pattern": {"type": "string"}}}
_GROUP: Schema = {"type": "object", "properties": {"include": _LIST, "exclude": _LIST}}
_COMBINED: Schema = {"type": "object", "properties": {"any": _GROUP, "all": _GROUP, "op": {"type": "string"}}}
_COMMON: dict[str, Schema] = {
    "only_fields": _TEXTS,
    "order_by": _TEXTS,
    "_any_": _PATTERN,
    "_all_": _PATTERN,
    "filters": {"type": "object", "additionalProperties": _COMBINED},
    "scroll_id": {"type": "string"},
    "size": {"type": "integer", "minimum": 0},
    "start": {"type": "integer", "minimum": 0},
    "max_task_entries": {"type": "integer"},
}


def query_schema(collection: Collection, query: Document) -> Schema:
    """Return the schema of the request `query`, which lists documents of `collection`."""
    known = _known(collection.fields, collection.dates)
    families = (("hyperparams.", _LIST), ("last_metrics.", _RANGE))
    inner = {name: rule for name in query for prefix, rule in families if name.startswith(prefix)}
    return {"properties": {**known, **inner}}


@cache
def _known(fields: frozenset[str], dates: frozenset[str]) -> dict[str, Schema]:
    lists = {name: _LIST for name in (*SCALARS, *ARRAYS) if name.split(".")[0] in fields}
    return {**_COMMON, **lists, **{name: _RANGE for name in (*dates, *NUMBERS) if name in fields}}
