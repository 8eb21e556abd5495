"""The file server: what the SDK uploads (artifacts, models, debug samples) and reads back.

Upload: a form whose field names are paths. https://clear.ml/docs/latest/docs/integrations/storage
"""

import asyncio
import errno
import logging
import uuid
from concurrent.futures import Executor
from pathlib import Path
from urllib.parse import unquote, urlsplit

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.types import Receive, Scope, Send

from clearml_hpo_app.clock import Clock
from clearml_hpo_app.local.server.database import Database
from clearml_hpo_app.local.server.faults import Fault
from clearml_hpo_app.local.server.identity import COOKIE, identify
from clearml_hpo_app.local.server.keys import Keys

_LOG = logging.getLogger(__name__)
_CHUNK = 1 << 20
# What was uploaded, or is said of a name, may be a page; it must not act with the rights of this address.
_POLICY = "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'"


class Files:
    """ASGI application: files under one folder, for those who have this server's credentials.

    Args:
        folder: Where the files are; nothing outside it is ever read or written.
        database: For checking credentials.
        keys: The server's secrets.
        clock: Tells whether a token is still good.
        workers: Where the disk is written, off the event loop.
    """

    def __init__(self, folder: Path, database: Database, keys: Keys, clock: Clock, workers: Executor) -> None:
        self._folder = folder.resolve()
        self._database = database
        self._keys = keys
        self._clock = clock
        self._workers = workers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        try:
            response = await self._respond(request)
        except Fault as fault:
            response = HTMLResponse(str(fault), fault.code)
        except HTTPException as error:
            response = HTMLResponse(error.detail, error.status_code)
        except ClientDisconnect:
            return
        except OSError as error:
            response = _refused(error)
        response.headers["content-security-policy"] = _POLICY
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        path = unquote(request.url.path)
        if request.method == "OPTIONS" or (request.method in ("GET", "HEAD") and path == "/"):
            return HTMLResponse("" if request.method == "OPTIONS" else "OK")
        if request.headers.get("content-encoding", "identity") != "identity":
            return HTMLResponse(f"Content encoding is not supported ({request.headers['content-encoding']})", 415)
        self._identify(request)
        if request.method == "POST" and path == "/":
            return await self._upload(request)
        if request.method == "POST" and path == "/delete_many":
            return await self._delete_many(request)
        if request.method in ("GET", "HEAD"):
            return self._download(request, path)
        if request.method == "DELETE":
            name = path.lstrip("/")
            return HTMLResponse(name) if self._delete(name) else HTMLResponse(f"File {name} not found", 404)
        return HTMLResponse("Method Not Allowed", 405)

    def _identify(self, request: Request) -> None:
        with self._database.read() as db:
            identify(db, self._keys, request.headers, request.cookies.get(COOKIE), self._clock.now())

    def _place(self, name: str) -> Path | None:
        """Return where the file `name` is; None when that would be outside the folder."""
        if "\0" in name:
            return None
        place = (self._folder / name.lstrip("/")).resolve()
        return place if place.is_relative_to(self._folder) and place != self._folder else None

    async def _upload(self, request: Request) -> Response:
        if "multipart/form-data" not in request.headers.get("content-type", ""):
            return HTMLResponse("[]")
        stored = []
        async with request.form(max_files=1000) as form:
            for field, part in form.multi_items():
                name = unquote(field).lstrip("/")
                if not isinstance(part, UploadFile) or not name:
                    continue
                place = self._place(name)
                if place is None:
                    return HTMLResponse("Not Found", 404)
                await asyncio.get_running_loop().run_in_executor(self._workers, _store, part, place)
                stored.append(name)
        return JSONResponse(stored, media_type="text/html")

    def _download(self, request: Request, path: str) -> Response:
        place = self._place(path)
        if place is None or not place.is_file():
            return HTMLResponse("Not Found", 404)
        kind = "attachment" if "download" in request.query_params else "inline"
        response = FileResponse(place, filename=place.name, content_disposition_type=kind)
        response.headers["cache-control"] = "public, max-age=300"
        return response

    async def _delete_many(self, request: Request) -> Response:
        try:
            wanted = (await request.json())["files"]
        except (ValueError, KeyError, TypeError):
            return HTMLResponse("Json payload is missing", 400)
        deleted: dict[str, str] = {}
        missing = []
        for url in wanted:
            name = unquote(urlsplit(str(url)).path).lstrip("/")
            if self._delete(name):
                deleted[str(url)] = name
            else:
                missing.append(url)
        return JSONResponse(
            {"deleted": deleted, "errors": {"Not found": missing} if missing else {}}, media_type="text/html"
        )

    def _delete(self, name: str) -> bool:
        place = self._place(name)
        if place is None or not place.is_file():
            return False
        place.unlink()
        return True


def _refused(error: OSError) -> Response:
    """Answer what the disk did not do: no room for it, or a name that it cannot have."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    if full:
        _LOG.error("An upload was refused, and nothing of it stored: %s", error.strerror)
    return HTMLResponse(error.strerror or "The file cannot be stored", 507 if full else 400)


def _store(part: UploadFile, place: Path) -> None:
    """Write beside the place, then rename: a reader sees the old file or the new one, never a half."""
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_name(f".{uuid.uuid4().hex}.upload")
    try:
        with draft.open("wb") as file:
            while chunk := part.file.read(_CHUNK):
                file.write(chunk)
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)
