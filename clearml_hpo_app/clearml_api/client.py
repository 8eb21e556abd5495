"""One authenticated connection: sends operations, counts them, and turns refusals into our errors."""

import copy
import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from clearml_hpo_app.clearml_api.budget import CallBudget
from clearml_hpo_app.clock import Clock, SystemClock
from clearml_hpo_app.errors import ApiError, CredentialsRefused, RequestRefused, ServerUnavailable, UnreadableFile

RETRIES = {
    "total": 2,
    "connect": 2,
    "read": 2,
    "redirect": 2,
    "status": 2,
    "backoff_factor": 0.5,
    "backoff_max": 3,
}
"""What the HTTP layer repeats by itself; the SDK's default would block for hours. The loop decides the rest."""

TIMEOUT_SECONDS = (10.0, 40.0)
"""How long to wait for a connection, and for an answer."""

COARSE = timedelta(seconds=2)
_LATER = {429, 502, 503, 504, 509}


class Client:
    """Sends operations to one server.

    Attributes:
        calls: Number of calls made so far, by operation (`tasks.clone`).
        budget: How many are made within a minute; without a ceiling until one is set.
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
        self.calls[operation] += 1

        def send() -> Any:
            return self._session.send_request(service, action, method="post", **request)

        token = self._session.raw_token
        response = _answered(operation, send)
        if response.status_code == 401 and self._session.raw_token != token:
            response = _answered(operation, send)  # the SDK fetched a new token, but repeated it with the old one
        self._observe_date(str(response.headers.get("Date", "")))
        return _data(operation, response)

    def _observe_date(self, header: str) -> None:
        """An HTTP date has whole seconds only: it corrects what is wrong by more than that."""
        try:
            moment = parsedate_to_datetime(header)
        except (TypeError, ValueError):
            return
        if moment.tzinfo is not None and abs(moment - self.now()) > COARSE:
            self.observe_server_time(moment)


def connect() -> Client:
    """Connect to the server that `clearml.conf` or the `CLEARML_*` environment variables name.

    Raises:
        CredentialsRefused: There are no credentials, or the server does not accept them.
        ServerUnavailable: No server answers there.
    """
    from clearml.backend_api import Session
    from clearml.backend_api.session.defs import MissingConfigError

    try:
        session = _log_in()
    except MissingConfigError as error:
        raise CredentialsRefused(
            "auth.login",
            "ClearML credentials must be configured, but there are none. Run clearml-init, or set "
            "CLEARML_API_HOST, CLEARML_API_ACCESS_KEY and CLEARML_API_SECRET_KEY.",
        ) from error
    return Client(
        session, web_host=_host(Session.get_app_server_host), files_host=_host(Session.get_files_server_host)
    )


def connect_to(
    api_host: str,
    access_key: str,
    secret_key: str,
    *,
    web_host: str = "",
    files_host: str = "",
    clock: Clock | None = None,
    timeouts: tuple[float, float] = TIMEOUT_SECONDS,
) -> Client:
    """Connect to the server at `api_host` with these credentials, whatever the configuration names.

    `timeouts` are as `TIMEOUT_SECONDS`. Raises as `connect`.
    """
    session = _log_in(timeouts, host=api_host, api_key=access_key, secret_key=secret_key)
    return Client(session, web_host=web_host, files_host=files_host, clock=clock)


def _log_in(timeouts: tuple[float, float] = TIMEOUT_SECONDS, **where: str) -> Any:
    from clearml.backend_api import Session

    config = _patient_config()
    _probe(where.get("host") or Session.get_api_server_host(config), config.get("api.verify_certificate", True))
    retries = dict(RETRIES)  # the session adds to the one that it gets
    session = _answered("auth.login", lambda: Session(config=config, http_retries_config=retries, **where))
    # by the SDK's own the run would stand still for five minutes
    session._session_timeout = session._write_session_timeout = timeouts
    connection = getattr(session, "_Session__http_session", None)  # there is no other way to it; tests notice
    if connection is not None:
        connection.write_timeout = timeouts
        connection.hooks["response"].append(_require_whole)
    return session


def _require_whole(response: Any, **_: Any) -> None:
    """Make an answer that breaks off a lost connection: the SDK would repeat the request at once, also a write."""
    import requests

    try:
        response.content  # noqa: B018  reads it
    except requests.RequestException as error:
        raise requests.ConnectionError(f"the answer broke off: {error}") from error


def _probe(host: str, verify: bool | str) -> None:
    """Look once at the address and the certificate: over a bad one the SDK would try for ever, unheard."""
    import requests

    if not host.startswith(("http:", "https:")):
        raise CredentialsRefused(
            "debug.ping", f"The address of the API server must begin with http:// or https://, but it is {host!r}."
        )
    if not host.startswith("https:"):
        return
    try:
        requests.get(f"{host}/debug.ping", verify=verify, timeout=TIMEOUT_SECONDS)
    except requests.exceptions.SSLError as error:
        raise CredentialsRefused(
            "debug.ping",
            f"The certificate of {host} must be one that this machine trusts, but is not: {_reason(str(error))} "
            "Install the authority's certificate, or set api.verify_certificate in clearml.conf.",
        ) from error
    except requests.RequestException:
        return  # the login, which comes next, tells of anything else


def _patient_config() -> Any:
    """Copy the process's ClearML configuration, without its endless waiting for a server under maintenance."""
    from clearml.backend_config.errors import ConfigurationError
    from clearml.config import ConfigWrapper

    try:
        config = copy.deepcopy(ConfigWrapper._init())
    except ConfigurationError as error:
        raise UnreadableFile(f"ClearML's configuration file must be readable, but: {error}") from error
    # in place: an override would read and parse all configuration files once more
    config.get("api").put("http.wait_on_maintenance_forever", False)
    return config


