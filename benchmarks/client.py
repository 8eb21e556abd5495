"""A client that costs little: one connection that stays open, one token, plain JSON."""

import base64
import http.client
import json
from typing import Any
from urllib.parse import SplitResult, urlsplit

from clearml_hpo_app.local.server import ServerAddress


def connection_to(place: SplitResult, timeout: float) -> http.client.HTTPConnection:
    """Return a connection, not yet made, to where an address (http or https) points."""
    kind = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
    return kind(place.hostname or "", place.port, timeout=timeout)


class Client:
    """Calls operations of a server over one connection; not for several threads.

    Args:
        address: The server; its key pair is exchanged for a token at once.

    Raises:
        RuntimeError: A call was not answered with 200; the message holds the answer.
    """

    def __init__(self, address: ServerAddress) -> None:
        place = urlsplit(address.api_host)
        self._connection = connection_to(place, timeout=120)
        self._path = place.path.rstrip("/")
        pair = base64.b64encode(f"{address.access_key}:{address.secret_key}".encode()).decode()
        self._authorization = f"Basic {pair}"
        self._authorization = f"Bearer {self.call('auth.login')['token']}"

    def call(self, operation: str, **body: Any) -> dict[str, Any]:
        """Call an operation and return its data."""
        return self._send(operation, json.dumps(body).encode(), "application/json")

    def send_lines(self, operation: str, lines: bytes) -> dict[str, Any]:
        """Send JSON lines that are ready and return the data of the answer."""
        return self._send(operation, lines, "application/json-lines")

    def _send(self, operation: str, body: bytes, kind: str) -> dict[str, Any]:
        headers = {"Authorization": self._authorization, "Content-Type": kind}
        self._connection.request("POST", f"{self._path}/v2.31/{operation}", body, headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{operation} must be answered with 200, but got {content[:500]!r}.")
        return dict(json.loads(content)["data"])

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
