"""The run's page among ClearML's reports: made with its first report, brought up to date now and then."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from clearml_hpo_app.clearml_api import instances, report_pages
from clearml_hpo_app.clearml_api.client import Client
from clearml_hpo_app.clearml_api.rows import TaskRow
from clearml_hpo_app.dashboard.page import Links
from clearml_hpo_app.errors import ApiError, RequestRefused
from clearml_hpo_app.trials.snapshot import Snapshot
from clearml_hpo_app.trials.trial import Trial

log = logging.getLogger(__name__)

RUNTIME_REPORT = "hporeport"
"""Key of the instance's runtime that holds the id of its page."""

OFTEN, SELDOM = timedelta(minutes=2), timedelta(hours=1)
SHARE = 0.1
"""The text is written anew when something has ended and the run has lasted a tenth longer, between these bounds;
besides, when the run is carried on, and at its end. The panels of the page follow the run by themselves."""

_MOST_MISSED = 3
"""So often a page that got no answer is tried; a run does not depend on it."""


@dataclass
class Publisher:
    """Makes the page and brings it up to date; says once where the server has no reports.

    Attributes:
        client: Connection to the server.
        row: The instance as it was when the controller began.
        write: Gives the text of the page.
        address: Address of the instance's own page in the web UI.
        trial_link: Gives the address of a trial's task.
    """

    client: Client
    row: TaskRow
    write: Callable[[Snapshot, Links], str]
    address: str
    trial_link: Callable[[Trial], str]
    _missed: int = 0
    _page: str = ""
    _told: datetime | None = None
    _stood: tuple[int, int | None] = (0, None)

    def __post_init__(self) -> None:
        self._report = str(self.row.runtime.get(RUNTIME_REPORT) or "")
        self._is_made = bool(self._report)

    def tell(self, snapshot: Snapshot, *, final: bool = False) -> None:
        """Make the page where the run has none yet, or bring its text up to date where that is due."""
        if not self._is_wanted(snapshot):
            return
        if not self._is_made:
            self._is_made = self._try(self._make, snapshot)
        elif final or self._is_due(snapshot):
            self._try(self._update, snapshot)
        else:
            return
        self._told, self._stood = snapshot.now, _standing(snapshot)

    def _is_due(self, snapshot: Snapshot) -> bool:
        longer = SHARE * timedelta(seconds=snapshot.elapsed_seconds)
        period = SELDOM if self._stood == _standing(snapshot) else min(max(longer, OFTEN), SELDOM)
        return self._told is None or snapshot.now - self._told >= period

    def _is_wanted(self, snapshot: Snapshot) -> bool:
        return snapshot.config.report_page == "auto" and self._missed < _MOST_MISSED

    def _make(self, snapshot: Snapshot) -> None:
        if not self._report:
            name, about = snapshot.config.title or self.row.name, f"Optimization {self.row.id}"
            self._report, self._page = report_pages.create(
                self.client, name, self._text(snapshot), project=self.row.project, about=about
            )
        instances.write_runtime(self.client, self.row, {RUNTIME_REPORT: self._report})
        report_pages.mention(self.client, self.row.id, self._page)
        log.info("the report page of this run: %s", self._page)

    def _update(self, snapshot: Snapshot) -> None:
        report_pages.update(self.client, self._report, self._text(snapshot))

    def _text(self, snapshot: Snapshot) -> str:
        project = next((trial.project for trial in snapshot.trials if trial.project), "")
        names = [parameter.name for parameter in snapshot.config.space.varied]
        table = report_pages.trials_table(
            self.client.web_host, project, self.row.id, snapshot.config.objectives, names
        )
        return self.write(snapshot, Links(self.address, table, self.trial_link))

    def _try(self, act: Callable[[Snapshot], None], snapshot: Snapshot) -> bool:
        """Tell whether it was done; what is refused once is not tried again."""
        try:
            act(snapshot)
        except RequestRefused as error:
            self._missed = _MOST_MISSED
            log.info(
                "the run goes on without %s: %s",
                "changes of its report page" if self._report else "a report page",
                error,
            )
            return False
        except ApiError as error:
            self._missed += 1
            log.info("the report page waits: %s", error)
            return False
        return True


def _standing(snapshot: Snapshot) -> tuple[int, int | None]:
    return snapshot.ended, snapshot.total
