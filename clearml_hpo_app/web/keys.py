"""What opens the page: keys, a password, and the sessions of browsers that were let in."""

import hmac
import secrets
from collections import deque

from clearml_hpo_app.clock import Clock

TRIES_PER_MINUTE = 10
BRIEF_SECONDS = 300


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
        self._tries: deque[float] = deque()
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

    def opens(self, text: str) -> bool:
        """Tell whether a key or a password is right; after ten wrong ones within a minute, nothing is."""
        now = self._clock.now().timestamp()
        while self._tries and self._tries[0] < now - 60:
            self._tries.popleft()
        if len(self._tries) >= TRIES_PER_MINUTE:
            return False
        keys = [self.key, *(key for key, end in self._brief.items() if now < end)]
        is_key = any(hmac.compare_digest(text.encode(), key.encode()) for key in keys)
        is_password = hmac.compare_digest(text.encode(), self.password.encode())
        if is_key or (self.password and is_password):
            return True
        self._tries.append(now)
        return False
