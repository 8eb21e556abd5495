"""What the controller writes about itself: the dashboard, its log, its progress, a sign of life, the results."""

import json
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal

from clearml_hpo_app.clearml_api import instances, tasks
from clearml_hpo_app.clearml_api.artifacts import UPLOAD, Artifact, list_artifacts, store
from clearml_hpo_app.clearml_api.client import Client
from clearml_hpo_app.clearml_api.reporting import send_report
from clearml_hpo_app.clearml_api.rows import REASON, TaskRow
from clearml_hpo_app.clearml_api.winner import crown, uncrown
from clearml_hpo_app.controller.actions import Finish
from clearml_hpo_app.controller.curves import CurveBook
from clearml_hpo_app.controller.lease import AT_WORK, HEARTBEAT, WAITING, Handover, Lease, Terms, new_nonce
from clearml_hpo_app.controller.pace import only_waits
from clearml_hpo_app.controller.publishing import Publisher
from clearml_hpo_app.controller.state import RunState
from clearml_hpo_app.controller.wishes import ENDED, WANT
from clearml_hpo_app.dashboard import Reporter, best_json, trials_csv, trials_with_curves
from clearml_hpo_app.errors import ApiError, RequestRefused, ServerUnavailable
from clearml_hpo_app.reports import Report
from clearml_hpo_app.trials.snapshot import Snapshot
from clearml_hpo_app.trials.trial import Trial

log = logging.getLogger(__name__)

PROGRESS_PERIOD = timedelta(seconds=60)
"""A bar in a list of tasks, which the web UI draws anew after some 35 s."""

PING_PERIOD = timedelta(minutes=5)
"""Far below the two hours after which a server stops a silent task."""

UPLOADS_MISSED = 4
"""So often the end is put off when the files server does not answer: half a minute, then the results stay here."""

SIGNS_OF_LIFE = {"lease", "ping"}
PREVIEW_CHARACTERS = 20_000
_NOTHING: Mapping[str, str] = MappingProxyType({})


class Journal(logging.Handler):
    """Keeps the sentences of this package's log until the next report takes them to the task's console."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%d %H:%M:%S"))
        self._lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one sentence."""
        self._lines.append(self.format(record))

    def take(self) -> list[str]:
        """Return the sentences kept so far, and forget them."""
        lines, self._lines = self._lines, []
        return lines

    def give_back(self, lines: list[str]) -> None:
        """Keep sentences again that could not be sent."""
        self._lines = [*lines, *self._lines]


