"""The routes of the page: what the browser asks, and who answers it. What changes something is a POST."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from clearml_hpo_app import __version__
from clearml_hpo_app.clearml_api import Client
from clearml_hpo_app.config import to_export_text
from clearml_hpo_app.dashboard.document import plotly_file
from clearml_hpo_app.errors import HpoError, InvalidConfig, NotAnInstance, UsageError
from clearml_hpo_app.instances.instance import HpoInstance
from clearml_hpo_app.web import actions, launching
from clearml_hpo_app.web.application import Application, icon_path
from clearml_hpo_app.web.board import Board
from clearml_hpo_app.web.connection import Connection
from clearml_hpo_app.web.controllers import Controllers
from clearml_hpo_app.web.form import defaults, to_config, to_values
from clearml_hpo_app.web.form.places import violations_by_place
from clearml_hpo_app.web.form.wire import form_json
from clearml_hpo_app.web.poll import Poll
from clearml_hpo_app.web.sources import Sources
from clearml_hpo_app.web.stream import Streams
from clearml_hpo_app.web.troubles import trouble_json

PAGES = Path(__file__).parent / "pages"
LARGEST_BODY = 2_000_000
KEPT = {"cache-control": "no-cache"}
STATUSES = {"gone": 404, "refused": 409}
"""HTTP status of an answer by the kind of trouble; 422 where the one who asks can mend it, else 502."""

T = TypeVar("T")
Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Page:
    """The parts behind the routes."""

    application: Application
    connection: Connection
    board: Board
    poll: Poll
    sources: Sources
    controllers: Controllers
    streams: Streams
    brief_url: Callable[[], str]

    def routes(self) -> list[Route]:
        """Return all routes."""
        one = "/api/instances/{id}"
        return [
            Route("/", _shell),
            Route("/new", _shell),
            Route("/instances/{id}", _shell),
            Route("/static/{path:path}", _static),
            Route("/icon.svg", self._icon),
            Route("/api/application", self._application),
            Route("/api/stream", self._stream),
            Route("/api/choices", _told(self._choices)),
            Route("/api/base-task", _told(self._base_task)),
            Route("/api/places", _told(self._places)),
            Route("/api/validate", _told(self._validate), methods=["POST"]),
            Route("/api/check", _told(self._check), methods=["POST"]),
            Route("/api/import", _told(self._import), methods=["POST"]),
            Route("/api/launch", _told(self._launch), methods=["POST"]),
            Route("/api/link", self._link, methods=["POST"]),
            Route("/api/clear-completed", _told(self._clear), methods=["POST"]),
            Route(f"{one}/values", _told(self._values)),
            Route(f"{one}/configuration", _told(self._configuration)),
            Route(f"{one}/what-goes", _told(self._what_goes)),
            Route(f"{one}/export", _told(self._export)),
            Route(one + "/{action}", _told(self._act), methods=["POST"]),
        ]

    async def _icon(self, _request: Request) -> Response:
        return FileResponse(icon_path(self.application), headers=KEPT)

    async def _application(self, _request: Request) -> Response:
        form = self.application.form
        lines = [
            {
                "height": line.height,
                "panels": [
                    {
                        "key": f"panel/{row}.{place}",
                        "title": panel.title,
                        "kind": panel.kind,
                        "axis": panel.key,
                        "hideLegend": panel.hide_legend,
                    }
                    for place, panel in enumerate(line.panels)
                ],
            }
            for row, line in enumerate(self.application.lines)
        ]
        return JSONResponse(
            {
                **self.application.to_json(),
                "form": form_json(form),
                "defaults": defaults(form),
                "lines": lines,
                "page": __version__,
            }
        )

    async def _stream(self, request: Request) -> Response:
        watched = request.query_params.get("of", "")
        headers = {"x-accel-buffering": "no"}
        events = self.streams.events(watched)
        return StreamingResponse(events, media_type="text/event-stream", headers=headers)

    async def _choices(self, request: Request) -> Response:
        entry = self.application.form.find(request.query_params.get("field", ""))
        if entry is None or entry.source is None:
            raise UsageError("The field must be one that the server has choices for.")
        source, text = entry.source, request.query_params.get("text", "")[:200]
        return JSONResponse(await _aside(lambda: self.sources.choices(source, text)))

    async def _base_task(self, request: Request) -> Response:
        task_id = request.query_params.get("id", "")
        return JSONResponse(await _aside(lambda: self.sources.base_task(task_id)))

    async def _places(self, _request: Request) -> Response:
        return JSONResponse(await self._with_client(launching.places_to_run))

    async def _validate(self, request: Request) -> Response:
        body = await _body(request)
        return JSONResponse(await _aside(lambda: launching.validation(self.application.form, _values_of(body))))

    async def _check(self, request: Request) -> Response:
        body = await _body(request)
        config = to_config(self.application.form, _values_of(body))
        return JSONResponse(await self._with_client(lambda client: launching.check(client, config)))

    async def _import(self, request: Request) -> Response:
        body = await _body(request)
        form = self.application.form
        return JSONResponse(await self._with_client(lambda client: launching.imported(form, client, body)))

    async def _launch(self, request: Request) -> Response:
        body = await _body(request)
        form, values = self.application.form, _values_of(body)
        try:
            config = to_config(form, values)
        except InvalidConfig as error:
            return JSONResponse(
                {**trouble_json(error), "violations": violations_by_place(form, values, error.violations)}, 422
            )
        queue = str(body.get("queue") or "")
        answer = await self._with_client(lambda client: launching.start(client, config, queue, self.controllers))
        self.poll.wake()
        return JSONResponse(answer)

    async def _link(self, _request: Request) -> Response:
        return JSONResponse({"url": self.brief_url()})

    async def _clear(self, request: Request) -> Response:
        ids = [str(each) for each in (await _body(request)).get("ids") or []]
        try:
            return JSONResponse(await self._with_client(lambda client: actions.clear_completed(client, ids)))
        finally:
            self.poll.wake()

    async def _values(self, request: Request) -> Response:
        form = self.application.form
        values = await self._with_instance(request, lambda instance: to_values(form, instance.config))
        return JSONResponse({"values": values})

    async def _configuration(self, request: Request) -> Response:
        return JSONResponse(await self._with_instance(request, actions.configuration))

    async def _what_goes(self, request: Request) -> Response:
        return JSONResponse(await self._with_instance(request, actions.what_goes))

    async def _export(self, request: Request) -> Response:
        text = await self._with_instance(request, lambda instance: to_export_text(instance.config, __version__))
        name = f"hpo-{request.path_params['id'][:8]}.json"
        headers = {"content-disposition": f'attachment; filename="{name}"'}
        return Response(text, media_type="application/json", headers=headers)

    async def _act(self, request: Request) -> Response:
        act = actions.ACTIONS.get(request.path_params["action"])
        if act is None:
            raise UsageError("There is no such action.")
        body = await _body(request)
        try:
            return JSONResponse(await self._with_instance(request, lambda instance: act(instance, body)))
        finally:
            self.poll.wake()

    def _with_instance(self, request: Request, ask: Callable[[HpoInstance], T]) -> Awaitable[T]:
        task_id = request.path_params["id"]
        if not launching.TASK_ID.fullmatch(task_id):
            raise NotAnInstance("The id of an optimization must be 32 hex digits.")
        return self._with_client(lambda client: ask(HpoInstance(task_id, client=client)))

    def _with_client(self, ask: Callable[[Client], T]) -> Awaitable[T]:
        def asked() -> T:
            with self.connection.use() as client:
                return ask(client)

        return _aside(asked)


def build(page: Page) -> Starlette:
    """Return the application behind the door."""
    return Starlette(routes=page.routes())


def _told(handler: Handler) -> Handler:
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


def _aside(ask: Callable[[], T]) -> Awaitable[T]:
    """Ask in a thread, so that other pages are answered meanwhile."""
    return asyncio.to_thread(ask)


def _values_of(body: dict[str, Any]) -> dict[str, Any]:
    values = body.get("values")
    return values if isinstance(values, dict) else {}


async def _body(request: Request) -> dict[str, Any]:
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
    except ValueError as error:
        raise UsageError("The body must be JSON.") from error
    return data if isinstance(data, dict) else {}


async def _shell(_request: Request) -> Response:
    return HTMLResponse((PAGES / "shell.html").read_text(encoding="utf-8"), headers=KEPT)


async def _static(request: Request) -> Response:
    wanted = request.path_params["path"]
    if wanted == "plotly.min.js":
        return FileResponse(plotly_file(), headers={"cache-control": "max-age=86400"})
    place = (PAGES / wanted).resolve()
    if not place.is_relative_to(PAGES) or place.suffix not in {".js", ".css"} or not place.is_file():
        return Response("There is none.", 404)
    return FileResponse(place, headers=KEPT)
