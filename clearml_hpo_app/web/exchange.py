"""What is the same for all that the browser asks: bodies within bounds, work in a thread, errors as answers."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from clearml_hpo_app.errors import HpoError, UsageError
from clearml_hpo_app.web.troubles import trouble_json

LARGEST_BODY = 2_000_000
STATUSES = {"gone": 404, "refused": 409}
"""HTTP status of an answer by the kind of trouble; 422 where the one who asks can mend it, else 502."""

T = TypeVar("T")
Handler = Callable[[Request], Awaitable[Response]]


def told(handler: Handler) -> Handler:
    """Answer an error of ours with its kind and its sentences."""

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except HpoError as error:
            trouble = trouble_json(error)
            return JSONResponse(
                trouble, STATUSES.get(trouble["kind"], 422 if isinstance(error, UsageError) else 502)
            )

    return answer


def aside(ask: Callable[[], T]) -> Awaitable[T]:
    """Ask in a thread, so that other pages are answered meanwhile."""
    return asyncio.to_thread(ask)


def values_of(body: dict[str, Any]) -> dict[str, Any]:
    """Return what is filled in, as a body brings it; nothing where it brings none."""
    values = body.get("values")
    return values if isinstance(values, dict) else {}


async def read_body(request: Request) -> dict[str, Any]:
    """Read the body of a POST: JSON, so that no form of another site can make one.

    Raises:
        UsageError: It is of another kind, or too large.
    """
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise UsageError("The body must be JSON.")
    pieces: list[bytes] = []
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > LARGEST_BODY:
            raise UsageError(f"What is sent must be at most {LARGEST_BODY / 1e6:g} MB. Is that the right file?")
        pieces.append(piece)
    try:
        data = json.loads(b"".join(pieces) or b"{}")
    except (ValueError, RecursionError) as error:
        raise UsageError("The body must be JSON.") from error
    return data if isinstance(data, dict) else {}
