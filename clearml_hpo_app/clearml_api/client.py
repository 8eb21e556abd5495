"""One authenticated connection: sends operations, counts them, and turns refusals into our errors."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from clearml_hpo_app.clearml_api.answers import answered, data_of
from clearml_hpo_app.clearml_api.budget import CallBudget
from clearml_hpo_app.clock import Clock, SystemClock

COARSE = timedelta(seconds=2)


class Client:
    """Sends operations to one server.

    Attributes:
        calls: Number of calls made so far, by operation (`tasks.clone`).
        budget: How many are made within a minute; without a ceiling until one is set.
        before_call: Done right before each call, `None` for nothing; what it raises keeps that from being made.
        web_host: Address of the web UI, empty when it is not known.
        files_host: Address of the files server.
    """

    def __init__(self, session: Any, *, web_host: str, files_host: str, clock: Clock | None = None) -> None:
        self._session = session
        self._clock = clock or SystemClock()
        self._offset = timedelta()
        self.web_host = web_host
        self.files_host = files_host
        self.calls: Counter[str] = Counter({"auth.login": 1})
        self.budget = CallBudget(self._clock)
        self.before_call: Callable[[], None] | None = None

    @property
    def api_host(self) -> str:
        """Address of the API server."""
        return str(self._session.host)

    @property
    def api_version(self) -> tuple[int, ...]:
        """Highest API version that the server offers, as (2, 34)."""
        return tuple(int(part) for part in str(self._session.max_api_version).split("."))

    @property
    def token(self) -> str:
        """The current bearer token, for the files server; never logged."""
        return str(self._session.token)

    def call(self, operation: str, **body: Any) -> dict[str, Any]:
        """Carry out `operation` (`tasks.clone`) and return the answer's data.

        Raises:
            ServerUnavailable: No answer, or one that says "later". A write may have been carried out.
            CredentialsRefused: The server does not accept the credentials.
            RequestRefused: The server refused the request, with its code and sentence.
        """
        return self._send(operation, json=body)

    def call_lines(self, operation: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Carry out a batch `operation` whose body is one JSON object per line; raises as `call`."""
        lines = "\n".join(json.dumps(row, ensure_ascii=False, allow_nan=False) for row in rows)
        headers = {"Content-Type": "application/json-lines"}
        return self._send(operation, data=lines.encode("utf-8"), headers=headers)

    def now(self) -> datetime:
        """Return the time on the server's clock, as far as its answers told it."""
        return self._clock.now() + self._offset

    def observe_server_time(self, moment: datetime) -> None:
        """Take in that the server's clock showed `moment` just now."""
        self._offset = moment - self._clock.now()

    def environment(self) -> dict[str, str]:
        """Return the variables by which another process reaches the same server as the same user; never logged."""
        return {
            "CLEARML_API_HOST": self.api_host,
            "CLEARML_WEB_HOST": self.web_host,
            "CLEARML_FILES_HOST": self.files_host,
            "CLEARML_API_ACCESS_KEY": str(self._session.access_key),
            "CLEARML_API_SECRET_KEY": str(self._session.secret_key),
        }

    @property
    def verify(self) -> bool | str:
        """Whether, or by which certificates, HTTPS servers are verified: as the configuration says."""
        verify: bool | str = self._session.config.get("api.verify_certificate", True)
        return verify

    def _send(self, operation: str, **request: Any) -> dict[str, Any]:
        service, _, action = operation.partition(".")
        self.budget.spend()
        if self.before_call is not None:
            self.before_call()
        self.calls[operation] += 1

        def send() -> Any:
            return self._session.send_request(service, action, method="post", **request)

        token = self._session.raw_token
        response = answered(operation, send)
        if response.status_code == 401 and self._session.raw_token != token:
            response = answered(operation, send)  # the SDK fetched a new token, but repeated it with the old one
        self._observe_date(str(response.headers.get("Date", "")))
        return data_of(operation, response)

    def _observe_date(self, header: str) -> None:
        """An HTTP date has whole seconds only: it corrects what is wrong by more than that."""
        try:
            moment = parsedate_to_datetime(header)
        except (TypeError, ValueError):
            return
        if moment.tzinfo is not None and abs(moment - self.now()) > COARSE:
            self.observe_server_time(moment)