def _host(find: Callable[[], str]) -> str:
    try:
        return find().rstrip("/")
    except ValueError:
        return ""


def _answered(operation: str, send: Callable[[], Any]) -> Any:
    """Run `send`, turning every way in which no usable answer arrives into an `ApiError`."""
    import requests
    from clearml.backend_api.session.defs import MissingConfigError
    from clearml.backend_api.session.session import LoginError

    try:
        return send()
    except MissingConfigError:
        raise
    except LoginError as error:
        text = str(error)
        if "error 401" in text or "error 403" in text:
            raise CredentialsRefused(
                operation, f"The server must accept the credentials, but it says: {text} Check clearml.conf."
            ) from error
        raise ServerUnavailable(operation, f"No ClearML server answers: {_reason(text)}") from error
    except (requests.RequestException, ConnectionError, TimeoutError) as error:
        raise ServerUnavailable(operation, f"No answer to {operation}: {_reason(str(error))}") from error
    except ValueError as error:  # the SDK's word for a login that something else answers, with 200
        raise ServerUnavailable(operation, f"No ClearML server answers: {_reason(str(error))}") from error


def _reason(text: str) -> str:
    """Return why there was no connection as a short sentence, or the HTTP layer's own words."""
    place = re.search(r"host='([^']+)', port=(\d+)", text)
    reason = re.search(r"\[Errno -?\d+\] ([^'\")\]]+)", text)
    if place and reason:
        return f"{place[1]}:{place[2]} says {reason[1].strip().lower()}. Check the address, or try again later."
    if "RemoteDisconnected" in text or "ConnectionResetError" in text:
        return "the connection was closed before it came."
    return text if len(text) <= 300 else f"{text[:300]}…"


def _data(operation: str, response: Any) -> dict[str, Any]:
    status = int(response.status_code)
    if status in _LATER:
        raise ServerUnavailable(operation, f"{operation} was answered with HTTP {status}.")
    try:
        answer = response.json()
        meta, data = answer["meta"], answer["data"]
    except (ValueError, KeyError, TypeError) as error:
        raise ServerUnavailable(operation, f"{operation} was not answered by a ClearML server.") from error
    if status == 200:
        return dict(data)
    raise _refusal(operation, status, int(meta.get("result_subcode") or 0), str(meta.get("result_msg", "")))


def _refusal(operation: str, status: int, subcode: int, message: str) -> ApiError:
    if status == 401:
        return CredentialsRefused(operation, f"The server refused the credentials: {message}")
    if status >= 500 and not operation.startswith("events."):  # there 500 also means a value that it cannot store
        return ServerUnavailable(operation, f"{operation} failed on the server: {message}")
    return RequestRefused(operation, f"The server refused {operation}: {message}", status, subcode)
