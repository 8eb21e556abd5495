"""The controller's own task: what people and other controllers did to it, and whether it is still ours."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from clearml_hpo_app.clearml_api import instances
from clearml_hpo_app.clearml_api.addresses import task_address
from clearml_hpo_app.clearml_api.client import Client
from clearml_hpo_app.clearml_api.rows import TaskRow
from clearml_hpo_app.controller.deciding.actions import WindUp
from clearml_hpo_app.controller.lease import RUNTIME_RUN, read_lease
from clearml_hpo_app.controller.observing.observe import SILENT
from clearml_hpo_app.controller.state import RunState
from clearml_hpo_app.errors import RequestRefused

log = logging.getLogger(__name__)


@dataclass
class OwnTask:
    """The task on which everything is reported.

    Attributes:
        nonce: Names this controller in the lease.
        look_at_all: Reads trials and this task anew; gives the task's row, `None` when it was deleted.
        row: As last seen; `None` before that, and when it was deleted.
        abandoned: Why the task is no longer ours to report on (deleted, reset); empty normally.
    """

    client: Client
    task_id: str
    state: RunState
    nonce: str
    look_at_all: Callable[[], TaskRow | None]
    row: TaskRow | None = None
    abandoned: str = ""
    _asked_status: str = ""

    def look(self) -> None:
        """Look at everything, and heed what became of the task."""
        self.row = self._heeded(self.look_at_all())

    @property
    def address(self) -> str:
        """Address of its page in the web UI; empty when it was deleted, or the web host is not known."""
        return task_address(self.client.web_host, self.row.project, self.task_id) if self.row else ""

    @property
    def is_held(self) -> bool:
        """Whether the lease that stands on it is ours."""
        lease = read_lease(self.row) if self.row else None
        return lease is not None and lease.nonce == self.nonce

    def end(self, status: str, reason: str) -> None:
        """End it, unless a person has stopped it."""
        if self.row is not None and self.row.status != "stopped":
            self._asked_status = status  # an answer that is lost must not make it somebody else's
            instances.end(self.client, self.task_id, status, reason)

    @property
    def is_ended(self) -> bool:
        """Whether its end was carried out, though perhaps the answer was lost."""
        return self.row is not None and self.row.status == self._asked_status

    def _heeded(self, row: TaskRow | None) -> TaskRow | None:
        if row is None:
            self._abandon("The task of this optimization was deleted.")
            return None
        run_id = row.runtime.get(RUNTIME_RUN)
        if row.status == "created":
            self._abandon("The task of this optimization was reset.")
        elif run_id and run_id != self.state.run_id:
            self._abandon("The task of this optimization was reset and begun anew by another controller.")
        elif self._is_taken_over(row):
            self._abandon("Another controller carries this optimization on.", leave_trials=True)
        elif row.status in {"failed", "completed", "published"} and row.status != self._asked_status:
            self._abandon(f"The task of this optimization was set to {row.status} by somebody else.")
        elif row.status == "stopped" and SILENT in (row.status_reason, row.status_message):
            return self._start_again()
        elif row.is_stopping or row.status == "stopped":
            self._wind_up("The optimization was aborted by a person.")
        if not run_id and not self.abandoned:
            return self._claim(row)
        return row

    def _is_taken_over(self, row: TaskRow) -> bool:
        """Whether the task waits for another controller, was started by one, or is held by one."""
        if row.status == "queued":
            return True
        before = self.row
        if before is not None and before.status == row.status == "in_progress" and row.started != before.started:
            return True
        lease = read_lease(row)
        return lease is not None and lease.nonce != self.nonce and lease.is_held(self.client.now())

    def _start_again(self) -> TaskRow | None:
        """A server that was not reached for hours took us for dead; that is no end."""
        log.warning("the server heard nothing of this controller for hours and stopped its task: it goes on")
        instances.start(self.client, self.task_id, "its controller goes on")
        self.row = None
        return self._heeded(self.look_at_all())

    def _claim(self, row: TaskRow) -> TaskRow:
        """Write our run id again: the SDK and agents replace the whole runtime map by what they read before."""
        ours = {RUNTIME_RUN: self.state.run_id}
        try:
            instances.write_runtime(self.client, row, ours)
        except RequestRefused as error:
            log.warning("the run could not be marked on its task again: %s", error)
            return row
        return replace(row, runtime={**row.runtime, **ours})

    def _abandon(self, reason: str, *, leave_trials: bool = False) -> None:
        if not self.abandoned:
            log.error("%s", reason)
            self.abandoned = reason
        if leave_trials:  # they are another controller's, even when this one was winding up
            self.state.winding_up = WindUp(reason, "stopped", leave_trials=True)
        else:
            self._wind_up(reason)

    def _wind_up(self, reason: str) -> None:
        self.state.wind_up(WindUp(reason, "stopped"))
