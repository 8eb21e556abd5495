"""Logging in at a server: once, with few repetitions and short waits; the controller decides on the rest."""

import copy
from collections.abc import Callable
from typing import Any

from clearml_hpo_app.clearml_api.answers import answered, reason
from clearml_hpo_app.clearml_api.client import Client
from clearml_hpo_app.clock import Clock
from clearml_hpo_app.errors import CredentialsRefused, UnreadableFile

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
    session = answered("auth.login", lambda: Session(config=config, http_retries_config=retries, **where))
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
            f"The certificate of {host} must be one that this machine trusts, but is not: {reason(str(error))} "
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
