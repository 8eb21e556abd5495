"""What a request brings: its body read within bounds, and understood as JSON or as JSON lines."""

import json
import math
from typing import Any

from starlette.requests import Request

from clearml_hpo_app.local.server.documents import Document, dumped
from clearml_hpo_app.local.server.faults import Fault

# Deeper than what real documents may be (MongoDB's bound), and far from what SQLite's JSON functions refuse.
_DEEPEST = 100


async def read(request: Request, largest: int) -> bytes:
    """Return the body; a Fault 413 as soon as it has more than `largest` bytes."""
    too_long = Fault(413, 0, f"Request body is larger than {largest} bytes")
    if int(request.headers.get("content-length", "0")) > largest:
        raise too_long
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > largest:
            raise too_long
    return bytes(body)


def parse(raw: bytes, request: Request, *, batch: bool) -> tuple[Document, list[Document]]:
    """Return the request's object and, of a batch, its lines; a Fault when it holds anything else."""
    if batch:
        several = "json" in request.headers.get("content-type", "json")
        lines = [_json(line) for line in (raw.splitlines() if several else [raw]) if line.strip()]
        for line in lines:
            if not isinstance(line, dict):
                # update_batch and add_batch read one object a line, never an array.
                raise Fault(400, 0, f"json lines must contain objects, found: {type(line).__name__}")
        return {}, lines
    if not raw.strip():
        return dict(request.query_params), []
    if "form" in request.headers.get("content-type", ""):
        return {}, []
    body = _json(raw)
    if not isinstance(body, dict):
        raise Fault(500, 0, "Data should be a dict")
    return body, []


def _json(text: bytes) -> Any:
    try:
        value = _DECODER.decode(text.decode("utf-8-sig"))
        if b"\\ud" in text or b"\\uD" in text:
            dumped(value).encode()  # half a pair of surrogates is no text, and no database takes it
    except (ValueError, RecursionError) as error:
        sentence = "The browser (or proxy) sent a request that this server could not understand."
        raise Fault(400, 0, sentence) from error
    if text.count(b"{") + text.count(b"[") > _DEEPEST and _is_deeper(value, _DEEPEST):
        raise Fault(400, 0, f"Values must be nested at most {_DEEPEST} levels deep")
    return value


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(text)
    return value


_DECODER = json.JSONDecoder(parse_float=_finite)


def _is_deeper(value: Any, levels: int) -> bool:
    """Return whether objects and lists are nested within each other more than `levels` times."""
    layer = [value]
    for _ in range(levels + 1):
        groups = [
            item.values() if isinstance(item, dict) else item for item in layer if isinstance(item, (dict, list))
        ]
        if not groups:
            return False
        layer = [inner for group in groups for inner in group]
    return True
