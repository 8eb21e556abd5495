"""The API on the wire: a request becomes a `Call`, what its handler returns becomes ClearML's envelope."""

import asyncio
import gzip
import json
import logging
import sqlite3
import uuid
from collections.abc import Callable
from concurrent.futures import Executor
from urllib.parse import unquote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from clearml_hpo_app.clock import Clock
from clearml_hpo_app.local.server import services
from clearml_hpo_app.local.server.bodies import parse, read
from clearml_hpo_app.local.server.database import Database, is_locked
from clearml_hpo_app.local.server.documents import Document
from clearml_hpo_app.local.server.faults import Fault, invalid
from clearml_hpo_app.local.server.identity import COOKIE, Caller, identify
from clearml_hpo_app.local.server.keys import Keys
from clearml_hpo_app.local.server.registry import Call, Operation, Version, find, route
from clearml_hpo_app.local.server.scrolls import Scrolls
from clearml_hpo_app.local.server.services.tasks.watchdog import Watchdog

_LOG = logging.getLogger(__name__)
_COMPRESSED_FROM = 500
_NOBODY = Caller("", "")

services.load()


class Api:
    """ASGI application: ClearML's API over one database.

    Args:
        database: Migrated database.
        keys: The server's secrets.
        clock: Tells the time of each request.
        readers: Where handlers run that only read, off the event loop.
        writer: One thread, where those run that write: in the order of their requests, no reader waits for them.
        largest: Bytes that a request body may have; 413 beyond.
    """

    def __init__(
        self, database: Database, keys: Keys, clock: Clock, *, readers: Executor, writer: Executor, largest: int
    ) -> None:
        self._database = database
        self._keys = keys
        self._clock = clock
        self._readers = readers
        self._writer = writer
        self._largest = largest
        self._scrolls = Scrolls()
        self._watchdog = Watchdog()
        self._unknown: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        try:
            response = await self._respond(request)
        except ClientDisconnect:
            return
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(media_type="text/html")
        if request.headers.get("content-encoding", "identity") != "identity":
            encoding = request.headers["content-encoding"]
            return Response(f"Content encoding is not supported ({encoding})", 415, media_type="text/html")
        name, version, actual = "", (1, 0), None
        try:
            name, version = route(unquote(request.url.path))
            operation = find(name, version)
            actual = operation.since
            body = await read(request, self._largest)
            workers = self._writer if operation.writes else self._readers
            data = await asyncio.get_running_loop().run_in_executor(
                workers, self._run, operation, version, request, body
            )
        except Fault as fault:
            self._log_unknown(fault, name)
            return _answer(request, (name, version, actual), {}, fault)
        return _answer(request, (name, version, actual), data, None)

    def _run(self, operation: Operation, version: Version, request: Request, raw: bytes) -> Document:
        try:
            self._watchdog.look(self._database, self._clock.now())
            return self._handle(operation, version, request, raw)
        except sqlite3.Error as error:
            raise _unstored(operation.name, error) from error

    def _handle(self, operation: Operation, version: Version, request: Request, raw: bytes) -> Document:
        """Who calls is asked first, and the body is understood before the database is held for writing."""
        caller = _NOBODY
        if not operation.anonymous:
            with self._database.read() as db:
                caller = identify(db, self._keys, request.headers, request.cookies.get(COOKIE), self._clock.now())
        body, lines = parse(raw, request, batch=operation.batch)
        with self._database.write() if operation.writes else self._database.read() as db:
            call = Call(
                operation.name,
                version,
                body,
                lines,
                db,
                caller,
                self._clock.now(),
                request.client.host if request.client else "",
                self._keys,
                self._scrolls,
                request.headers.get("x-clearml-worker", ""),
            )
            if not operation.batch:
                operation.check(call)
            return _guarded(operation.handler, call)

    def _log_unknown(self, fault: Fault, name: str) -> None:
        if fault.code == 404 and name not in self._unknown and len(self._unknown) < 1000:
            self._unknown.add(name)
            _LOG.warning("This server has no operation %r; the client was told so (404).", name)


def _guarded(handler: Callable[[Call], Document], call: Call) -> Document:
    """Run a handler; what it cannot handle is answered as the real server does, logged and rolled back."""
    try:
        return handler(call)
    except (Fault, sqlite3.OperationalError):
        raise
    except OverflowError as error:
        raise invalid(f"A number must fit into 64 bits: {error}") from error
    except Exception as error:
        _LOG.exception("%s could not handle its request", call.operation)
        raise Fault(500, 0, str(error)) from error


def _unstored(operation: str, error: sqlite3.Error) -> Fault:
    """Return what a client is told when the database refuses: nothing of its request was stored."""
    _LOG.error("%s: nothing of it was stored, since the database refused: %s", operation, error)
    if is_locked(error):
        return Fault(503, 0, "The database is in use by another process", err=error)
    return Fault(500, 100, "General data error", err=error)


def _answer(
    request: Request, endpoint: tuple[str, Version, str | None], data: Document, fault: Fault | None
) -> Response:
    name, version, actual = endpoint
    _LOG.debug("%r %d %r", name, fault.code if fault else 200, str(fault) if fault else "")
    unique = uuid.uuid4().hex
    meta = {
        "id": unique,
        "trx": unique,
        "endpoint": {
            "name": name,
            "requested_version": _number(".".join(map(str, version)), version),
            "actual_version": actual and _number(actual, version),
        },
        "result_code": fault.code if fault else 200,
        "result_subcode": fault.subcode if fault else 0,
        "result_msg": str(fault) if fault else "OK",
        "error_stack": None,
        "error_data": {},
    }
    return _packed(request, meta, data)


def _packed(request: Request, meta: Document, data: Document) -> Response:
    cookie = data.pop("__cookie__", None)
    content = json.dumps({"meta": meta, "data": data}, separators=(",", ":")).encode()
    response = Response(status_code=meta["result_code"], media_type="application/json")
    if len(content) >= _COMPRESSED_FROM and "gzip" in request.headers.get("accept-encoding", ""):
        content = gzip.compress(content, compresslevel=1)
        response.headers["content-encoding"] = "gzip"
    response.headers["vary"] = "Accept-Encoding"
    if cookie is not None:
        response.set_cookie(COOKIE, cookie, httponly=True, samesite="strict")
    response.body = content
    response.headers["content-length"] = str(len(content))
    return response


def _number(text: str, requested: Version) -> str | float:
    """Versions are numbers for a client of version 2.0 or older, text for newer ones."""
    return float(text) if requested <= (2, 0) else text
