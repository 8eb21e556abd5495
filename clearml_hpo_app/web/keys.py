"""What opens the page: keys, a password, and the sessions of browsers that were let in."""

import hmac
import math
import secrets
from collections import deque

from clearml_hpo_app.clock import Clock

TRIES_PER_MINUTE = 10
BRIEF_SECONDS = 300
SHORTEST_PASSWORD = 8
"""Characters; ten tries a minute find a shorter one in no long time."""


class Secrets:
    """What opens the page: a key that stands in an address, a password where one was given, and sessions.

    Args:
        password: What people type; empty where the key alone opens.
        clock: Tells when tries were made.
    """

    def __init__(self, password: str, clock: Clock) -> None:
        self.key = secrets.token_urlsafe(24)
        self.password = password
        self._session = secrets.token_urlsafe(32)
        self._clock = clock
        self._tries: dict[str, deque[float]] = {}
        self._brief: dict[str, float] = {}

    @property
    def session(self) -> str:
        """What the cookie of a browser that was let in holds."""
        return self._session

    def brief_key(self) -> str:
        """Return a key that opens for five minutes: all users of a machine see what a browser is started with."""
        key = secrets.token_urlsafe(24)
        self._brief[key] = self._clock.now().timestamp() + BRIEF_SECONDS
        return key

    def is_session(self, text: str) -> bool:
        """Tell whether a cookie is ours."""
        return hmac.compare_digest(text.encode(), self._session.encode())

    def opens(self, text: str, address: str) -> bool:
        """Tell whether a key or a password is right; `address` is where it comes from.

        After ten wrong passwords from an address within a minute, none from there is right. A key is too long to
        be found by trying, so nobody's wrong tries keep out the one who has it.
        """
        return self._is_key(text) or (bool(self.password) and self._is_password(text, address))

    def seconds_locked(self, address: str) -> int:
        """Return how long no password from `address` is right, since ten wrong ones came; 0 where one may be."""
        tries, now = self._tries.get(address), self._clock.now().timestamp()
        return max(math.ceil(tries[0] + 60 - now), 0) if tries and len(tries) == TRIES_PER_MINUTE else 0

    def _is_key(self, text: str) -> bool:
        now = self._clock.now().timestamp()
        keys = [self.key, *(key for key, end in self._brief.items() if now < end)]
        return any(hmac.compare_digest(text.encode(), key.encode()) for key in keys)

    def _is_password(self, text: str, address: str) -> bool:
        if self.seconds_locked(address):
            return False
        now = self._clock.now().timestamp()
        self._tries = {each: tries for each, tries in self._tries.items() if tries[-1] > now - 60}
        tries = self._tries.get(address, deque(maxlen=TRIES_PER_MINUTE))
        if hmac.compare_digest(text.encode(), self.password.encode()):
            return True
        tries.append(now)
        self._tries[address] = tries
        return False
