"""A proxy before a server's API: each request is read whole, then a treatment decides what becomes of it."""

import http.client
import socket
import socketserver
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from types import TracebackType
from typing import Any, BinaryIO
from urllib.parse import SplitResult, urlsplit

from benchmarks.client import connection_to
from clearml_hpo_app.local.server import ServerAddress

_TIMEOUT_SECONDS = 60.0
_OF_ONE_HOP = {"connection", "content-length", "transfer-encoding"}


class Exchange:
    """One request on its way; what a treatment gets.

    Attributes:
        method: `POST` or `GET`.
        operation: What is asked for (`tasks.clone`).
        body: The request's body.
        is_open: Whether the client's connection stays open for its next request.
    """

    def __init__(self, line: bytes, client: BinaryIO, answers: BinaryIO, server: SplitResult) -> None:
        self.method, self._path, _ = line.decode().split(" ", 2)
        self.operation = self._path.partition("?")[0].rsplit("/", 1)[-1]
        self._headers = http.client.parse_headers(client)
        self.body = client.read(int(self._headers.get("Content-Length") or 0))
        self._client, self._answers, self._server = client, answers, server
        self.is_open = True

    def forward(self) -> bytes:
        """Have the server carry the request out, and return its whole answer as it goes over the wire."""
        connection = connection_to(self._server, _TIMEOUT_SECONDS)
        try:
            headers = {name: value for name, value in self._headers.items() if name.lower() != "host"}
            path = self._server.path.rstrip("/") + self._path
            connection.request(self.method, path, self.body, headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        kept = [f"{name}: {value}" for name, value in answer.getheaders() if name.lower() not in _OF_ONE_HOP]
        lines = [f"HTTP/1.1 {answer.status} {answer.reason}", *kept, f"Content-Length: {len(content)}", "", ""]
        return "\r\n".join(lines).encode("latin-1") + content

    def answer(self, data: bytes) -> None:
        """Send `data` to the client."""
        self._answers.write(data)
        self._answers.flush()

    def drop(self) -> None:
        """Close the client's connection."""
        self.is_open = False

    def outlast(self) -> None:
        """Say nothing until the client gives up."""
        with suppress(OSError):
            self._client.read(1)
        self.drop()


Treatment = Callable[[Exchange], None]


def pass_on(exchange: Exchange) -> None:
    """Let the server answer."""
    exchange.answer(exchange.forward())


class Proxy:
    """Listens on a free port of this machine while it is open; opened again, on the same one.

    Args:
        server: Where requests go.
        treat: What becomes of a request; called by several threads at a time.
    """

    def __init__(self, server: ServerAddress, treat: Treatment = pass_on) -> None:
        self._server, self._treat = urlsplit(server.api_host), treat
        self._listener: _Listener | None = None
        self._port = 0
        self.open()
        self.address = replace(server, api_host=f"http://127.0.0.1:{self._port}")

    def open(self) -> None:
        """Listen."""
        self._listener = _Listener(self._port, self._serve)
        self._port = self._listener.server_address[1]
        threading.Thread(target=self._listener.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        """Refuse connections, and break those that are there off."""
        if self._listener is not None:
            self._listener.shutdown()
            self._listener.server_close()
            self._listener.break_off()
            self._listener = None

    def __enter__(self) -> "Proxy":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _serve(self, client: BinaryIO, answers: BinaryIO) -> None:
        while (line := client.readline()).endswith(b"\n"):  # what a client that was killed began is no request
            exchange = Exchange(line, client, answers, self._server)
            try:
                self._treat(exchange)
            except http.client.HTTPException:  # the server is gone: so is its answer
                return
            if not exchange.is_open:
                return


class _Listener(socketserver.ThreadingTCPServer):
    """The socket while the proxy is open, and the connections that came in by it."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int, serve: Callable[[BinaryIO, BinaryIO], None]) -> None:
        super().__init__(("127.0.0.1", port), socketserver.BaseRequestHandler)
        self._serve_client = serve
        self._clients: set[socket.socket] = set()

    def finish_request(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        """Serve one connection until it ends, in a thread of its own."""
        request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._clients.add(request)
        with suppress(OSError), request.makefile("rb") as client, request.makefile("wb") as answers:
            self._serve_client(client, answers)
        self._clients.discard(request)

    def break_off(self) -> None:
        """End all connections."""
        for client in list(self._clients):
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
