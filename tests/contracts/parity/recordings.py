"""Recorded exchanges: which files there are, and what one line of them holds."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

DEFAULT = Path(__file__).resolve().parents[4] / "shared" / "facts" / "server-recordings"
_DAY = datetime(2026, 11, 24, tzinfo=timezone.utc)  # of the recordings; their lines hold the time only


@dataclass(frozen=True)
class Exchange:
    """One request of a recording and the answer that a real server gave.

    Attributes:
        recording: Name of the file, without its ending.
        number: Place in it.
        moment: When the request came in. In a recording they stand in the order of their answers.
        line: All that was recorded.
    """

    recording: str
    number: int
    moment: datetime
    line: dict[str, Any]

    @property
    def operation(self) -> str:
        """The operation's name (`tasks.clone`); the path where there is none."""
        return str(self.line["path"]).rsplit("/", 1)[-1] or "/"

    @property
    def end(self) -> datetime:
        """When the answer went out."""
        return self.moment + timedelta(milliseconds=float(self.line.get("ms", 0)))

    @property
    def status(self) -> int:
        """HTTP status of the answer."""
        return int(self.line["status"])

    @property
    def answer(self) -> Any:
        """The answer's body: JSON, text, or None."""
        return self.line.get("response_json", self.line.get("response_text"))

    @property
    def asked(self) -> str:
        """Path and body of the request."""
        body = self.line.get("request_json", self.line.get("request_lines", self.line.get("request_text")))
        return f"{self.line['path']} {json.dumps(body)}"

    def __str__(self) -> str:
        return f"{self.recording} {self.number} {self.line['method']} {self.asked[:300]}"


def read(folder: Path) -> list[Exchange]:
    """Return the exchanges with the API in all files of `folder`, in the order in which they happened."""
    recordings = [list(_exchanges(file)) for file in sorted(folder.glob("*.jsonl"))]
    recordings.sort(key=lambda exchanges: exchanges[0].moment if exchanges else _DAY)
    return [exchange for exchanges in recordings for exchange in exchanges]


def _exchanges(file: Path) -> Iterator[Exchange]:
    for text in file.read_text("utf-8").splitlines():
        line = json.loads(text)
        if line.get("to") == "api":
            yield Exchange(file.stem, line["seq"], _moment(line["t"]), line)


def _moment(clock: str) -> datetime:
    hours, minutes, seconds = clock.split(":")
    return _DAY + timedelta(hours=int(hours), minutes=int(minutes), milliseconds=round(float(seconds) * 1000))
