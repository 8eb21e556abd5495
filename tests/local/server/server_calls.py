"""Small calls of a server, as the tests of the embedded server make them."""

import base64
import json
import urllib.request
from typing import Any

from clearml_hpo_app.local.server import ServerAddress


def call(address: ServerAddress, operation: str, **body: Any) -> dict[str, Any]:
    """Call an operation and return its data; a wrong status raises `urllib.error.HTTPError`."""
    answer = send(address, f"{address.api_host}/v2.31/{operation}", json.dumps(body).encode())
    return dict(json.loads(answer)["data"])


def send(address: ServerAddress, url: str, data: bytes | None = None, **headers: str) -> bytes:
    """Send a request with the server's credentials and return the body of the answer."""
    pair = base64.b64encode(f"{address.access_key}:{address.secret_key}".encode()).decode()
    request = urllib.request.Request(
        url, data, {"Authorization": f"Basic {pair}", "Content-Type": "application/json", **headers}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return bytes(answer.read())
