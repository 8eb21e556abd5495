"""A client whose process dies at chosen calls, and the lives of the controllers that use it."""

from collections.abc import Callable
from typing import Any

from simulation import World

from clearml_hpo_app.clearml_api import Client
from clearml_hpo_app.controller.loop import Controller

DOWN_SECONDS = 1.0
"""How long nobody looks after the run, each time."""


class Death(BaseException):
    """The process is gone."""


class MortalClient:
    """Passes calls on; at those whose counts are in `deaths` its process dies.

    Args:
        client: Where calls go.
        deaths: Numbers of calls, counted from 1 over all controllers that use it.
        before: Whether it dies before the request is sent, or with the call carried out and its answer not read.
    """

    def __init__(self, client: Client, deaths: set[int], *, before: bool) -> None:
        self._client, self._deaths, self._before = client, deaths, before
        self.count = 0

    def call(self, operation: str, **body: Any) -> dict[str, Any]:
        return self._mortally(lambda: self._client.call(operation, **body))

    def call_lines(self, operation: str, rows: Any) -> dict[str, Any]:
        return self._mortally(lambda: self._client.call_lines(operation, rows))

    def _mortally(self, send: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        self.count += 1
        is_last = self.count in self._deaths
        if is_last and self._before:
            raise Death
        answer = send()
        if is_last:
            raise Death
        return answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


def run_in_lives(world: World, task_id: str, client: MortalClient) -> tuple[Controller | None, int]:
    """Open one controller after the other until the run has ended; return the last one and the number of deaths.

    No controller is returned when the last one died after the task had been ended.
    """
    deaths = 0
    while world.api.task(task_id)["status"] == "in_progress":
        try:
            controller = world.open(task_id, client)  # type: ignore[arg-type]
            world.finish(controller)
            return controller, deaths
        except Death:
            deaths += 1
            world.clock.wait(DOWN_SECONDS)
    return None, deaths