@dataclass
class Herald:
    """Reports the run on the controller task, each kind of news at its own bounded rate.

    Attributes:
        is_resumed: Whether the run was begun by an earlier controller.
        journal: Where the log's sentences wait; `None` when something else carries them to the task.
        nonce: Names this controller in the lease.
        publisher: Keeps the run's page among ClearML's reports; `None` for none.
    """

    client: Client
    task_id: str
    run_id: str
    reporter: Reporter
    is_resumed: bool = False
    journal: Journal | None = None
    nonce: str = field(default_factory=new_nonce)
    publisher: Publisher | None = None
    _last: dict[str, datetime] = field(default_factory=dict)
    _progress: int | None = None
    _terms: Terms = AT_WORK
    _calls_before: Counter[str] = field(default_factory=Counter)
    _uploads_missed: int = 0
    _curves: CurveBook = field(init=False)

    def __post_init__(self) -> None:
        self._curves = CurveBook(self.client)

    def report(self, state: RunState, row: TaskRow, now: datetime, wiped: Mapping[str, str]) -> None:
        """Report what changed and is due; with the lease, write the properties again that somebody wiped."""
        terms = WAITING if only_waits(state) else AT_WORK
        before = self._terms  # whoever begins to wait says so first
        if self._due("report", min(terms.reported_every, before.reported_every), now):
            snapshot = self._with_curves(state.snapshot(now))
            self._send(snapshot, final=False)
            if self.publisher is not None:
                self.publisher.tell(snapshot)
            if self._due("progress", PROGRESS_PERIOD, now):
                self._write_progress(snapshot, row)
        if self._due("lease", min(terms.renewed_every, before.renewed_every), now):
            self._terms = terms
            self.renew(state, now, wiped)
        if self._due("ping", PING_PERIOD, now):
            instances.ping(self.client, self.task_id)

    def take_lease(self, before: Handover, more: Mapping[str, str]) -> None:
        """Take the lease, with what the controller before this one left in it; write `more` properties with it."""
        self._calls_before = before.calls
        self._write_lease(before, AT_WORK.lasts, more)

    def renew(self, state: RunState, now: datetime, more: Mapping[str, str] = _NOTHING) -> None:
        """Renew the lease, with what a next controller needs to know; write `more` properties with it."""
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
        return Handover(state.elapsed_seconds(now), state.next_number, kept, self.calls)

    def _write_lease(self, handover: Handover, lasts: timedelta, more: Mapping[str, str]) -> None:
        now = self.client.now()
        lease = Lease(self.task_id, self.run_id, now, now + lasts, handover, self.nonce)
        tasks.write_properties(self.client, self.task_id, {HEARTBEAT: lease.to_text(), **more})

    def report_end(self, state: RunState, finish: Finish, row: TaskRow, now: datetime) -> None:
        """Report everything outstanding, and keep the results with the task; a refused part is only logged.

        Raises:
            ServerUnavailable: A part got no answer; all of it can be done again.
        """
        snapshot = state.snapshot(now, status=finish.status, reason=finish.reason)
        snapshot = self._with_curves(snapshot, final=True)
        self._send(snapshot, final=True)
        if self.publisher is not None:
            self.publisher.tell(snapshot, final=True)
        with _tolerance("the progress"):
            self._write_progress(snapshot, row)
        self._keep_results(snapshot)
        with _tolerance("the reason of the end"):
            self.release(state, now, finish.reason)
        self._send_log(now)

    def _with_curves(self, snapshot: Snapshot, *, final: bool = False) -> Snapshot:
        shown = trials_with_curves(snapshot)
        curves = self._curves.read(shown, snapshot.config.objective, snapshot.now, final=final)
        return replace(snapshot, curves=curves)

    def _keep_results(self, snapshot: Snapshot) -> None:
        table = trials_csv(snapshot)
        best = json.dumps({**best_json(snapshot), "models": self._crown(snapshot)}, indent=2, ensure_ascii=False)
        stored: dict[str, Artifact] = {}
        for artifact in (
            Artifact("trials", "trials.csv", table.encode(), "text/csv", preview=table[:PREVIEW_CHARACTERS]),
            Artifact("best", "best.json", best.encode(), "application/json", preview=best[:PREVIEW_CHARACTERS]),
        ):
            try:
                stored[store(self.client, self.task_id, artifact)] = artifact
            except ApiError as error:
                if isinstance(error, ServerUnavailable) and self._is_patient(error):
                    raise
                log.warning("the artifact %s could not be kept with the task: %s", artifact.key, error)
        with _tolerance("the artifacts"):
            list_artifacts(self.client, self.task_id, stored)

    def _crown(self, snapshot: Snapshot) -> list[dict[str, str]]:
        """Tag the best trial and return its models; none while there is no best, or where it is refused."""
        if snapshot.best is None:
            return []
        try:
            if self.is_resumed:
                uncrown(self.client, self.task_id, {trial.task_id for trial in snapshot.trials})
            return crown(self.client, snapshot.best.task_id)
        except RequestRefused as error:
            log.warning("the best trial could not be tagged: %s", error)
            return []

    def _is_patient(self, error: ServerUnavailable) -> bool:
        self._uploads_missed += error.operation == UPLOAD
        return error.operation != UPLOAD or self._uploads_missed <= UPLOADS_MISSED

    def _send(self, snapshot: Snapshot, *, final: bool) -> None:
        lines = self.journal.take() if self.journal is not None else []
        report = self.reporter.report(snapshot, final=final)
        try:
            send_report(self.client, self.task_id, report, snapshot.now, lines)
        except ApiError as error:
            if self.journal is not None:
                self.journal.give_back(lines)
            if not isinstance(error, RequestRefused):
                self.reporter.lost(report)
                raise
            self._send_apart(report, snapshot.now)

    def _send_apart(self, report: Report, now: datetime) -> None:
        """Send a report that was refused part by part, so that only the part that is to blame is lost."""
        self._send_log(now)
        parts = [("the scalars", Report(scalars=report.scalars))]
        parts += [(f"the plot {plot.title!r}", Report(plots=(plot,))) for plot in report.plots]
        for index, (name, part) in enumerate(parts):
            try:
                with _tolerance(name):
                    send_report(self.client, self.task_id, part, now)
            except ServerUnavailable:
                for _, unsent in parts[index:]:
                    self.reporter.lost(unsent)
                raise

    def _send_log(self, now: datetime) -> None:
        """Send the sentences that no report has taken along; those that cannot be sent are kept."""
        if self.journal is None:
            return
        lines = self.journal.take()
        try:
            send_report(self.client, self.task_id, Report(), now, lines)
        except RequestRefused as error:
            self.journal.give_back(lines)
            log.warning("the log could not be reported: %s", error)
        except ApiError:
            self.journal.give_back(lines)
            raise

    def _write_progress(self, snapshot: Snapshot, row: TaskRow) -> None:
        percent = progress_percent(snapshot)
        if percent is not None and percent != (self._progress or 0):
            instances.write_runtime(self.client, row, {"progress": str(percent)})
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


@contextmanager
def _tolerance(what: str) -> Iterator[None]:
    """A part that the server refuses is no reason to lose the others."""
    try:
        yield
    except RequestRefused as error:
        log.warning("%s could not be reported: %s", what, error)


def progress_percent(snapshot: Snapshot) -> int | None:
    """Return how far the run is, 0 … 100: the limit that is used up most; `None` without any limit."""
    limits = snapshot.config.limits
    shares = [
        snapshot.ended / snapshot.total if snapshot.total else None,
        snapshot.elapsed_seconds / 60 / limits.total_minutes if limits.total_minutes else None,
        snapshot.compute_seconds / 60 / limits.compute_minutes if limits.compute_minutes else None,
    ]
    used = [share for share in shares if share is not None]
    return min(int(100 * max(used)), 100) if used else None


def task_link(web_host: str) -> Callable[[Trial], str]:
    """Return the function that gives the address of a trial's scalars in the web UI, empty without a web host."""

    def link(trial: Trial) -> str:
        return task_address(web_host, trial.project, trial.task_id, "scalar")

    return link


def task_address(web_host: str, project: str, task_id: str, tab: Literal["plots", "scalar"] = "plots") -> str:
    """Return the address of a tab of a task's page in ClearML's web UI, empty without a web host.

    Older and newer versions of the UI know this form; the newer ones lead on to their own.
    """
    page = f"{web_host}/projects/{project or '*'}/experiments/{task_id}"
    return f"{page}/info-output/metrics/{tab}" if web_host else ""
