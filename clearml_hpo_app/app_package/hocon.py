"""Writing HOCON that people read: groups of groups one field a line, small groups and lists on one line."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

INDENT = "  "
WIDTH = 100
"""Columns that a group or list on one line may take."""


def to_hocon(value: Any, depth: int = 0) -> str:
    """Return plain values as HOCON text; a group at depth 0 is written without its braces.

    Texts are written as JSON writes them, which HOCON reads; so are numbers, true, false and null. Keys must be
    plain names.
    """
    if isinstance(value, Mapping):
        return _group(value, depth)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _list(value, depth)
    return json.dumps(value, ensure_ascii=False)


def _group(group: Mapping[str, Any], depth: int) -> str:
    if depth and (line := _on_one_line(group)):
        return line
    lines = [f"{INDENT * depth}{_field(name, value, depth)}" for name, value in group.items()]
    return "\n".join(lines if not depth else ["{", *lines, f"{INDENT * (depth - 1)}}}"])


def _field(name: str, value: Any, depth: int) -> str:
    text = to_hocon(value, depth + 1)
    return f"{name} {text}" if isinstance(value, Mapping) else f"{name}: {text}"


def _list(items: Sequence[Any], depth: int) -> str:
    if line := _on_one_line(items):
        return line
    lines = [f"{INDENT * depth}{to_hocon(item, depth + 1)}" for item in items]
    return "\n".join(["[", *lines, f"{INDENT * (depth - 1)}]"])


def _on_one_line(value: Any) -> str:
    """Return a list or group of single values as one line; empty when it is too long, or holds more than these."""
    items = list(value.values()) if isinstance(value, Mapping) else list(value)
    if any(isinstance(item, (Mapping, list, tuple)) for item in items):
        return ""
    texts = [json.dumps(item, ensure_ascii=False) for item in items]
    if isinstance(value, Mapping):
        line = "{ " + ", ".join(f"{name}: {text}" for name, text in zip(value, texts, strict=True)) + " }"
    else:
        line = f"[{', '.join(texts)}]"
    return line if len(line) <= WIDTH else ""
