"""Calls of the API, as the contract tests make them."""

import json
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
        answered: Gets the names of the operations that gave an answer other than a refusal.
    """

    def __init__(self, address: ServerAddress, session: requests.Session, answered: set[str]) -> None:
        self._address = address
        self._session = session
        self._answered = answered
        login = session.post(f"{address.api_host}/auth.login", auth=(address.access_key, address.secret_key))
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
        if answer["meta"]["result_code"] != 200:
            raise Refused(answer["meta"])
        self._answered.add(operation)
        return dict(answer["data"])

    def task(self, name: str = "a task", **fields: Any) -> str:
        return str(self("tasks.create", name=name, type=fields.pop("type", "training"), **fields)["id"])

    def read(self, key: str) -> Answer:
        return dict(self("tasks.get_by_id", task=key)["task"])
