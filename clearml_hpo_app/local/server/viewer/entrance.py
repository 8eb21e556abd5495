"""The door of the viewer: who has no pass, no credentials and no token is asked for them.

Loopback addresses are shared by all users of a machine, so the pages are not open there either. An address with a
pass in it (`ServerAddress.pages`) opens them by a click; the pass becomes a cookie and leaves the address.
"""

import base64
from datetime import timedelta
from urllib.parse import parse_qs, quote, urlencode

from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from clearml_hpo_app.clock import Clock
from clearml_hpo_app.local.server.bodies import read
from clearml_hpo_app.local.server.database import Database
from clearml_hpo_app.local.server.faults import Fault
from clearml_hpo_app.local.server.identity import COOKIE, identify
from clearml_hpo_app.local.server.keys import Keys
from clearml_hpo_app.local.server.passes import is_good, make_pass

_QUERY = "key"
_COOKIE = "clearml_viewer"
_DAYS = 30
_LARGEST_FORM = 10_000
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>ClearML viewer</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/assets/viewer.css">
</head>
<body>
<div class="bar"><a href="/">ClearML viewer</a></div>
<main>
<p>{sentence} Open the address that the server printed when it was started, or log in with its credentials, as
<code>clearml.conf</code> has them.</p>
<form method="post">
<p><label>Access key <input name="access_key" autocomplete="username" required></label></p>
<p><label>Secret key <input name="secret_key" type="password" autocomplete="current-password" required></label></p>
<p><button>Log in</button></p>
</form>
</main>
</body>
</html>
"""


class Entrance:
    """ASGI middleware: lets requests in that bring a pass, credentials or a token; asks the others.

    Args:
        app: The pages.
        database: For checking credentials.
        keys: The server's secrets.
        clock: Tells when a pass ends.
    """

    def __init__(self, app: ASGIApp, database: Database, keys: Keys, clock: Clock) -> None:
        self._app = app
        self._database = database
        self._keys = keys
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or hand on, one request."""
        request = Request(scope, receive)
        if scope["path"].startswith("/assets/") or self._is_let_in(request):
            await self._app(scope, receive, send)
            return
        try:
            response = await self._answer(request)
        except ClientDisconnect:
            return
        await response(scope, receive, send)

    def _is_let_in(self, request: Request) -> bool:
        if _QUERY in request.query_params:
            return False  # it must leave the address first
        if self._opens(request.cookies.get(_COOKIE, "")):
            return True
        return self._knows(request.headers.get("authorization", ""), request.cookies.get(COOKIE))

    async def _answer(self, request: Request) -> Response:
        if self._opens(request.query_params.get(_QUERY, "")):
            return self._let_in(request)
        if request.method != "POST":
            return _asked("These pages are for those who may use this server.")
        try:
            form = parse_qs((await read(request, _LARGEST_FORM)).decode(errors="replace"))
        except Fault as fault:
            return _asked(f"{fault}.")
        pair = ":".join(form.get(name, [""])[0] for name in ("access_key", "secret_key"))
        if self._knows(f"Basic {base64.b64encode(pair.encode()).decode()}", None):
            return self._let_in(request)
        return _asked("These are not credentials of this server.")

    def _opens(self, text: str) -> bool:
        return is_good(self._keys.secret_key, text, self._clock.now())

    def _knows(self, authorization: str, token: str | None) -> bool:
        try:
            with self._database.read() as db:
                identify(db, self._keys, {"authorization": authorization}, token, self._clock.now())
        except Fault:
            return False
        return True

    def _let_in(self, request: Request) -> Response:
        """Answer with the same address without the pass, and with the pass as a cookie."""
        query = urlencode([(name, value) for name, value in request.query_params.multi_items() if name != _QUERY])
        place = quote("/" + request.url.path.lstrip("/"), safe="/*")  # "//host" would lead to another server
        response = RedirectResponse(f"{place}?{query}" if query else place, 303)
        until = self._clock.now() + timedelta(days=_DAYS)
        text = make_pass(self._keys.secret_key, until)
        response.set_cookie(_COOKIE, text, max_age=_DAYS * 86_400, httponly=True, samesite="lax")
        return _unkept(response)


def _asked(sentence: str) -> Response:
    response = HTMLResponse(_PAGE.format(sentence=sentence), 401)
    response.headers["content-security-policy"] = _POLICY
    return _unkept(response)


def _unkept(response: Response) -> Response:
    """Neither the address with a pass nor the question is kept by the browser, or told to other servers."""
    response.headers["cache-control"] = "no-store"
    response.headers["referrer-policy"] = "no-referrer"
    return response
