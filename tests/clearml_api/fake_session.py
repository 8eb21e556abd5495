"""A session that answers from a table, for what a healthy server does not do."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from clearml_hpo_app.clearml_api import Client

Data = Mapping[str, Any]


@dataclass(frozen=True)
class Answer:
    """One HTTP answer, as the SDK's session hands it back."""

    status_code: int
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> Any:
        return json.loads(self.text)


def ok(data: Data) -> Answer:
    return Answer(200, json.dumps({"meta": {"result_code": 200}, "data": data}))


def refused(status: int, subcode: int, message: str) -> Answer:
    meta = {"result_code": status, "result_subcode": subcode, "result_msg": message}
    return Answer(status, json.dumps({"meta": meta, "data": {}}))


@dataclass
class FakeSession:
    """Answers every request with `answer(operation, body)`; an exception among the answers is raised."""

    answer: Callable[[str, Any], Answer | Exception]
    requests: list[tuple[str, str, Any]] = field(default_factory=list)
    host: str = "http://server"
    max_api_version: str = "2.34"
    token: str = "token"
    raw_token: str = "token"

    def send_request(self, service: str, action: str, method: str, **request: Any) -> Answer:
        body = request.get("json", request.get("data"))
        self.requests.append((f"{service}.{action}", method, body))
        found = self.answer(f"{service}.{action}", body)
        if isinstance(found, Exception):
            raise found
        return found

    def bodies(self, operation: str) -> list[Any]:
        return [body for called, _, body in self.requests if called == operation]


def client_of(answer: Answer | Exception | Callable[[str, Any], Answer | Exception]) -> tuple[Client, FakeSession]:
    """Return a client whose session answers as told, and the session."""
    session = FakeSession(answer if callable(answer) else lambda operation, body: answer)
    return Client(session, web_host="http://web", files_host="http://files"), session
