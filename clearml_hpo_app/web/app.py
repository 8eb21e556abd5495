"""The routes of the page: what the browser asks, and who answers it. What changes something is a POST."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from clearml_hpo_app import __version__
from clearml_hpo_app.clearml_api import Client
from clearml_hpo_app.config import to_export_text
from clearml_hpo_app.errors import InvalidConfig, NotAnInstance, UsageError
from clearml_hpo_app.instances.instance import HpoInstance
from clearml_hpo_app.web import actions, launching
from clearml_hpo_app.web.application import Application, icon_path
from clearml_hpo_app.web.board import Board
from clearml_hpo_app.web.connection import Connection
from clearml_hpo_app.web.controllers import Controllers
from clearml_hpo_app.web.exchange import aside, read_body, told, values_of
from clearml_hpo_app.web.form import defaults, to_config, to_values
from clearml_hpo_app.web.form.places import violations_by_place
from clearml_hpo_app.web.form.wire import form_json
from clearml_hpo_app.web.poll import Poll
from clearml_hpo_app.web.shell import KEPT, missing, shell, static
from clearml_hpo_app.web.sources import Sources
from clearml_hpo_app.web.stream import Streams
from clearml_hpo_app.web.troubles import trouble_json

T = TypeVar("T")


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
            Route("/", shell),
            Route("/new", shell),
            Route("/instances/{id}", shell),
            Route("/static/{path:path}", static),
            Route("/icon.svg", self._icon),
            Route("/api/application", self._application),
            Route("/api/stream", self._stream),
            Route("/api/choices", told(self._choices)),
            Route("/api/base-task", told(self._base_task)),
            Route("/api/places", told(self._places)),
            Route("/api/validate", told(self._validate), methods=["POST"]),
            Route("/api/check", told(self._check), methods=["POST"]),
            Route("/api/import", told(self._import), methods=["POST"]),
            Route("/api/launch", told(self._launch), methods=["POST"]),
            Route("/api/link", self._link, methods=["POST"]),
            Route("/api/clear-completed", told(self._clear), methods=["POST"]),
            Route(f"{one}/values", told(self._values)),
            Route(f"{one}/configuration", told(self._configuration)),
            Route(f"{one}/what-goes", told(self._what_goes)),
            Route(f"{one}/export", told(self._export)),
            Route(f"{one}/carry-on", told(self._carry_on), methods=["POST"]),
            Route(one + "/{action}", told(self._act), methods=["POST"]),
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
        return JSONResponse(await aside(lambda: self.sources.choices(source, text)))

    async def _base_task(self, request: Request) -> Response:
        task_id = request.query_params.get("id", "")
        return JSONResponse(await aside(lambda: self.sources.base_task(task_id)))

    async def _places(self, _request: Request) -> Response:
        return JSONResponse(await self._with_client(launching.places_to_run))

    async def _validate(self, request: Request) -> Response:
        body = await read_body(request)
        return JSONResponse(await aside(lambda: launching.validation(self.application.form, values_of(body))))

    async def _check(self, request: Request) -> Response:
        body = await read_body(request)
        config, queue = to_config(self.application.form, values_of(body)), str(body.get("queue") or "")
        return JSONResponse(await self._with_client(lambda client: launching.check(client, config, queue)))

    async def _import(self, request: Request) -> Response:
        body = await read_body(request)
        form = self.application.form
        return JSONResponse(await self._with_client(lambda client: launching.imported(form, client, body)))

    async def _launch(self, request: Request) -> Response:
        body = await read_body(request)
        form, values = self.application.form, values_of(body)
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
        ids = [str(each) for each in (await read_body(request)).get("ids") or []]
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

    async def _carry_on(self, request: Request) -> Response:
        queue = str((await read_body(request)).get("queue") or "")
        answer = await self._with_instance(
            request, lambda instance: launching.carry_on(instance, queue, self.controllers)
        )
        self.poll.wake()
        return JSONResponse(answer)

    async def _act(self, request: Request) -> Response:
        act = actions.ACTIONS.get(request.path_params["action"])
        if act is None:
            raise UsageError("There is no such action.")
        body = await read_body(request)
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

        return aside(asked)


def build(page: Page) -> Starlette:
    """Return the application behind the door."""
    return Starlette(routes=page.routes(), exception_handlers={404: missing})
