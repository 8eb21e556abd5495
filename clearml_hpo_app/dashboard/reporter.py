"""What is sent: only what changed since the last report. How often is up to the caller."""

from collections.abc import Callable, Hashable, Mapping
from types import MappingProxyType

from clearml_hpo_app.dashboard import names
from clearml_hpo_app.dashboard.advice import advise
from clearml_hpo_app.dashboard.figures import Panel, panels
from clearml_hpo_app.dashboard.importance import UNKNOWN, Latest, nothing_known
from clearml_hpo_app.dashboard.lines import Gauges, MetricLine
from clearml_hpo_app.dashboard.page import Links, page_text
from clearml_hpo_app.dashboard.scalars import budget, resources
from clearml_hpo_app.reports import Plot, Report, ScalarPoint
from clearml_hpo_app.trials.snapshot import Snapshot
from clearml_hpo_app.trials.trial import Trial

_NOTHING: Mapping[str, Mapping[str, float]] = MappingProxyType({})


class Reporter:
    """Turns snapshots of a run into reports.

    It remembers what was sent, in this process only: a new one sends every plot again, which replaces the old
    one in place (same title, series and iteration), and continues the scalars, whose iterations follow from the
    run (see `scalars.metric_points`; *Budget* and *Resources* count the whole elapsed seconds).

    Args:
        task_link: Gives the absolute address of a trial's task in the web UI, "" when it is not known.
        importance: Gives what is known of the parameters' importance, without waiting.
        levels: What the process before this one reported last of *Budget* and *Resources*, by title and series.
    """

    def __init__(
        self,
        *,
        task_link: Callable[[Trial], str],
        importance: Latest = nothing_known,
        levels: Mapping[str, Mapping[str, float]] = _NOTHING,
    ) -> None:
        self._importance = importance
        self._known = UNKNOWN
        self._panels = panels(task_link, lambda _snapshot: self._known)
        self._metric = MetricLine()
        self._budget = Gauges(names.BUDGET)
        self._resources = Gauges(names.RESOURCES, has_steps=True)
        for line in (self._budget, self._resources):
            line.go_on(levels.get(line.title, {}))
        self._drawn: dict[str, Hashable] = {}

    def report(self, snapshot: Snapshot, *, final: bool = False) -> Report:
        """Return what is to be sent for `snapshot`, an empty report when nothing changed.

        Args:
            snapshot: The run now.
            final: Send also the ends of level lines, which wait for a change otherwise.
        """
        self._known = self._importance(snapshot)  # once, so that all plots of a report tell the same
        suited = [panel for panel in self._panels if panel.suits(snapshot.config)]
        plots = [plot for panel in suited for plot in self._changed(panel, snapshot)]
        return Report(scalars=tuple(self._scalars(snapshot, final=final)), plots=tuple(plots))

    def page(self, snapshot: Snapshot, task_id: str, links: Links) -> str:
        """Return the text of the run's page among ClearML's reports (see `dashboard.page`)."""
        return page_text(snapshot, advise(snapshot, self._importance(snapshot)), task_id, links)

    def lost(self, report: Report) -> None:
        """Take `report` as not sent: the next one holds what it held, brought up to date."""
        for line in (self._metric, self._budget, self._resources):
            line.forget(point for point in report.scalars if names.graph_of(point.title) == line.title)
        for plot in report.plots:
            self._drawn.pop(plot.title, None)

    def _scalars(self, snapshot: Snapshot, *, final: bool) -> list[ScalarPoint]:
        second = int(snapshot.elapsed_seconds)
        return [
            *self._metric.due(snapshot),
            *self._budget.due(budget(snapshot), second, final=final),
            *self._resources.due(resources(snapshot), second, final=final),
        ]

    def _changed(self, panel: Panel, snapshot: Snapshot) -> list[Plot]:
        rows = panel.rows(snapshot)
        if self._drawn.get(panel.name.title) == rows:
            return []
        self._drawn[panel.name.title] = rows
        return [Plot(panel.name.title, panel.name.series, panel.draw(rows))]
