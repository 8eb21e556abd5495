"""Differences that are known and meant, each with its reason: `accepted.json`.

An entry names the operation, what was asked, the place and the text of a difference (regular expressions), and the
number of exchanges that it covers, so that the list can't grow unseen.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from parity.comparison import Difference
from parity.recordings import Exchange

FILE = Path(__file__).parent / "accepted.json"


@dataclass(frozen=True)
class Pattern:
    """One kind of accepted difference; see the module's text."""

    operation: str
    place: str
    reason: str
    exchanges: int
    text: str = ""
    asked: str = ""

    def covers(self, exchange: Exchange, difference: Difference) -> bool:
        """Return whether this is the difference that is meant."""
        return bool(
            re.fullmatch(self.operation, exchange.operation)
            and re.fullmatch(self.place, difference.place)
            and re.search(self.text, difference.text, re.DOTALL)
            and re.search(self.asked, exchange.asked)
        )


class Accepted:
    """The patterns of `accepted.json`."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        self.patterns = patterns

    def covering(self, exchange: Exchange, difference: Difference) -> Pattern | None:
        """Return the pattern that accepts a difference, None when there is none."""
        return next((pattern for pattern in self.patterns if pattern.covers(exchange, difference)), None)

    def remaining(self, exchange: Exchange, differences: Sequence[Difference]) -> list[Difference]:
        """Return the differences of an exchange that no pattern accepts."""
        return [difference for difference in differences if self.covering(exchange, difference) is None]


def read(file: Path = FILE) -> Accepted:
    """Return the patterns of a file."""
    return Accepted([Pattern(**entry) for entry in json.loads(file.read_text("utf-8"))])
