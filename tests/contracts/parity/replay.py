"""Sends recorded requests to the embedded server, by the recording's clock."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from clearml_hpo_app.local.server import EmbeddedServer, ServerAddress
from parity import cuts
from parity.bindings import Bindings
from parity.credentials import Credentials
from parity.recordings import Exchange
from parity.setup import Setup

# What a client says of itself and its body; the rest is of its connection.
_HEADERS = frozenset({"content-type", "content-encoding", "x-clearml-worker", "x-clearml-client"})


@dataclass(frozen=True)
class Answer:
    """What our server answered: HTTP status and body (JSON, text, or None)."""

    status: int
    body: Any


class RecordedClock:
    """The time of the request that is being replayed."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        """Return the recorded time."""
        return self.moment

    def wait(self, seconds: float) -> None:
        """Nothing waits in a replay."""


class Replay:
    """One server, asked what a real one was asked."""

    def __init__(self, address: ServerAddress, clock: RecordedClock, bindings: Bindings) -> None:
        self._clock, self._bindings = clock, bindings
        self._credentials = Credentials(address)
        place = urlsplit(address.api_host)
        self._connection = HTTPConnection(place.hostname or "", place.port, timeout=60)
        self._setup = Setup(self._make)

    def prepare(self, exchanges: Sequence[Exchange]) -> None:
        """Make what was there before the first exchange."""
        self._setup.learn(exchanges)

    def send(self, exchange: Exchange) -> Answer:
        """Send the recorded request and return the answer."""
        self._setup.before(exchange, self._bindings.knows)
        self._clock.moment = exchange.moment
        line = exchange.line
        query = f"?{line['query']}" if line.get("query") else ""
        headers = self._credentials.headers(exchange)
        headers |= {key: value for key, value in line["request_headers"].items() if key in _HEADERS}
        body = self._body(line)
        self._connection.request(line["method"], self._bindings.sent(line["path"]) + query, body, headers)
        response = self._connection.getresponse()
        answer = Answer(response.status, _parsed(response.read().decode()))
        if exchange.operation == "auth.login" and answer.status == 200:
            self._credentials.learn(exchange, answer.body["data"]["token"])
        return answer

    def _make(self, operation: str, body: dict[str, Any], moment: datetime) -> None:
        """Call an operation at another time than a recorded one, and leave its answer alone."""
        self._clock.moment = moment
        self._connection.request("POST", f"/{operation}", json.dumps(body).encode(), self._credentials.good)
        self._connection.getresponse().read()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _body(self, line: dict[str, Any]) -> bytes:
        if "request_lines" in line:
            rows = self._bindings.sent(cuts.whole(line["request_lines"]))
            return "\n".join(json.dumps(row) for row in rows).encode()
        if "request_json" in line:
            text = json.dumps(self._bindings.sent(cuts.whole(line["request_json"])))
            return text.replace(": Infinity", ": 1e999").encode()  # a number too large, not the word
        return str(self._bindings.sent(line.get("request_text", ""))).encode()


@contextmanager
def replaying(exchanges: Sequence[Exchange], bindings: Bindings) -> Iterator[Replay]:
    """Give a fresh server that is ready for the exchanges, of which there is at least one."""
    clock = RecordedClock(exchanges[0].moment)
    with TemporaryDirectory() as data, EmbeddedServer(Path(data), port=0, clock=clock) as address:
        replay = Replay(address, clock, bindings)
        replay.prepare(exchanges)
        try:
            yield replay
        finally:
            replay.close()


def _parsed(text: str) -> Any:
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text
