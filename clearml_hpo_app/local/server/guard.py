"""What stands before every application: is the request meant for this server, and from a page that may ask?

A page on another site can make a browser send requests to this machine; it cannot choose the Host header
(DNS rebinding shows there) and it sets Origin. Only pages of this server itself are answered with CORS headers:
others on this machine may be another user's.
"""

from collections.abc import Collection, MutableMapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_CORS = {
    "access-control-allow-credentials": "true",
    "access-control-allow-methods": "GET, POST, PUT, DELETE, OPTIONS, HEAD",
    "access-control-allow-headers": "authorization, content-type, x-clearml-client, x-trains-client",
}


def is_loopback(host: str) -> bool:
    """Return whether `host` (a name or an address) is this machine only."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def exposure(host: str) -> str | None:
    """Return what it means to listen on `host`, in a sentence; None where only this machine gets there."""
    if is_loopback(host):
        return None
    return (
        f"Everybody who reaches {host} can try to log in, and credentials and data travel there unencrypted: "
        "use it in a network that you trust, or behind a proxy that speaks TLS."
    )


class Guard:
    """ASGI middleware: 421 for a Host that is not ours, CORS for our own pages, the server's name.

    Args:
        app: What is guarded.
        hosts: Names and addresses that requests may be addressed to, besides the loopback ones.
        ports: Ports of this server.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str], ports: Collection[int]) -> None:
        self._app = app
        self._hosts = LOOPBACK_NAMES | {host.lower() for host in hosts}
        self._ports = frozenset(ports)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or hand on, one request."""
        if scope["type"] != "http":
            return
        headers = Headers(scope=scope)
        if _name(headers.get("host", "")) not in self._hosts:
            refusal = PlainTextResponse("This server is not called that.", 421)
            await refusal(scope, receive, send)
            return
        origin = headers.get("origin", "")

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add_headers(message, origin if self._is_own(origin) else "")
            await send(message)

        await self._app(scope, receive, named)

    def _is_own(self, origin: str) -> bool:
        """Return whether a page from `origin` came from one of our own ports."""
        try:
            place = urlsplit(origin)
            return place.hostname in self._hosts and place.port in self._ports
        except ValueError:
            return False


def _name(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def _add_headers(message: MutableMapping[str, Any], origin: str) -> None:
    headers = MutableHeaders(raw=message["headers"])
    headers["server"] = "clearml"
    headers["x-content-type-options"] = "nosniff"
    if origin:
        headers["access-control-allow-origin"] = origin
        headers.add_vary_header("Origin")
        for name, value in _CORS.items():
            headers[name] = value
