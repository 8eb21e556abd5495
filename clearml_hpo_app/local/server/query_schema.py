"""The types that a list request's fields may have, as a schema of their own.

The SDK's schemas of `get_all` know less than the server: not every filter, and no single text where a list may
stand. `page` and `name` are left to their readers, who answer to wrong ones as was recorded.
"""

from clearml_hpo_app.local.server.documents import Collection
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


def query_schema(collection: Collection) -> Schema:
    """Return the schema of the requests that list documents of `collection`; other fields may be anything."""
    lists = {name: _LIST for name in (*SCALARS, *ARRAYS) if name.split(".")[0] in collection.fields}
    ranges = {name: _RANGE for name in (*collection.dates, *NUMBERS) if name in collection.fields}
    return {
        "properties": {**_COMMON, **lists, **ranges},
        "patternProperties": {r"^hyperparams\.": _LIST, r"^last_metrics\.": _RANGE},
        "additionalProperties": True,
    }
