"""What came of a request: the answer's data, or one of our errors, with a reason that a person can use."""

import re
from collections.abc import Callable
from typing import Any

from clearml_hpo_app.errors import ApiError, CredentialsRefused, RequestRefused, ServerUnavailable

_LATER = {429, 502, 503, 504, 509}


def answered(operation: str, send: Callable[[], Any]) -> Any:
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
        raise ServerUnavailable(operation, f"No ClearML server answers: {reason(text)}") from error
    except (requests.RequestException, ConnectionError, TimeoutError) as error:
        raise ServerUnavailable(operation, f"No answer to {operation}: {reason(str(error))}") from error
    except ValueError as error:  # the SDK's word for a login that something else answers, with 200
        raise ServerUnavailable(operation, f"No ClearML server answers: {reason(str(error))}") from error


def reason(text: str) -> str:
    """Return why there was no connection as a short sentence, or the HTTP layer's own words."""
    place = re.search(r"host='([^']+)', port=(\d+)", text)
    words = re.search(r"\[Errno -?\d+\] ([^'\")\]]+)", text)
    if place and words:
        return f"{place[1]}:{place[2]} says {words[1].strip().lower()}. Check the address, or try again later."
    if "RemoteDisconnected" in text or "ConnectionResetError" in text:
        return "the connection was closed before it came."
    return text if len(text) <= 300 else f"{text[:300]}…"


def data_of(operation: str, response: Any) -> dict[str, Any]:
    """Return the data of an answer; raises the `ApiError` of a refusal, and of what no ClearML server says."""
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
