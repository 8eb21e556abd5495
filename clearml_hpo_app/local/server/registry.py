"""The table of operations: every handler is registered under its name, with what the dispatcher must know.

A handler parses a `Call` and leaves what happens to its service's other modules.
"""

import re
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from clearml_hpo_app.local.server.database import attempt
from clearml_hpo_app.local.server.documents import Document
from clearml_hpo_app.local.server.faults import Fault
from clearml_hpo_app.local.server.identity import Caller
from clearml_hpo_app.local.server.keys import Keys
from clearml_hpo_app.local.server.schema import Schema, check, merged, sdk_schema
from clearml_hpo_app.local.server.scrolls import Scrolls

Version = tuple[int, int]
LATEST: Version = (2, 34)


@dataclass(frozen=True)
class Call:
    """One request, read but not yet understood.

    Attributes:
        operation: Name such as `tasks.clone`.
        version: Requested API version.
        body: The JSON object that came with it (or the query's arguments).
        lines: The JSON lines of a batch, one object each.
        db: Open transaction: a snapshot, or a write when the operation writes.
        caller: Who calls.
        now: The moment of the request.
        address: The client's IP address.
        keys: The server's secrets.
        scrolls: Positions of clients that read long lists in pieces.
        worker: What the client calls itself; empty when it does not say.
    """

    operation: str
    version: Version
    body: Document
    lines: list[Document]
    db: sqlite3.Connection
    caller: Caller
    now: datetime
    address: str
    keys: Keys
    scrolls: Scrolls
    worker: str = ""

    def with_body(self, **changes: Any) -> "Call":
        """Return this call with some fields of its body changed."""
        return replace(self, body={**self.body, **changes})

    def each(self, act: Callable[[str], Document], ids: Iterable[str]) -> Document:
        """Do `act` for every id, each all or nothing; answer as ClearML's `…_many` operations do."""
        answer: dict[str, list[Document]] = {"succeeded": [], "failed": []}
        for key in ids:
            try:
                with attempt(self.db):
                    answer["succeeded"].append({"id": key, **act(key)})
            except Fault as fault:
                answer["failed"].append(fault.row(key))
        return dict(answer)


Handler = Callable[[Call], Document]


@dataclass(frozen=True)
class Operation:
    """A registered handler; `since` is the version that answers name as the actual one."""

    name: str
    handler: Handler = field(repr=False)
    writes: bool
    since: str
    anonymous: bool
    batch: bool
    schema: Schema | None

    def check(self, call: Call) -> None:
        """Raise the Fault of a body (of a batch: of a line) that does not fit this operation's schema."""
        for body in call.lines if self.batch else [call.body]:
            check(self.rules, body)

    @cached_property
    def rules(self) -> Schema:
        """Its own schema over the SDK's."""
        return merged(self.schema, sdk_schema(self.name))


OPERATIONS: dict[str, Operation] = {}
ANYTHING: Schema = {"additionalProperties": True}


def operation(
    name: str,
    *,
    writes: bool = False,
    since: str = "1.0",
    anonymous: bool = False,
    batch: bool = False,
    schema: Schema | None = None,
) -> Callable[[Handler], Handler]:
    """Register the decorated handler for the operation `name`.

    Args:
        name: Service and action (`tasks.clone`).
        writes: Whether it needs a write transaction.
        since: The version that answers name as the actual one.
        anonymous: Whether it needs no credentials.
        batch: Whether its body is JSON lines.
        schema: Where the SDK's own schema is missing, or is not what the real server checks: its required fields
            replace those of the SDK's, and so does what it says of a field. With `additionalProperties` it is all
            that is checked: `ANYTHING`.
    """

    def register(handler: Handler) -> Handler:
        OPERATIONS[name] = Operation(name, handler, writes, since, anonymous, batch, schema)
        return handler

    return register


def required(*names: str, **properties: Schema) -> Schema:
    """Return a schema that asks for text fields `names`, and for `properties` when they are given."""
    return {"required": list(names), "properties": {**{n: {"type": "string"} for n in names}, **properties}}


TEXT: Schema = {"type": "string"}
_ENTRY: Schema = {"type": "object", "properties": {"key": TEXT, "type": TEXT, "value": TEXT}}
METADATA: Schema = {
    "type": ["object", "array"],
    "items": {**_ENTRY, "required": ["key"]},
    "additionalProperties": _ENTRY,
}
"""By key for clients of today, a list for older ones."""

TEXTS: Schema = {"type": "array", "items": {"type": "string"}}
IDS: Schema = {"required": ["ids"], "properties": {"ids": {**TEXTS, "minItems": 1}}}
IDS_AND_TAGS: Schema = {**IDS, "properties": {**IDS["properties"], "add_tags": TEXTS, "remove_tags": TEXTS}}


def route(path: str) -> tuple[str, Version]:
    """Return the operation and version that a path names; a Fault 400/0 when it has another form."""
    found = re.fullmatch(r"/(?:v(\d+)(?:\.(\d+))?/)?([^/]+)", path)
    if not found or (found[1] is None and re.fullmatch(r"v[\d.]+|tasks", found[3])) or "." not in found[3]:
        raise Fault(400, 0, f"Invalid request path {path}")
    version = (int(found[1]), int(found[2] or 0)) if found[1] else LATEST
    return found[3], version


def find(name: str, version: Version) -> Operation:
    """Return the operation `name`, or raise the Fault 404/0 of one that this server does not have."""
    known = OPERATIONS.get(name)
    if known is None or version < (1, 0):
        text = f"Unable to find endpoint for name {name} and version {version[0]}.{version[1]}"
        raise Fault(404, 0, text)
    return known
