"""The ports that a server listens on, and which application answers on which."""

import errno
import socket
from collections.abc import Sequence

from starlette.types import ASGIApp, Receive, Scope, Send

from clearml_hpo_app.errors import UsageError


class ByPort:
    """ASGI application: hands a request to the one of the port that it came in by."""

    def __init__(self, apps: dict[int, ASGIApp]) -> None:
        self._apps = apps

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on one request."""
        await self._apps[scope["server"][1]](scope, receive, send)


def listen(host: str, ports: Sequence[int]) -> list[socket.socket]:
    """Return a socket bound to each of `ports` of `host` (0: a free one).

    Raises:
        UsageError: One of them is not free, or `host` is no address of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sockets: list[socket.socket] = []
    try:
        for port in ports:
            listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
            sockets.append(listening)
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((host, port))
    except OSError as error:
        for listening in sockets:
            listening.close()
        raise UsageError(_complaint(host, port, error)) from error
    return sockets


def _complaint(host: str, port: int, error: OSError) -> str:
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return f"The host must be an address of this machine, but {host!r} is not: {error.strerror}."
    return f"Port {port} of {host} must be free, but: {error.strerror}. Choose another port."
