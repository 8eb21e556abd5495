"""What was on the recorded server without a recorded request for it: queues and projects that answers show.

They are made on our server, by the recording's clock, as soon as they must have been there.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from parity.recordings import Exchange

Make = Callable[[str, dict[str, Any], datetime], None]
_KEPT = ("name", "tags", "system_tags", "description")


class Setup:
    """Makes what no recorded request made.

    Args:
        make: Calls an operation of our server at a time; a refusal (it is there already) does not matter.
    """

    def __init__(self, make: Make) -> None:
        self._make = make
        self._pending: dict[str, tuple[str, dict[str, Any]]] = {}

    def learn(self, exchanges: Sequence[Exchange]) -> None:
        """Read what there is in all that will be replayed, and make what is older than that."""
        for exchange in exchanges:
            for service, row in _rows(exchange):
                before = self._pending.get(row["id"], (service, {}))[1]
                self._pending[row["id"]] = (service, {**row, **before})
        start = exchanges[0].moment
        times = {key: _made(row, start) for key, (_, row) in self._pending.items()}
        for key in sorted((key for key, time in times.items() if time < start), key=lambda key: times[key]):
            self._make_one(key, start)

    def before(self, exchange: Exchange, known: Callable[[str], bool]) -> None:
        """Make the queues and projects that the answer shows, unless their id is `known` or they were made."""
        for _, row in _rows(exchange):
            if row["id"] in self._pending and not known(row["id"]):
                self._make_one(row["id"], exchange.moment)

    def _make_one(self, key: str, otherwise: datetime) -> None:
        service, row = self._pending.pop(key)
        if "name" in row:
            body = {name: row[name] for name in _KEPT if row.get(name)}
            self._make(f"{service}.create", body, _made(row, otherwise))


def _rows(exchange: Exchange) -> Iterator[tuple[str, dict[str, Any]]]:
    service = exchange.operation.partition(".")[0]
    if service not in ("queues", "projects") or exchange.status != 200 or not isinstance(exchange.answer, dict):
        return
    data = exchange.answer["data"]
    for row in [*(data.get(service) or []), data.get(service[:-1])]:
        if isinstance(row, dict) and "id" in row:
            yield service, {**_asked_name(exchange), **row}


def _asked_name(exchange: Exchange) -> dict[str, str]:
    """Return the name that a request asks for by an exact pattern, which its answer need not repeat."""
    found = re.fullmatch(r"\^(.+)\$", str((exchange.line.get("request_json") or {}).get("name")))
    return {"name": re.sub(r"\\(.)", r"\1", found[1])} if found else {}


def _made(row: dict[str, Any], otherwise: datetime) -> datetime:
    return datetime.fromisoformat(row["created"]) if "created" in row else otherwise
