"""What the controller writes about itself: the dashboard, its log, its progress, a sign of life, the results."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from clearml_hpo_app.clearml_api import instances, tasks
from clearml_hpo_app.clearml_api.client import Client
from clearml_hpo_app.clearml_api.rows import REASON, TaskRow
from clearml_hpo_app.controller.deciding.actions import Finish
from clearml_hpo_app.controller.handing_over import to_runtime
from clearml_hpo_app.controller.lease import AT_WORK, HEARTBEAT, WAITING, Handover, Lease, Terms, new_nonce
from clearml_hpo_app.controller.observing.curves import CurveBook
from clearml_hpo_app.controller.pace import only_waits
from clearml_hpo_app.controller.reporting.publishing import Publisher
from clearml_hpo_app.controller.reporting.results import ResultKeeper
from clearml_hpo_app.controller.reporting.sending import Sender, tolerance
from clearml_hpo_app.controller.state import RunState
from clearml_hpo_app.controller.steering.wishes import ENDED, WANT
from clearml_hpo_app.dashboard import trials_with_curves
from clearml_hpo_app.trials.snapshot import Snapshot

PROGRESS_PERIOD = timedelta(seconds=60)
"""A bar in a list of tasks, which the web UI draws anew after some 35 s."""

PING_PERIOD = timedelta(minutes=5)
"""Far below the two hours after which a server stops a silent task."""

_OLD = 0.6
"""Share of the time for which a lease lasts after which it is renewed before the next call: it is a while after it
was due."""

SIGNS_OF_LIFE = {"lease", "ping", "progress"}
_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass
class Herald:
    """Reports the run on the controller task, each kind of news at its own bounded rate.

    Attributes:
        sender: Sends the dashboard and the log.
        results: Keeps the results at the end.
        nonce: Names this controller in the lease.
        publisher: Keeps the run's page among ClearML's reports; `None` for none.
    """

    client: Client
    task_id: str
    run_id: str
    sender: Sender
    results: ResultKeeper
    nonce: str = field(default_factory=new_nonce)
    publisher: Publisher | None = None
    _last: dict[str, datetime] = field(default_factory=dict)
    _progress: int | None = None
    _percent: int | None = None
    _terms: Terms = AT_WORK
    _wishes: Mapping[str, str] = field(default_factory=dict)
    _calls_before: Counter[str] = field(default_factory=Counter)
    _curves: CurveBook = field(init=False)
    _leased_at: datetime | None = None

    def __post_init__(self) -> None:
        self._curves = CurveBook(self.client)

    def report(self, state: RunState, row: TaskRow, now: datetime, wiped: Mapping[str, str]) -> None:
        """Report what changed and is due; with the lease, write the properties again that somebody wiped.

        The lease is renewed at once with wishes that were just accepted, and soon, also in a wait, with what was
        wiped.
        """
        terms = WAITING if only_waits(state) else AT_WORK
        before = self._terms  # whoever begins to wait says so first
        if self._due("report", min(terms.reported_every, before.reported_every), now):
            snapshot = self._with_curves(state.snapshot(now))
            self._percent = snapshot.progress_percent
            self.sender.send(snapshot, final=False)
            if self.publisher is not None:
                self.publisher.tell(snapshot)
            if self._due("progress", PROGRESS_PERIOD, now):
                self._write_runtime(snapshot, row, {} if terms is WAITING else self._copy(state, now))
        is_news = state.wishes != self._wishes
        period = AT_WORK.renewed_every if wiped else min(terms.renewed_every, before.renewed_every)
        if self._due("lease", timedelta() if is_news else period, now):
            self._terms = terms
            self.renew(state, now, wiped)
            if is_news:
                instances.write_runtime(self.client, row, self._copy(state, now))
        if self._due("ping", PING_PERIOD, now):
            instances.ping(self.client, self.task_id)

    def take_lease(self, before: Handover, more: Mapping[str, str]) -> None:
        """Take the lease, with what the controller before this one left in it; write `more` properties with it."""
        self._calls_before, self._wishes = before.calls, {**before.wishes, **more}
        self._write_lease(before, AT_WORK.lasts, more)

    def renew(self, state: RunState, now: datetime, more: Mapping[str, str] = _NOTHING) -> None:
        """Renew the lease, with what a next controller needs to know; write `more` properties with it."""
        self._wishes = dict(state.wishes)
        self._write_lease(self._handover(state, now), self._terms.lasts, more)

    def release(self, state: RunState, now: datetime, reason: str = "") -> None:
        """Let the lease expire at once; at the end of the run with the reason of that."""
        ending = {REASON: reason, WANT: ENDED} if reason else {}
        self._write_lease(self._handover(state, now), timedelta(), ending)

    @property
    def calls(self) -> Counter[str]:
        """API calls of this controller and those before it, by operation."""
        return self._calls_before + self.client.calls

    def _handover(self, state: RunState, now: datetime) -> Handover:
        keeps = state.config.limits.top_tasks_to_keep is not None
        kept = frozenset(state.visible) if keeps else frozenset()
        return Handover(state.elapsed_seconds(now), state.next_number, kept, self.calls, dict(state.wishes))

    def has_old_lease(self, now: datetime) -> bool:
        """Tell whether more than half of the time for which the lease lasts has passed."""
        return self._leased_at is not None and now - self._leased_at >= _OLD * self._terms.lasts

    @property
    def is_released(self) -> bool:
        """Whether the lease was given up."""
        return self._leased_at is None

    def _write_lease(self, handover: Handover, lasts: timedelta, more: Mapping[str, str]) -> None:
        now = self.client.now()
        self._leased_at = now if lasts else None
        lease = Lease(self.task_id, self.run_id, now, now + lasts, handover, self.nonce, progress=self._percent)
        tasks.write_properties(self.client, self.task_id, {HEARTBEAT: lease.to_text(), **more})

    def report_end(self, state: RunState, finish: Finish, row: TaskRow, now: datetime) -> None:
        """Report everything outstanding, and keep the results with the task; a refused part is only logged.

        Raises:
            ServerUnavailable: A part got no answer; all of it can be done again.
        """
        models = self.results.crown(state)
        snapshot = state.snapshot(now, status=finish.status, reason=finish.reason)
        snapshot = self._with_curves(snapshot, final=True)
        self._percent = snapshot.progress_percent
        self.sender.send(snapshot, final=True)
        if self.publisher is not None:
            self.publisher.tell(snapshot, final=True)
        with tolerance("the progress"):
            self._write_runtime(snapshot, row, {})
        self.results.keep(snapshot, models)
        with tolerance("the reason of the end"):
            self.release(state, now, finish.reason)
        self.sender.send_log(now)

    def _with_curves(self, snapshot: Snapshot, *, final: bool = False) -> Snapshot:
        shown = trials_with_curves(snapshot)
        curves = self._curves.read(shown, snapshot.config.objective, snapshot.now, final=final)
        return replace(snapshot, curves=curves)

    def _copy(self, state: RunState, now: datetime) -> dict[str, str]:
        return to_runtime(self._handover(state, now), self.run_id)

    def _write_runtime(self, snapshot: Snapshot, row: TaskRow, entries: Mapping[str, str]) -> None:
        percent = snapshot.progress_percent
        if percent is not None and percent != (self._progress or 0):
            entries = {**entries, "progress": str(percent)}
        if entries:
            instances.write_runtime(self.client, row, entries)
            self._progress = percent

    def _due(self, what: str, period: timedelta, now: datetime) -> bool:
        last = self._last.get(what)
        if last is None and what in SIGNS_OF_LIFE:
            self._last[what] = now  # the start of the run was one
            return False
        if last is not None and timedelta(0) <= now - last < period:  # a clock set back must not silence us
            return False
        self._last[what] = now
        return True
