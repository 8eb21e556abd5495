"""Passes: texts that open the pages for a while. Whoever has the server's secret can make one; it names no secret.

A pass only shows pages. It is no credential of the API, since it stands in addresses and in a cookie, which a
browser also sends to other servers of the same machine.
"""

import base64
import hashlib
import hmac
from datetime import datetime


def make_pass(secret: str, until: datetime) -> str:
    """Return a pass that is good until the moment `until`."""
    end = str(int(until.timestamp()))
    return f"{end}.{_signature(secret, end)}"


def is_good(secret: str, text: str, now: datetime) -> bool:
    """Return whether `text` is a pass made with `secret` that has not ended yet."""
    end, _, signature = text.partition(".")
    signed = hmac.compare_digest(signature.encode(), _signature(secret, end).encode())
    return signed and int(end) > now.timestamp()


def _signature(secret: str, end: str) -> str:
    digest = hmac.new(secret.encode(), f"pages until {end}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:18]).decode()
