"""A wiretap: it notes every request as it came over the wire, and can lose or refuse some."""

import json
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from simulation import World

from benchmarks.proxy import Exchange, Proxy, Treatment, pass_on
from clearml_hpo_app.controller.loop import Controller
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
        faults: What becomes of the next requests of an operation, one after the other.
        otherwise: What becomes of all other requests.
    """

    requests: list[Request] = field(default_factory=list)
    lost: Counter[str] = field(default_factory=Counter)
    refuses: dict[str, Callable[[Any], bool]] = field(default_factory=dict)
    before: dict[str, Callable[[], object]] = field(default_factory=dict)
    faults: defaultdict[str, deque[Treatment]] = field(default_factory=lambda: defaultdict(deque))
    otherwise: Treatment = pass_on
    proxy: Proxy = field(init=False)

    @property
    def address(self) -> ServerAddress:
        return self.proxy.address

    def count(self, operation: str) -> int:
        return sum(request.operation == operation for request in self.requests)

    def treat(self, exchange: Exchange) -> None:
        operation, body = exchange.operation, _read(exchange.body)
        self.requests.append(Request(exchange.method, operation, body))
        if operation in self.refuses and self.refuses[operation](body):
            exchange.answer(_http("400 Bad Request", REFUSAL))
            return
        self.before.pop(operation, _nothing)()
        if self.lost[operation] > 0:
            self.lost[operation] -= 1
            lose(exchange)
            return
        waiting = self.faults[operation]
        (waiting.popleft() if waiting else self.otherwise)(exchange)


@contextmanager
def wiretap(address: ServerAddress) -> Iterator[Wiretap]:
    """Listen in on all that goes to `address` through the address of the wiretap."""
    tap = Wiretap()
    with Proxy(address, tap.treat) as tap.proxy:
        yield tap


def begin(world: World, tap: Wiretap, **more: Any) -> Controller:
    """Open a controller that talks through the wiretap."""
    client = world.connect(tap.address)
    return world.open(world.instance(client, **more), client)


def lose(exchange: Exchange) -> None:
    """The server carries it out, and the connection ends without an answer."""
    exchange.forward()
    exchange.drop()


def cut(exchange: Exchange) -> None:
    """The server carries it out, and its answer breaks off in the middle."""
    answer = exchange.forward()
    exchange.answer(answer[: (answer.index(b"\r\n\r\n") + len(answer)) // 2])
    exchange.drop()


def swallow(exchange: Exchange) -> None:
    """Nothing is carried out and nothing answered, but the connection stays."""
    exchange.outlast()


def stall(exchange: Exchange) -> None:
    """The server carries it out, and no answer ever comes, but the connection stays."""
    exchange.forward()
    exchange.outlast()


def answers(status: str) -> Treatment:
    """Return the treatment by a gateway that answers `status` ("502 Bad Gateway") itself."""
    return lambda exchange: exchange.answer(_http(status, b"<html>"))


def _http(status: str, content: bytes) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content


def _nothing() -> None:
    """The usual."""


def _read(data: bytes) -> Any:
    text = data.decode()
    try:
        return json.loads(text) if text else {}
    except ValueError:
        return [json.loads(line) for line in text.splitlines()]
