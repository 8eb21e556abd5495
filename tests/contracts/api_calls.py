"""Calls of the API, as the contract tests make them."""

import json
import uuid
from typing import Any

import requests

from clearml_hpo_app.local.server import ServerAddress

Answer = dict[str, Any]


class Refused(Exception):
    """The server refused a call; `codes` are its result code and subcode."""

    def __init__(self, meta: Answer) -> None:
        self.codes = (meta["result_code"], meta["result_subcode"])
        super().__init__(meta["result_msg"])


class Api:
    """Calls operations of a server: `api("tasks.create", name=…)` answers the data or raises `Refused`.

    Args:
        address: Where the server is.
        session: Sends the requests.
        answered: Gets the names of the operations that answered: with data, that they are gone (301) or not for
            everybody (403).
    """

    def __init__(self, address: ServerAddress, session: requests.Session, answered: set[str]) -> None:
        self._address = address
        self._session = session
        self._answered = answered
        login = session.post(f"{address.api_host}/auth.login", auth=(address.access_key, address.secret_key))
        answered.add("auth.login")
        session.headers["Authorization"] = f"Bearer {login.json()['data']['token']}"
        session.cookies.clear()

    def __call__(self, operation: str, version: str = "2.31", **body: Any) -> Answer:
        return self._sent(operation, version, json.dumps(body))

    def lines(self, operation: str, rows: list[Answer], version: str = "2.31") -> Answer:
        return self._sent(operation, version, "\n".join(json.dumps(row) for row in rows))

    def text(self, operation: str, body: str) -> Answer:
        return self._sent(operation, "2.31", body)

    def _sent(self, operation: str, version: str, body: str) -> Answer:
        url = f"{self._address.api_host}/v{version}/{operation}"
        answer = self._session.post(url, data=body.encode(), headers={"Content-Type": "application/json"}).json()
        if answer["meta"]["result_code"] in (200, 301, 403):
            self._answered.add(operation)
        if answer["meta"]["result_code"] != 200:
            raise Refused(answer["meta"])
        return dict(answer["data"])

    def name(self, text: str) -> str:
        """Return a name that is new on the server, which may have seen this suite before."""
        return f"{text} {uuid.uuid4().hex[:8]}"

    def task(self, name: str = "a task", **fields: Any) -> str:
        return str(self("tasks.create", name=name, type=fields.pop("type", "training"), **fields)["id"])

    def read(self, key: str) -> Answer:
        return dict(self("tasks.get_by_id", task=key)["task"])
