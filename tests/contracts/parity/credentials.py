"""What a recorded request is sent with: recordings hold no credentials, only what the server thought of them."""

import base64

from clearml_hpo_app.local.server import ServerAddress
from parity.recordings import Exchange

_COOKIE = "clearml_token_basic"


class Credentials:
    """Headers as good, or as bad, as those of the recorded request."""

    def __init__(self, address: ServerAddress) -> None:
        self.good = {"Authorization": _basic(f"{address.access_key}:{address.secret_key}")}
        self._token = ""
        self._short = ""

    def headers(self, exchange: Exchange) -> dict[str, str]:
        """Return the headers that say who calls."""
        scheme = exchange.line["request_headers"].get("authorization", "").partition(" ")[0]
        if exchange.status == 401:
            return self._refused(scheme, str(exchange.answer))
        if exchange.operation == "auth.logout":
            return {"Authorization": f"Bearer {self._token}"}
        if not scheme:
            return {"Cookie": f"{_COOKIE}={self._token}"} if self._token else {}
        return dict(self.good)

    def learn(self, exchange: Exchange, token: str) -> None:
        """Take note of a token that a login gave."""
        if (exchange.line.get("request_json") or {}).get("expiration_sec") == 1:
            self._short = token
        else:
            self._token = token

    def _refused(self, scheme: str, answer: str) -> dict[str, str]:
        if not scheme:
            return {}
        if scheme == "Basic":
            return {"Authorization": _basic("nobody:nothing")}
        if scheme != "Bearer":
            return {"Authorization": f"{scheme} anything"}
        tokens = {
            "has expired": self._short,
            "verification failed": _tampered(self._token),
            "revoked": self._token,
        }
        return {"Authorization": f"Bearer {next((t for k, t in tokens.items() if k in answer), 'nonsense')}"}


def _basic(pair: str) -> str:
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def _tampered(token: str) -> str:
    """Another first letter of the signature: the last one may hold no bits of it."""
    head, _, signature = token.rpartition(".")
    return f"{head}.{'A' if signature[:1] != 'A' else 'B'}{signature[1:]}"
