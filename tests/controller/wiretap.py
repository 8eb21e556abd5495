"""A proxy before a server: it notes every request as it came over the wire, and can lose or refuse some."""

import http.client
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from clearml_hpo_app.local.server import ServerAddress

REFUSAL = json.dumps(
    {"meta": {"result_code": 400, "result_subcode": 12, "result_msg": "refused by a test"}, "data": {}}
).encode()


@dataclass(frozen=True)
class Request:
    """One request: `body` is its JSON, or its lines as a list."""

    method: str
    operation: str
    body: Any


@dataclass
class Wiretap:
    """What went over the wire.

    Attributes:
        lost: How many of the next answers of an operation are thrown away.
        refuses: Whether the body of a request of an operation is refused, which the server then never sees.
        before: What happens on the server just before the next request of an operation.
    """

    address: ServerAddress
    requests: list[Request] = field(default_factory=list)
    lost: Counter[str] = field(default_factory=Counter)
    refuses: dict[str, Callable[[Any], bool]] = field(default_factory=dict)
    before: dict[str, Callable[[], object]] = field(default_factory=dict)

    def count(self, operation: str) -> int:
        return sum(request.operation == operation for request in self.requests)


@contextmanager
def wiretap(address: ServerAddress) -> Iterator[Wiretap]:
    """Listen in on all that goes to `address` through the address of the wiretap."""
    port = urlsplit(address.api_host).port or 80

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _forward(self) -> None:
            data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            operation = self.path.rsplit("/", 1)[-1]
            tap.requests.append(Request(self.command, operation, _read(data)))
            if operation in tap.refuses and tap.refuses[operation](_read(data)):
                self._answer(400, [("Content-Type", "application/json")], REFUSAL)
                return
            tap.before.pop(operation, _nothing)()
            connection = http.client.HTTPConnection("127.0.0.1", port)
            connection.request(self.command, self.path, data, dict(self.headers))
            answer = connection.getresponse()
            content = answer.read()
            connection.close()
            if tap.lost[operation] > 0:
                tap.lost[operation] -= 1
                self.close_connection = True
                return
            self._answer(answer.status, answer.getheaders(), content)

        def _answer(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
            self.send_response_only(status)  # the date is the one of the server
            for name, value in headers:
                if name.lower() not in {"transfer-encoding", "content-length", "connection"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _forward  # noqa: N815 - the names that http.server calls

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    tap = Wiretap(replace(address, api_host=f"http://127.0.0.1:{server.server_port}"))
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield tap
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _nothing() -> None:
    """The usual."""


def _read(data: bytes) -> Any:
    text = data.decode()
    try:
        return json.loads(text) if text else {}
    except ValueError:
        return [json.loads(line) for line in text.splitlines()]
