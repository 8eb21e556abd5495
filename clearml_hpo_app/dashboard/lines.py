"""What of the scalar graphs is sent: points that are new or changed, and the ends of level stretches."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from clearml_hpo_app.dashboard import names
from clearml_hpo_app.dashboard.scalars import metric_points
from clearml_hpo_app.reports import ScalarPoint
from clearml_hpo_app.trials.snapshot import Snapshot

WINDOW = 200
"""How many of the newest iterations a first report sends, and later ones compare with what was sent."""


class MetricLine:
    """*Optimization Metric* of all objectives: the points that are new, or differ from what was sent.

    The first report sends the newest `WINDOW` iterations, so that nothing is missing after a restart and a long
    history is not sent twice. Later ones send everything newer, and corrections within the window (a trial that
    was noticed late may have ended before its neighbours).
    """

    title = names.OPTIMIZATION_METRIC

    def __init__(self) -> None:
        self._sent: dict[tuple[str, str, int], float] = {}
        self._seen: int | None = None

    def due(self, snapshot: Snapshot) -> list[ScalarPoint]:
        """Return the points to send now, and take them as sent."""
        count = len(snapshot.ranked)
        before = count - WINDOW if self._seen is None else min(self._seen, count - WINDOW)
        self._seen = count
        fresh = [
            point
            for point in metric_points(snapshot, before + 1)
            if self._sent.get((point.title, point.series, point.iteration)) != point.value
        ]
        self._sent.update({(point.title, point.series, point.iteration): point.value for point in fresh})
        return fresh

    def forget(self, points: Iterable[ScalarPoint]) -> None:
        """Take `points` as not sent."""
        for point in points:
            self._sent.pop((point.title, point.series, point.iteration), None)
            self._seen = min(self._seen or 0, point.iteration - 1)


@dataclass
class _Level:
    """A series at its present value: where it was sent, and until where it was seen to hold."""

    value: float
    sent: int
    seen: int


@dataclass
class Gauges:
    """The series of one graph over the seconds of the run; a level stretch costs two points, at its ends.

    The second point is sent when the value changes, or at the end: else the UI would draw a slope from the
    beginning of the stretch to the change.

    Attributes:
        has_steps: Whether a value holds until a second before the next one, as counts do, rather than until it was
            last seen.
    """

    title: str
    has_steps: bool = False
    _levels: dict[str, _Level] = field(default_factory=dict)

    def go_on(self, values: Mapping[str, float]) -> None:
        """Take `values` as what another process sent last, when is not known."""
        self._levels = {series: _Level(value, 0, 0) for series, value in values.items()}

    def due(self, values: Mapping[str, float], second: int, *, final: bool) -> list[ScalarPoint]:
        """Return the points to send for `values` at whole elapsed `second`, and take them as sent."""
        points: list[ScalarPoint] = []
        for series, value in values.items():
            level = self._levels.get(series)
            if level is None:
                points.append(ScalarPoint(self.title, series, second, value))
                self._levels[series] = _Level(value, second, second)
            elif level.value != value:
                if self.has_steps:
                    level.seen = max(level.seen, second - 1)
                points += self._end(series, level, second, before=second)
                points.append(ScalarPoint(self.title, series, second, value))
                self._levels[series] = _Level(value, second, second)
            else:
                level.seen = max(level.seen, second)
                points += self._end(series, level, second, before=second + 1) if final else []
        return points

    def forget(self, points: Iterable[ScalarPoint]) -> None:
        """Take `points` as not sent."""
        for point in points:
            self._levels.pop(point.series, None)

    def _end(self, series: str, level: _Level, second: int, before: int) -> list[ScalarPoint]:
        if not level.sent < level.seen < before:
            return []
        level.sent = level.seen
        return [ScalarPoint(self.title, series, level.seen, level.value, age=second - level.seen)]
