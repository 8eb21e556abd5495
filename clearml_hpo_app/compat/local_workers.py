"""Agents on this machine for one run: a queue of its own, agents that serve it, and both gone afterwards."""

import importlib.util
import tempfile
import uuid
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from clearml_hpo_app.clearml_api import Client, queues
from clearml_hpo_app.errors import ApiError, MissingExtra

if TYPE_CHECKING:
    from clearml_hpo_app.local.agents import LocalAgents


class LocalWorkers:
    """So many agents as trials run at a time, with the interpreter of this process.

    Raises:
        MissingExtra: clearml-agent is not installed.
    """

    def __init__(self, client: Client, count: int) -> None:
        if importlib.util.find_spec("clearml_agent") is None or importlib.util.find_spec("psutil") is None:
            raise MissingExtra("Running trials on this machine", "local")
        self.queue = f"hpo-local-{uuid.uuid4().hex[:8]}"
        self._client, self._count = client, count
        self._folder = tempfile.TemporaryDirectory(prefix="clearml-hpo-", ignore_cleanup_errors=True)
        self._agents: LocalAgents | None = None

    def start(self) -> None:
        """Start the agents; returns once all of them serve the queue."""
        from clearml_hpo_app.local.agents import LocalAgents

        folder = Path(self._folder.name)
        self._agents = LocalAgents(
            self._client.environment(), queue=self.queue, count=self._count, folder=folder, name=self.queue
        )
        self._agents.start()

    def stop(self) -> None:
        """End the agents and remove the queue; may be called again."""
        if self._agents is None:
            return
        self._agents.stop()
        self._agents = None
        self._folder.cleanup()
        with suppress(ApiError):  # a queue that is left empty does no harm
            queues.delete(self._client, self.queue)
