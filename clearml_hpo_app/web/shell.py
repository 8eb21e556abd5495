"""The files of the page itself: its shell, its scripts and styles, and Plotly."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response

from clearml_hpo_app.dashboard.document import plotly_file
from clearml_hpo_app.web.cards import card

PAGES = Path(__file__).parent / "pages"
KEPT = {"cache-control": "no-cache"}
_BACK = '<p><a href="/">Show all optimizations</a></p>'


async def shell(_request: Request) -> Response:
    """Answer the one document of the page, whatever it shows."""
    return HTMLResponse((PAGES / "shell.html").read_text(encoding="utf-8"), headers=KEPT)


async def missing(request: Request, _error: Exception) -> Response:
    """Answer an address that leads nowhere: people are told where the page is."""
    if "text/html" in request.headers.get("accept", ""):
        return HTMLResponse(card("Not found", "There is no such page", _BACK), 404)
    return PlainTextResponse("Not Found", 404)


async def static(request: Request) -> Response:
    """Answer a script or a style of the page; nothing else of this machine."""
    wanted = request.path_params["path"]
    if wanted == "plotly.min.js":
        return FileResponse(plotly_file(), headers={"cache-control": "max-age=86400"})
    place = (PAGES / wanted).resolve()
    if not place.is_relative_to(PAGES) or place.suffix not in {".js", ".css"} or not place.is_file():
        return Response("There is none.", 404)
    return FileResponse(place, headers=KEPT)
