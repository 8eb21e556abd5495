"""The door of the page: who may come in, from which page, and what a browser may do with an answer.

A page on another site can make a browser send requests to this machine. It cannot choose the `Host` header (DNS
rebinding shows there), and a request that changes something carries its `Origin`. Loopback addresses are shared
by all users of a machine, so a key is asked for there too: it stands in the address that is printed, becomes a
cookie, and leaves the address.
"""

from collections.abc import Collection, Mapping, MutableMapping
from html import escape
from ipaddress import ip_address
from socket import gethostname
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clearml_hpo_app.web.cards import card
from clearml_hpo_app.web.keys import Secrets

QUERY = "key"
LOGIN = "/login"
LARGEST_LOGIN = 10_000
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
EVERY_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104  what `--host` says when it means all

# No script but our files. Plotly writes style attributes, makes pictures of its figures, and compiles the drawing
# of parallel coordinates at run time, hence 'unsafe-eval'; nothing that a task says ever becomes HTML or a script.
POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",  # without any, Chromium sends `Origin: null` with a form
    "cross-origin-resource-policy": "same-origin",
}
ISOLATION = {"cross-origin-opener-policy": "same-origin"}
"""Browsers take it from addresses that they trust only, and complain of it elsewhere."""

_OPEN = ("/static/", "/icon.svg")
_QUESTION = """<p>{sentence}</p>
<form method="post" action="/login">
<label for="password">{label}</label>
<input id="password" name="password" type="password" autocomplete="current-password" required autofocus>
<input type="hidden" name="to" value="{to}">
<button class="primary">Log in</button>
</form>"""

_WRONG = "That is not the password."
_LOCKED = "Ten wrong passwords came from this address within a minute. Wait {} s, then try again."
_WRONG_KEY = (
    "That is not the key of this page: it stands in the address that <code>clearml-hpo web</code> printed."
)


class Door:
    """ASGI middleware around the whole page.

    Args:
        app: What is behind the door.
        keys: What opens it.
        hosts: Names and addresses that requests may be addressed to, besides the loopback ones.
        port: The port that is listened on; cookies are shared by all ports of a host, so it is part of their name.
    """

    def __init__(self, app: ASGIApp, keys: Secrets, hosts: Collection[str], port: int) -> None:
        self._app, self._keys, self._port = app, keys, port
        self._hosts = LOOPBACK_NAMES | {host.lower() for host in hosts}
        self._any_address = bool(self._hosts & EVERY_ADDRESS)
        self._cookie = f"clearml_hpo_web_{port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or hand on, one request."""
        if scope["type"] != "http":
            return

        request = Request(scope, receive)
        isolated = request.url.scheme == "https" or _host(request.headers.get("host", "")) in LOOPBACK_NAMES

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add_headers(message, HEADERS | (ISOLATION if isolated else {}))
            await send(message)

        answer = self._refusal(request)
        if answer is None and not self._is_let_in(request):
            try:
                answer = await self._question(request)
            except ClientDisconnect:
                return
        await (answer or self._app)(scope, receive, guarded)

    def _refusal(self, request: Request) -> Response | None:
        """Return why a request is refused whoever sends it, `None` for one that is not."""
        if not self._is_our_name(_host(request.headers.get("host", ""))):
            return PlainTextResponse("This page is not called that. Open it by the address that was printed.", 421)
        if request.method in {"GET", "HEAD"}:
            return None
        if request.method != "POST":
            return PlainTextResponse("Only GET and POST are answered here.", 405)
        if not self._is_own(request.headers):
            return PlainTextResponse("What changes something must be sent by this page itself.", 403)
        return None

    def _is_our_name(self, host: str) -> bool:
        """Tell whether `host` is ours; with all addresses listened on, any address is, since no name is in it."""
        return host in self._hosts or (self._any_address and (_is_address(host) or host == gethostname().lower()))

    def _is_own(self, headers: Headers) -> bool:
        """Tell whether a request comes from a page of ours: same host, same port; a proxy may speak TLS for us."""
        origin = headers.get("origin", "")
        if not origin:
            return headers.get("sec-fetch-site", "") in {"", "same-origin"} and "cookie" not in headers
        try:
            return urlsplit(origin).netloc.lower() == headers.get("host", "").lower()
        except ValueError:
            return False

    def _is_let_in(self, request: Request) -> bool:
        if QUERY in request.query_params or request.url.path == LOGIN:
            return False  # the key must leave the address first
        return request.url.path.startswith(_OPEN) or self._keys.is_session(request.cookies.get(self._cookie, ""))

    async def _question(self, request: Request) -> Response:
        path = request.url.path
        if QUERY in request.query_params and request.method == "GET":
            if self._keys.opens(request.query_params[QUERY], _address_of(request)):
                return self._let_in(path, request)
            return self._ask("This address was printed by another start of the page, or is not whole.", path)
        if path == LOGIN and request.method == "POST":
            return await self._log_in(request)
        if path.startswith("/api/"):
            return PlainTextResponse("Log in first.", 401)
        return self._ask(self._sentence, path)

    async def _log_in(self, request: Request) -> Response:
        length = request.headers.get("content-length", "")
        if not length.isdecimal() or int(length) > LARGEST_LOGIN:
            return PlainTextResponse("Too large.", 413)
        form = parse_qs((await request.body()).decode(errors="replace"))
        to = form.get("to", ["/"])[0]
        if self._keys.opens(form.get("password", [""])[0].strip(), _address_of(request)):
            return self._let_in(to, request)
        locked = self._keys.seconds_locked(_address_of(request))
        wrong = _LOCKED.format(locked) if locked else _WRONG
        return self._ask(wrong if self._keys.password else _WRONG_KEY, to)

    def _let_in(self, path: str, request: Request) -> Response:
        """Lead on to the same address without the key, and give the browser its cookie."""
        query = urlencode([(name, value) for name, value in request.query_params.multi_items() if name != QUERY])
        place = quote("/" + path.lstrip("/\\"), safe="/")  # "//host" would lead to another server
        place = "/" if place == LOGIN else place
        response = RedirectResponse(f"{place}?{query}" if query else place, 303)
        response.set_cookie(
            self._cookie, self._keys.session, httponly=True, samesite="lax", secure=request.url.scheme == "https"
        )
        return response

    @property
    def _sentence(self) -> str:
        if self._keys.password:
            return "This page starts and stops optimizations on a ClearML server, so it asks who comes."
        return "Open the address that <code>clearml-hpo web</code> printed when it was started."

    def _ask(self, sentence: str, path: str) -> Response:
        label = "Password" if self._keys.password else "Or type the key that stands in it"
        question = _QUESTION.format(
            sentence=sentence, label=label, to=escape(path if path != LOGIN else "/", quote=True)
        )
        return HTMLResponse(card("Log in", "Hyperparameter Optimization", question), 401)


def _address_of(request: Request) -> str:
    return request.client.host if request.client else ""


def _is_address(text: str) -> bool:
    try:
        return bool(ip_address(text))
    except ValueError:
        return False


def _host(text: str) -> str:
    try:
        return (urlsplit(f"//{text}").hostname or "").lower()
    except ValueError:
        return ""


def _add_headers(message: MutableMapping[str, Any], more: Mapping[str, str]) -> None:
    headers = MutableHeaders(raw=message["headers"])
    for name, value in more.items():
        headers.setdefault(name, value)
    headers.setdefault("cache-control", "no-store")
