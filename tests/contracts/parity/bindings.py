"""What differs between any two servers: ids, times, secrets, names of the user.

Each recorded one is bound to ours at first sight, one to one, and must then agree for ever. A time must also be
that of the recording, give or take what a request lasted, since the replay runs by the recording's clock.
"""

import re
from datetime import datetime, timedelta
from typing import Any

from parity.cuts import same_as_cut

_TOKEN = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?)|(?P<id>(?:\bemu)?(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f]))"
)
_SECRET = re.compile(r"<(?:JWT|ACCESS_KEY\w*|SECRET_KEY\w*)>")
_SHORTEST_TOKEN = 32
_SLACK = timedelta(seconds=3)
_EPOCH = 10**12  # whole numbers from here on are milliseconds since 1970


class Bindings:
    """Which of our ids, times, secrets and names stands for which recorded one."""

    def __init__(self) -> None:
        self._ours: dict[Any, Any] = {}
        self._recorded: dict[Any, Any] = {}
        self._names: dict[str, str] = {}

    def copy(self) -> "Bindings":
        """Return bindings that can learn apart from these."""
        twin = Bindings()
        twin._ours, twin._recorded, twin._names = dict(self._ours), dict(self._recorded), dict(self._names)
        return twin

    def sent(self, value: Any) -> Any:
        """Return a recorded request's body as ours: known ids are translated, new ones stand for themselves."""
        if isinstance(value, dict):
            return {self.sent(key): self.sent(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.sent(item) for item in value]
        if isinstance(value, int) and value >= _EPOCH:
            self._ours.setdefault(value, value)
        if not isinstance(value, str):
            return value
        return _SECRET.sub(self._sent, _TOKEN.sub(self._sent, value))

    def _sent(self, token: re.Match[str]) -> str:
        if token.groupdict().get("time"):
            self._ours.setdefault(token[0][:23], token[0][:23])
            return token[0]
        ours = self._ours.setdefault(token[0], token[0])
        self._recorded.setdefault(ours, token[0])
        return str(ours)

    def knows(self, recorded: str) -> bool:
        """Return whether a recorded id is bound."""
        return recorded in self._ours

    def forget(self, recorded: str) -> None:
        """Unbind an id: the next one seen in its place counts."""
        self._recorded.pop(self._ours.pop(recorded, None), None)

    def key(self, recorded: str) -> str:
        """Return the key of an object as ours has it: known ids are translated, new ones never bound."""
        return _TOKEN.sub(lambda token: str(self._ours.get(token[0], token[0])), recorded)

    def name(self, recorded: str, ours: str) -> bool:
        """Bind a name of the user; return whether the two agree."""
        self._names.setdefault(recorded, ours)
        return self._names[recorded] == ours

    def text(self, recorded: str, ours: str) -> bool:
        """Return whether two texts agree: all else is the same, and the ids, times and secrets in them agree."""
        if recorded == "<JWT>":  # of a login, or of a scroll: the last one counts
            self._ours[recorded] = ours
            return len(ours) >= _SHORTEST_TOKEN
        if _SECRET.fullmatch(recorded):
            return self._bound(recorded, ours)
        recorded = same_as_cut(
            _SECRET.sub(lambda secret: str(self._ours.get(secret[0], secret[0])), recorded), ours
        )
        theirs, mine = list(_TOKEN.finditer(recorded)), list(_TOKEN.finditer(ours))
        if len(theirs) != len(mine) or self._named(_TOKEN.sub("", recorded)) != _TOKEN.sub("", ours):
            return False
        return all(self._token(one, two) for one, two in zip(theirs, mine, strict=True))

    def number(self, recorded: float, ours: float) -> bool:
        """Return whether two numbers agree: they are equal, or both the same bound moment in milliseconds."""
        if recorded == ours and recorded not in self._ours:
            return True
        if not isinstance(recorded, int) or not isinstance(ours, int) or recorded < _EPOCH:
            return recorded == ours
        near = abs(recorded - ours) <= _SLACK / timedelta(milliseconds=1)
        return near and bool(self._ours.setdefault(recorded, ours) == ours)

    def _named(self, text: str) -> str:
        for recorded, ours in self._names.items():
            if " " in recorded:  # a full name, wherever it stands
                text = text.replace(recorded, ours)
        return text

    def _token(self, recorded: re.Match[str], ours: re.Match[str]) -> bool:
        if recorded.lastgroup != ours.lastgroup:
            return False
        if recorded.lastgroup == "id":
            return self._bound(recorded[0], ours[0])
        return self._time(*(token if "." in token else f"{token}.000000" for token in (recorded[0], ours[0])))

    def _time(self, recorded: str, ours: str) -> bool:
        """Times without a fraction are those of a full second."""
        if len(recorded) != len(ours):
            return False
        try:
            near = abs(datetime.fromisoformat(recorded[:23]) - datetime.fromisoformat(ours[:23])) <= _SLACK
        except ValueError:
            return recorded == ours
        return near and bool(self._ours.setdefault(recorded[:23], ours[:23]) == ours[:23])

    def _bound(self, recorded: str, ours: str) -> bool:
        known = self._ours.setdefault(recorded, ours)
        return bool(known == ours and self._recorded.setdefault(ours, recorded) == recorded)
