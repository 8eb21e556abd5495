"""Collections of documents in SQLite: reading whole ones or parts, changing some of their fields.

A document is what the API answers for it. Its heavy top-level fields (`sections`) have a column each and are
read only when asked for. What the fields mean is the services' business.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]


def by_key(metadata: Document | Iterable[Document] | None) -> Document:
    """Return metadata as it is stored, whichever way a client writes it: by key, or as a list of entries."""
    return metadata if isinstance(metadata, dict) else {entry["key"]: entry for entry in metadata or ()}


_ENCODER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True)
class Collection:
    """A table of documents.

    Attributes:
        table: The table's name.
        fields: All top-level fields that a client may name.
        sections: Fields with a JSON column of their own.
        columns: Fields that the table computes a plain column for.
        dates: Fields that hold a stored time.
        references: Fields (dotted) that hold another document's id, and that document's table.
    """

    table: str
    fields: frozenset[str]
    sections: tuple[str, ...] = ()
    columns: frozenset[str] = frozenset()
    dates: frozenset[str] = frozenset()
    references: Mapping[str, str] | None = None

    def insert(self, db: sqlite3.Connection, document: Document) -> None:
        """Store a new document; its `id` must be new."""
        head = {key: value for key, value in document.items() if key not in self.sections}
        names = [name for name in self.sections if name in document]
        marks = ", ".join("?" for _ in range(len(names) + 2))
        columns = ", ".join(["id", "doc", *names])
        values = [document["id"], dumped(head), *(dumped(document[name]) for name in names)]
        db.execute(f"INSERT INTO {self.table} ({columns}) VALUES ({marks})", values)  # noqa: S608

    def fetch(self, db: sqlite3.Connection, key: str, fields: Iterable[str] | None = None) -> Document | None:
        """Return the document with the id `key` (of its sections only those among `fields`), or None."""
        found = self.select(db, "id = ?", [key], fields=fields)
        return found[0] if found else None

    def select(
        self,
        db: sqlite3.Connection,
        where: str = "1",
        values: Sequence[Any] = (),
        *,
        order: str = "seq",
        limit: tuple[int, int] | None = None,
        fields: Iterable[str] | None = None,
    ) -> list[Document]:
        """Return the documents that fulfil `where`; `limit` is (how many, after how many)."""
        wanted = self.sections if fields is None else tuple(set(self.sections) & set(fields))
        columns = ", ".join(["doc", *wanted])
        asked = where
        if limit is not None:  # heavy columns are read of these rows alone, not of all that are sorted
            chosen = f"SELECT seq FROM {self.table} WHERE {where} ORDER BY {order}"  # noqa: S608
            asked = f"seq IN ({chosen} LIMIT {limit[0]:d} OFFSET {limit[1]:d})"
        query = f"SELECT {columns} FROM {self.table} WHERE {asked} ORDER BY {order}"  # noqa: S608
        return [_assembled(wanted, row) for row in db.execute(query, values)]

    def update(self, db: sqlite3.Connection, key: str, changes: Document) -> None:
        """Set the top-level fields `changes`; a None removes the field."""
        assignments = {name: dumped(value) for name, value in changes.items() if name in self.sections}
        light = {name: value for name, value in changes.items() if name not in self.sections}
        if light:
            row = db.execute(f"SELECT doc FROM {self.table} WHERE id = ?", [key]).fetchone()  # noqa: S608
            head = {**json.loads(row[0]), **light}
            assignments["doc"] = dumped({name: value for name, value in head.items() if value is not None})
        sets = ", ".join(f"{name} = ?" for name in assignments)
        db.execute(f"UPDATE {self.table} SET {sets} WHERE id = ?", [*assignments.values(), key])  # noqa: S608

    def delete(self, db: sqlite3.Connection, key: str) -> None:
        """Remove the document with the id `key`."""
        db.execute(f"DELETE FROM {self.table} WHERE id = ?", [key])  # noqa: S608

    def expression(self, path: Sequence[str]) -> str:
        """Return SQL for the value at `path` of a document (letters of the path are quoted, never trusted)."""
        head, *keys = path
        if not keys and head in self.columns:
            return head
        column = head if head in self.sections else "doc"
        inner = keys if head in self.sections else list(path)
        steps = "".join(f'."{key}"' for key in inner).replace("'", "''")
        return f"json_extract({column}, '${steps}')"


def dumped(value: Any) -> str:
    """Return `value` as compact JSON."""
    return _ENCODER.encode(value)


def _assembled(sections: Sequence[str], row: Sequence[str | None]) -> Document:
    document: Document = json.loads(row[0] or "{}")
    for name, text in zip(sections, row[1:], strict=True):
        if text is not None and text != "null":
            document[name] = json.loads(text)
    return document
