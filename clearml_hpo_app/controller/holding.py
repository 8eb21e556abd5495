"""Holding the run through a long turn: the lease must not run out between two of its calls.

A turn begins with a look at the controller task. One that makes many trials on a slow server, or that waits for
the ceiling on calls, may take longer than the lease lasts: another controller may come in then, and this one must
notice before it makes another trial.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from clearml_hpo_app.clearml_api import tasks
from clearml_hpo_app.clearml_api.client import Client
from clearml_hpo_app.clearml_api.rows import TaskRow
from clearml_hpo_app.controller.lease import AT_WORK, RUNTIME_RUN, read_lease
from clearml_hpo_app.controller.reporting.herald import Herald
from clearml_hpo_app.controller.state import RunState
from clearml_hpo_app.errors import HeldElsewhere

HELD_FOR = timedelta(seconds=AT_WORK.lasts.total_seconds() / 2)
"""So long after a look no other controller can have come in; the lease is renewed more often than that."""


@dataclass
class Hold:
    """Looks whose run it is, and renews the lease, within a turn that takes long."""

    client: Client
    task_id: str
    state: RunState
    herald: Herald
    _seen: datetime | None = None

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Look again before a call that comes 15 s or more after the last look: two calls, in long turns only.

        To be entered right after a look.

        Raises:
            HeldElsewhere: From within, by a call that was not made any more: the run is another controller's.
        """
        self._seen = self.client.now()
        self.client.before_call = self._look_again
        try:
            yield
        finally:
            self.client.before_call = None

    def _look_again(self) -> None:
        if self._seen is not None and timedelta() <= self.client.now() - self._seen < HELD_FOR:
            return
        self.client.before_call = None  # of the calls that look
        try:
            self._require_ours(tasks.get_rows(self.client, [self.task_id], ()).get(self.task_id))
            self.herald.renew(self.state, self.client.now())
        finally:
            self.client.before_call = self._look_again
        self._seen = self.client.now()

    def _require_ours(self, row: TaskRow | None) -> None:
        lease = read_lease(row) if row else None
        run_id = row.runtime.get(RUNTIME_RUN) if row else None
        is_ours = row is not None and run_id in (None, self.state.run_id)  # the SDK may have wiped it
        if not is_ours or (lease is not None and lease.nonce != self.herald.nonce):
            raise HeldElsewhere(
                "The run became another controller's within a long turn, which makes no further call."
            )
