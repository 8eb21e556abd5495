"""Holding the run through a long turn: the lease must not run out between two of its calls.

A turn that looks at or makes many trials on a slow server, or that waits for the ceiling on calls, may take longer
than the lease lasts: another controller may come in then, and this one must notice before it makes another trial.
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
    _acts: bool = False

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Look again, and renew the lease, before a call of a turn that comes long after that was done.

        So it is 15 s after the last look (see `looked`), or when the lease is old: two calls, in long turns only.

        Raises:
            HeldElsewhere: From within, by a call that was not made any more: the run is another controller's.
        """
        self._seen, self._acts = self.client.now(), False
        self.client.before_call = self._look_again
        try:
            yield
        finally:
            self.client.before_call = None

    def looked(self) -> None:
        """Take note that the run was just seen to be ours: what comes now is done for it, and only while it is."""
        self._seen, self._acts = self.client.now(), True

    def _look_again(self) -> None:
        now = self.client.now()
        is_fresh = self._seen is not None and timedelta() <= now - self._seen < HELD_FOR
        if self.herald.is_released or (is_fresh and not self.herald.has_old_lease(now)):
            return
        self.client.before_call = None  # of the calls that look
        try:
            if self._is_ours(tasks.get_rows(self.client, [self.task_id], ()).get(self.task_id)):
                self.herald.renew(self.state, self.client.now())
            elif self._acts:  # a turn that only looks finds out by itself
                raise HeldElsewhere(
                    "The run became another controller's within a long turn, which makes no further call."
                )
        finally:
            self.client.before_call = self._look_again
        self._seen = self.client.now()

    def _is_ours(self, row: TaskRow | None) -> bool:
        lease = read_lease(row) if row else None
        run_id = row.runtime.get(RUNTIME_RUN) if row else None
        is_of_run = row is not None and run_id in (None, self.state.run_id)  # the SDK may have wiped it
        return is_of_run and (lease is None or lease.nonce == self.herald.nonce)
