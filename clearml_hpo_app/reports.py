"""What is reported on a task: points of scalars and plots, as values that know nothing of ClearML's events."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ScalarPoint:
    """One point of one line: the graph is `title`, the line in it `series`.

    Attributes:
        age: Seconds (0 or more) since what it tells, when it is sent.
    """

    title: str
    series: str
    iteration: int
    value: float
    age: int = 0


@dataclass(frozen=True)
class Plot:
    """One Plotly figure as plain JSON values (`data`, `layout`); `title` and `series` name it for replacement."""

    title: str
    series: str
    figure: Mapping[str, Any]


@dataclass(frozen=True)
class Report:
    """What one report sends, in one call."""

    scalars: tuple[ScalarPoint, ...] = ()
    plots: tuple[Plot, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.scalars or self.plots)
