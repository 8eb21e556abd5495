"""Who calls: credentials in, a caller out; signed tokens that expire.

The token has the shape that the SDK reads (unverified): `exp` for its renewal, `api_version`, `feature_set`.
https://clear.ml/docs/latest/docs/references/api/ (authentication)
"""

import base64
import binascii
import hashlib
import hmac
import sqlite3
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import jwt

from clearml_hpo_app.local.server.faults import Fault
from clearml_hpo_app.local.server.keys import Keys

API_VERSION = "2.34"
SERVER_VERSION = "2.3.0"
BUILD = "embedded"
COMPANY_NAME = "clearml"
USER_NAME = "Local User"
COOKIE = "clearml_token_basic"
DAY = 86_400
# Times are compared with the server's own clock, which need not be that of this machine.
_UNTIMED: Any = {"verify_exp": False, "verify_iat": False}


@dataclass(frozen=True)
class Caller:
    """Who makes a request: the one user of this server, and the session of the token (None for a key pair)."""

    company: str
    user: str
    session: str | None = None
    expires: int = 0


def issue(keys: Keys, now: datetime, seconds: int) -> str:
    """Return a token that is good for `seconds` from `now`."""
    payload = {
        "identity": {
            "company_name": COMPANY_NAME,
            "user_name": USER_NAME,
            "role": "user",
            "company": keys.company,
            "user": keys.user,
        },
        "exp": int(now.timestamp()) + seconds,
        "iat": int(now.timestamp()),
        "env": "<unknown>",
        "auth_type": "Bearer",
        "session_id": uuid.uuid4().hex,
        "api_version": API_VERSION,
        "server_version": SERVER_VERSION,
        "server_build": BUILD,
        "feature_set": "basic",
    }
    return jwt.encode(payload, keys.token_secret, algorithm="HS256")


def verify(keys: Keys, token: str, now: datetime) -> Caller:
    """Return the caller whom `token` names; a Fault 401/30 when it is not ours, or no longer good at `now`."""
    try:
        payload: dict[str, Any] = jwt.decode(token, keys.token_secret, algorithms=["HS256"], options=_UNTIMED)
        if payload["exp"] <= now.timestamp():
            raise jwt.ExpiredSignatureError("Signature has expired")
        identity = payload["identity"]
        return Caller(identity["company"], identity["user"], payload["session_id"], payload["exp"])
    except (jwt.InvalidTokenError, KeyError, TypeError) as error:
        raise Fault(401, 30, "Invalid token (invalid jwt token)", reason=str(error)) from error


def identify(
    db: sqlite3.Connection, keys: Keys, headers: Mapping[str, str], cookie: str | None, now: datetime
) -> Caller:
    """Return who sent a request with these headers, or raise a Fault 401."""
    header = headers.get("authorization", "")
    if not header and not cookie:
        raise Fault(401, 20, "Unauthorized (missing credentials)")
    scheme, _, value = header.partition(" ")
    if not header:
        return _session(db, verify(keys, cookie or "", now))
    if scheme.lower() == "bearer":
        return _session(db, verify(keys, value.strip(), now))
    if scheme.lower() == "basic":
        return _pair(db, keys, value.strip())
    raise Fault(401, 10, "Unauthorized (bad authentication header type)")


def hashed(secret: str) -> str:
    """Return what is stored of a further credential's secret (a long random text, so no salt is needed)."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _session(db: sqlite3.Connection, caller: Caller) -> Caller:
    if db.execute("SELECT 1 FROM revoked WHERE session = ?", [caller.session]).fetchone():
        raise Fault(401, 30, "Invalid token (revoked token)")
    return caller


def _pair(db: sqlite3.Connection, keys: Keys, encoded: str) -> Caller:
    try:
        access_key, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        access_key, secret = "", ""
    row = db.execute("SELECT secret_hash FROM credentials WHERE access_key = ?", [access_key]).fetchone()
    further = row[0] if row else ""
    own = hmac.compare_digest(access_key.encode(), keys.access_key.encode())
    expected = hashed(keys.secret_key) if own else further
    if expected and hmac.compare_digest(hashed(secret), expected):
        return Caller(keys.company, keys.user)
    text = "Unauthorized (invalid credentials) (failed to locate provided credentials)"
    raise Fault(401, 22, text)
