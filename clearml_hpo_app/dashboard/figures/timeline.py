"""*Timeline*: which worker ran which trial when, how long it had waited, and where workers stood idle."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from clearml_hpo_app.dashboard.figures.layout import Figure, layout, not_yet, note
from clearml_hpo_app.dashboard.figures.palette import BARS, HOVER_LABEL, YELLOW
from clearml_hpo_app.dashboard.figures.text import escape
from clearml_hpo_app.dashboard.lanes import end_of, idle_share, lanes_of, milliseconds, natural
from clearml_hpo_app.dashboard.results import NEVER
from clearml_hpo_app.trials.snapshot import Snapshot
from clearml_hpo_app.trials.trial import Outcome, Trial
from clearml_hpo_app.wording import counted, cut_middle, duration, grouped, number, plain

MOST_BARS = 500
"""The trials that started last: a choice among all would show gaps that were none."""

MOST_ROWS = 32
"""Of workers; one that ran several trials at once has more than one."""

QUEUED = "in the queue"
_BAR, _THIN = 0.6, 0.08
_LONG_STILL_SECONDS = 60
_STEPS = 200
"""So often at most the bars of what still runs grow: one more piece, one more report."""


class Stretch(NamedTuple):
    """One trial from its start to its end (while it runs: to now), in whole milliseconds since 1970.

    `row` counts from the top, `waited` are the milliseconds from its making to its start, `text` is not escaped.
    """

    number: int
    row: int
    kind: Outcome
    start: int
    end: int
    waited: int
    text: str


class TimelineRows(NamedTuple):
    """What the figure shows: the names of the rows from the top, and the stretches."""

    labels: tuple[str, ...]
    stretches: tuple[Stretch, ...]
    notes: tuple[str, ...]


def rows(snapshot: Snapshot) -> TimelineRows:
    """Return the 500 trials that started last, earlier attempts among them, and those that wait, by worker."""
    started = sorted(
        (trial for trial in snapshot.attempts if trial.started), key=lambda trial: trial.started or NEVER
    )
    waiting = [trial for trial in snapshot.trials if trial.outcome is Outcome.WAITING and trial.created]
    latest, shown = started[-MOST_BARS:], waiting[-MOST_BARS // 10 :]
    begin = min((milliseconds(trial.started) for trial in latest), default=0)
    now = _coarse(milliseconds(snapshot.now), begin)
    lanes = lanes_of(latest, now)
    names = list(dict.fromkeys(lane for lane, _ in lanes.values()))
    labels = sorted(names, key=natural)[:MOST_ROWS]
    rows_of = {label: row for row, label in enumerate(labels)}
    stretches = [
        _stretch(trial, rows_of[lane], now, snapshot)
        for trial in latest
        for lane, _ in [lanes[trial.task_id]]
        if lane in rows_of
    ]
    if shown:
        stretches += [_wait(trial, len(labels), now, place) for place, trial in enumerate(shown)]
        labels = [*labels, QUEUED]
    return TimelineRows(
        tuple(labels), tuple(stretches), tuple(_notes(started, latest, names, lanes, now, snapshot))
    )


def draw(rows: TimelineRows) -> Figure:
    """Return the figure of `rows`, or one that says what it waits for."""
    if not rows.stretches:
        return not_yet("needs 1 trial that has started, has 0")
    places = list(range(len(rows.labels)))
    kinds = [kind for kind in BARS if any(stretch.kind is kind for stretch in rows.stretches)]
    traces = [_bars(rows, kind) for kind in kinds]
    waits = [stretch for stretch in rows.stretches if stretch.waited >= 1000]
    if waits:
        traces.insert(0, _waits(waits, in_legend=Outcome.WAITING not in kinds))
    longest = max(len(cut_middle(label, 24)) for label in rows.labels)
    return {
        "data": traces,
        "layout": layout(
            barmode="overlay",
            xaxis={"type": "date", "title": {"text": "time (UTC)"}, "range": _ends(rows)},
            yaxis={
                "tickvals": places,
                "ticktext": [escape(cut_middle(label, 24)) for label in rows.labels],
                "range": [max(len(places), 3) - 0.5, -0.5],
                "showgrid": False,
                "zeroline": False,
                "tickfont": {"size": 11 if len(places) <= 20 else 8},
            },
            margin={"l": 30 + 7 * longest, "r": 40, "t": 84, "b": 100},
            annotations=[note("<br>".join(rows.notes))],
        ),
    }


def _coarse(now: int, begin: int) -> int:
    """Return `now` on a grid that is fine enough to look at, so that the figure is not sent for every second."""
    step = max((now - begin) // _STEPS, 10_000)
    return now - (now - begin) % step


def _stretch(trial: Trial, row: int, now: int, snapshot: Snapshot) -> Stretch:
    start, end = milliseconds(trial.started), end_of(trial, now)
    waited = start - milliseconds(trial.created) if trial.created else 0
    return Stretch(trial.number, row, trial.outcome, start, end, max(waited, 0), "; ".join(_said(trial, snapshot)))


def _said(trial: Trial, snapshot: Snapshot) -> Iterator[str]:
    if trial.number in snapshot.tried_again:
        yield f"attempt {trial.attempt}"
    if trial.finite_values is not None and trial.state.is_final:
        name = snapshot.config.objective.series
        yield f"{cut_middle(name, 16)} {number(trial.finite_values[0])}"
    if trial.reason and trial.outcome is not Outcome.COMPLETED:
        yield plain(trial.reason, 70)


def _wait(trial: Trial, row: int, now: int, place: int) -> Stretch:
    start = min(milliseconds(trial.created), now)
    return Stretch(trial.number, row, Outcome.WAITING, start, max(now, start + 1), 0, f"place {place + 1}")


def _bars(rows: TimelineRows, kind: Outcome) -> dict[str, Any]:
    stretches = [stretch for stretch in rows.stretches if stretch.kind is kind]
    return {
        "type": "bar",
        "orientation": "h",
        "name": _name(kind),
        "legendgroup": _name(kind),
        "base": [stretch.start for stretch in stretches],
        "x": [stretch.end - stretch.start for stretch in stretches],
        "y": [stretch.row for stretch in stretches],
        "width": _BAR,
        "hovertext": [_hover(stretch) for stretch in stretches],
        "hovertemplate": f"%{{hovertext}}<extra>{kind.value}</extra>",
        "hoverlabel": HOVER_LABEL,
        "marker": {"color": BARS[kind], "line": {"width": 0}},
    }


def _name(kind: Outcome) -> str:
    return QUEUED if kind is Outcome.WAITING else kind.value


def _hover(stretch: Stretch) -> str:
    lasted = duration((stretch.end - stretch.start) / 1000)
    return f"<b>trial {stretch.number}</b>, {lasted}" + (f"<br>{escape(stretch.text, 90)}" if stretch.text else "")


def _waits(stretches: Sequence[Stretch], *, in_legend: bool) -> dict[str, Any]:
    """Return the thin bars under the rows: from the making of a trial to its start.

    They have the colour and the name of what waits now, and one entry in the legend with it.
    """
    return {
        "type": "bar",
        "orientation": "h",
        "name": QUEUED,
        "legendgroup": QUEUED,
        "showlegend": in_legend,
        "base": [stretch.start - stretch.waited for stretch in stretches],
        "x": [stretch.waited for stretch in stretches],
        "y": [stretch.row + 0.4 for stretch in stretches],
        "width": _THIN,
        "customdata": [stretch.number for stretch in stretches],
        "hovertemplate": "trial %{customdata} waited<extra></extra>",
        "hoverlabel": HOVER_LABEL,
        "marker": {"color": YELLOW, "line": {"width": 0}},
    }


def _ends(rows: TimelineRows) -> list[int]:
    first = min(stretch.start for stretch in rows.stretches)
    last = max(stretch.end for stretch in rows.stretches)
    room = max((last - first) // 50, 1000)
    return [first - room, last + room]


def _notes(
    started: Sequence[Trial],
    latest: Sequence[Trial],
    names: Sequence[str],
    lanes: Mapping[str, tuple[str, int]],
    now: int,
    snapshot: Snapshot,
) -> Iterator[str]:
    if len(latest) < len(started):
        yield f"the last {grouped(len(latest))} of {counted(len(started), 'trial')} that started"
    if len(names) > MOST_ROWS:
        yield f"the first {MOST_ROWS} of {counted(len(names), 'row')}"
    idle, longest = idle_share(latest, {task: lane for task, (lane, _) in lanes.items()}, now)
    if idle is not None:
        most = f", {duration(longest)} at most" if longest >= 1 else ""
        yield f"workers between two trials of this run: {100 * idle:.1f} % of their time{most}"
    if (still := snapshot.wall_seconds - snapshot.elapsed_seconds) >= _LONG_STILL_SECONDS:
        yield f"{duration(still)} without a controller, or paused"
    if snapshot.pending:
        yield f"{counted(snapshot.pending, 'trial')} in the queue"
