"""The viewer's pages and what they load. Read-only; `entrance` asks who comes.

The pages are one shell; `static/` draws what `/data/…` answers. Nothing of a task becomes HTML here.
"""

import asyncio
import importlib.util
import json
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from clearml_hpo_app.local.server.database import Database
from clearml_hpo_app.local.server.viewer import data
from clearml_hpo_app.local.server.viewer.table_view import read_view

_STATIC = Path(__file__).parent / "static"
_OWN_FILES = frozenset(place.name for place in _STATIC.iterdir())
_PLOTLY = "plotly.min.js"
_THEMES = ("light", "dark")
# Scripts are files of ours, none within a page. Plotly writes style attributes, makes pictures of its figures,
# and compiles the drawing of WebGL figures (parallel coordinates) at run time, hence 'unsafe-eval'.
_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)
_SHELL = """<!doctype html>
<html lang="en"{theme}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>ClearML viewer</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/assets/viewer.css">
<script src="/assets/plotly.min.js" defer></script>
<script src="/assets/viewer.js" type="module"></script>
</head>
<body><noscript>This page needs JavaScript.</noscript></body>
</html>
"""


def viewer(database: Database, workers: Executor) -> ASGIApp:
    """Return the viewer's ASGI application; who may see it is not its business."""
    read = _Reader(database, workers)
    pages = ("/", "/dashboard", "/projects", "/projects/{rest:path}", "/tasks/{rest:path}", "/reports/{rest:path}")
    return Starlette(
        routes=[
            Route("/assets/{name}", _asset),
            Route("/data/overview", read.overview),
            Route("/data/tasks/{task}", read.task),
            Route("/data/tasks/{task}/plot", read.plot),
            *(Route(path, _shell) for path in pages),
        ]
    )


class _Reader:
    """Answers the pages' requests for data, each from one snapshot."""

    def __init__(self, database: Database, workers: Executor) -> None:
        self._database = database
        self._workers = workers

    async def overview(self, request: Request) -> Response:
        view = read_view(request.query_params.multi_items())
        return await self._answer(lambda db: data.overview(db, request.query_params.get("project"), view))

    async def task(self, request: Request) -> Response:
        return await self._answer(lambda db: data.task(db, request.path_params["task"]))

    async def plot(self, request: Request) -> Response:
        query = request.query_params
        name = (query.get("metric", ""), query.get("variant", ""))
        try:
            iteration = int(query.get("iter", "0"))
        except ValueError:
            return PlainTextResponse("iter must be a number.", 400)
        return await self._answer(lambda db: data.plot(db, request.path_params["task"], *name, iteration))

    def _answer(self, ask: Callable[[Any], Any]) -> Awaitable[Response]:
        def read() -> Response:
            with self._database.read() as db:
                found = ask(db)
            if found is None:
                return PlainTextResponse("There is none.", 404)
            return Response(
                json.dumps(found), media_type="application/json", headers={"cache-control": "no-store"}
            )

        return asyncio.get_running_loop().run_in_executor(self._workers, read)


async def _shell(request: Request) -> Response:
    theme = request.query_params.get("theme")
    chosen = f' data-theme="{theme}"' if theme in _THEMES else ""
    headers = {"content-security-policy": _POLICY, "referrer-policy": "no-referrer"}
    return HTMLResponse(_SHELL.format(theme=chosen), headers=headers)


async def _asset(request: Request) -> Response:
    name = request.path_params["name"]
    place = plotly_file() if name == _PLOTLY else _STATIC / name if name in _OWN_FILES else None
    if place is None:
        return PlainTextResponse("There is none.", 404)
    return FileResponse(place, headers={"cache-control": "max-age=86400" if name == _PLOTLY else "no-cache"})


def plotly_file() -> Path | None:
    """Return the JavaScript file that the Python package plotly brings, found without importing it; or None."""
    package = importlib.util.find_spec("plotly")
    for folder in (package and package.submodule_search_locations) or ():
        place = Path(folder) / "package_data" / _PLOTLY
        if place.is_file():
            return place
    return None
