"""Sending reports to the controller's task: what changed on the dashboard, and the log's sentences with it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from clearml_hpo_app.clearml_api.client import Client
from clearml_hpo_app.clearml_api.reporting import send_report
from clearml_hpo_app.dashboard import Reporter
from clearml_hpo_app.errors import ApiError, RequestRefused, ServerUnavailable
from clearml_hpo_app.reports import Report
from clearml_hpo_app.trials.snapshot import Snapshot

log = logging.getLogger(__name__)


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
class Sender:
    """Sends what the reporter finds new, each piece once, and keeps what did not arrive.

    Attributes:
        journal: Where the log's sentences wait; `None` when something else carries them to the task.
    """

    client: Client
    task_id: str
    reporter: Reporter
    journal: Journal | None = None

    def send(self, snapshot: Snapshot, *, final: bool) -> None:
        """Send what changed; a part that is refused is only logged. Raises the `ApiError` of a missing answer."""
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
        self.send_log(now)
        parts = [("the scalars", Report(scalars=report.scalars))]
        parts += [(f"the plot {plot.title!r}", Report(plots=(plot,))) for plot in report.plots]
        for index, (name, part) in enumerate(parts):
            try:
                with tolerance(name):
                    send_report(self.client, self.task_id, part, now)
            except ServerUnavailable:
                for _, unsent in parts[index:]:
                    self.reporter.lost(unsent)
                raise

    def send_log(self, now: datetime) -> None:
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


@contextmanager
def tolerance(what: str) -> Iterator[None]:
    """A part that the server refuses is no reason to lose the others."""
    try:
        yield
    except RequestRefused as error:
        log.warning("%s could not be reported: %s", what, error)
