"""Lists of documents as the `get_all` and `get_all_ex` operations answer them: filter, order, page, project."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from clearml_hpo_app.local.server.documents import Collection, Document
from clearml_hpo_app.local.server.faults import Fault, invalid, unresolved
from clearml_hpo_app.local.server.filters import conditions, path_of
from clearml_hpo_app.local.server.registry import Call

_PAGE = 500
_FURTHEST = 2**62
# Only shown when a list request names them.
_UNASKED = frozenset({"unique_metrics", "path"})


def get_all(call: Call, collection: Collection, name: str, *, extended: bool = False) -> Document:
    """Answer a list request: `{name: rows}`, and `scroll_id` when the client reads in pieces."""
    rows, scroll = listed(call, collection, extended=extended)
    return {name: rows, **({"scroll_id": scroll} if scroll else {})}


def listed(
    call: Call, collection: Collection, *, extended: bool = False, extra: tuple[str, list[Any]] = ("1", [])
) -> tuple[list[Document], str | None]:
    """Return the rows that the request asks for (and that fulfil `extra`), and the scroll's id."""
    query = call.body
    only = _fields(collection, query.get("only_fields"), joined=extended)
    where, values = conditions(collection, query)
    scroll, limit = _limit(call)
    if max(limit) > _FURTHEST:
        raise invalid(f"A page must end at row {_FURTHEST} or before")
    documents = collection.select(
        call.db,
        f"{where} AND ({extra[0]})",
        [*values, *extra[1]],
        order=_order(collection, query.get("order_by")),
        limit=limit,
        fields=None if only is None else {path[0] for path in only},
    )
    if scroll:
        call.scrolls.move(scroll, limit[1] + len(documents))
    return shaped(call.db, collection, documents, only, extended=extended), scroll


def shaped(
    db: sqlite3.Connection,
    collection: Collection,
    documents: Sequence[Document],
    only: Sequence[tuple[str, ...]] | None,
    *,
    extended: bool,
) -> list[Document]:
    """Return `documents` cut to the fields `only`, with references as objects when `extended`."""
    hidden: frozenset[str] = _UNASKED if only is None else frozenset()
    rows = [_cut(document, only, hidden) for document in documents]
    if extended:
        for row, document in zip(rows, documents, strict=True):
            row["id"] = document["id"]
        for path, table in (collection.references or {}).items():
            _join(db, rows, path.split("."), table, only)
    return rows


def only_fields(collection: Collection, wanted: Any, *, joined: bool = False) -> list[tuple[str, ...]] | None:
    """Return the paths of an `only_fields` list, or None for all fields."""
    return _fields(collection, wanted, joined=joined)


def _fields(collection: Collection, wanted: Any, *, joined: bool) -> list[tuple[str, ...]] | None:
    if not wanted:
        return None
    names = [str(name) for name in wanted]
    if all(name.startswith("-") for name in names):
        left_out = {path_of(collection, name[1:])[0] for name in names}
        return [(name,) for name in sorted(collection.fields - left_out - _UNASKED)]
    paths = [path_of(collection, name) for name in names]
    for path in paths:
        if not joined and len(path) > 1 and path[0] in (collection.references or {}):
            raise unresolved(path[1])
    return paths


def _order(collection: Collection, wanted: Any) -> str:
    """Missing values come last in both directions; parameter values compare their numbers as numbers."""
    parts = []
    for name in wanted or ():
        descending = str(name).startswith("-")
        path = path_of(collection, str(name)[descending:])
        if len(path) > 1 and path[0] in (collection.references or {}):
            raise unresolved(path[1])
        expression = collection.expression(path)
        collation = " COLLATE DIGITS" if path[0] == "hyperparams" else ""
        parts.append(f"{expression}{collation} {'DESC' if descending else 'ASC NULLS LAST'}")
    return ", ".join([*parts, "seq"])


def _limit(call: Call) -> tuple[str | None, tuple[int, int]]:
    """Return the scroll's id, if any, and (how many rows, after how many)."""
    query = call.body
    size, start = query.get("size"), query.get("start")
    if "scroll_id" in query:
        scroll, position = call.scrolls.resume(query["scroll_id"])
        return scroll, (int(size or _PAGE), position)
    if start is not None:
        if not size:
            text = "Integer size parameter greater than 1 should be provided when working with scroll"
            raise invalid(text)
        return None, (int(size), int(start))
    page, page_size = query.get("page", 0), query.get("page_size", _PAGE)
    page, page_size = _whole(0 if page is None else page), _whole(_PAGE if page_size is None else page_size)
    if page < 0:
        raise invalid("page must be >=0", field="page")
    if page_size <= 0:
        raise invalid("page_size must be >0", field="page_size")
    page_size = min(page_size, _PAGE)
    return None, (page_size, page * page_size)


def _whole(value: Any) -> int:
    if isinstance(value, str) and value.isdigit():
        return int(value)
    if not isinstance(value, int):
        raise Fault(500, 0, f"'<' not supported between instances of '{type(value).__name__}' and 'int'")
    return value


def _cut(document: Document, only: Sequence[tuple[str, ...]] | None, hidden: frozenset[str]) -> Document:
    if only is None:
        return {key: value for key, value in document.items() if key not in hidden}
    row: Document = {}
    for path in only:
        _copy(document, row, path)
    return row


def _copy(source: Mapping[str, Any], target: Document, path: Sequence[str]) -> None:
    """Copy the value at `path`; where it is missing, what contains it stays as an empty object."""
    name, *rest = path
    if name not in source:
        return
    if not rest:
        target[name] = source[name]
    elif isinstance(source[name], Mapping):
        _copy(source[name], target.setdefault(name, {}), rest)
    elif name not in target:
        target[name] = source[name]


def _join(db: sqlite3.Connection, rows: Sequence[Document], path: Sequence[str], table: str, only: Any) -> None:
    """Turn the ids at `path` into objects, with the fields of theirs that `only` names."""
    extra = {p[len(path)] for p in only or () if len(p) > len(path) and list(p[: len(path)]) == list(path)}
    *outer, last = path
    holders = []
    for row in rows:
        holder: Any = row
        for name in outer:
            holder = holder.get(name) if isinstance(holder, dict) else None
        if isinstance(holder, dict) and isinstance(holder.get(last), str):
            holders.append(holder)
    names = _looked_up(db, table, {holder[last] for holder in holders}, extra) if extra else {}
    for holder in holders:
        holder[last] = {"id": holder[last], **names.get(holder[last], {})}


def _looked_up(db: sqlite3.Connection, table: str, ids: set[str], fields: set[str]) -> dict[str, Document]:
    if table.startswith("="):
        return {key: {"name": table[1:]} for key in ids}
    found = {}
    for key in ids:
        row = db.execute(f"SELECT name FROM {table} WHERE id = ?", [key]).fetchone()  # noqa: S608
        if row is not None and "name" in fields:
            found[key] = {"name": row[0]}
    return found
