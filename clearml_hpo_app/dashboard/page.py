"""The run as a page of text with live panels: the Markdown of a ClearML report.

The panels are widgets of the web UI, which follow the run; the text is as of its writing.
"""

import html
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import quote

from clearml_hpo_app.dashboard import names
from clearml_hpo_app.dashboard.advice import Advice
from clearml_hpo_app.dashboard.described import settings_in_words, space_in_words
from clearml_hpo_app.dashboard.figures.layout import HEIGHT
from clearml_hpo_app.dashboard.results import objective_texts
from clearml_hpo_app.trials.snapshot import Snapshot
from clearml_hpo_app.trials.trial import Trial
from clearml_hpo_app.wording import plain, value_text

_MARKED = re.compile(r"([\\`*_{}\[\]#|~!])")
_FRAME = HEIGHT + 20
_PANELS = (
    names.OPTIMIZATION_OBJECTIVE,
    names.PARETO_FRONT,
    names.PARALLEL_COORDINATES,
    names.PARAMETER_IMPORTANCE,
    names.SLICE,
    names.CONTOUR,
    names.LEARNING_CURVES,
    names.TIMELINE,
    names.SUMMARY,
    names.DECISIONS,
)
"""All plots but the advice, which is text; what matters first stands first."""


class Links(NamedTuple):
    """Where the page leads to; every address may be empty."""

    instance: str
    trials: str
    trial: Callable[[Trial], str]


def page_text(snapshot: Snapshot, advice: Sequence[Advice], task_id: str, links: Links) -> str:
    """Return the page.

    Args:
        snapshot: The run.
        advice: What its numbers say, the first of them where it stands.
        task_id: The instance, whose panels are shown.
        links: Where to look for more.
    """
    parts = [*_head(snapshot, advice, links), *_panels(snapshot, task_id), *_configuration(snapshot)]
    return "\n\n".join(parts) + "\n"


def markdown(text: str, limit: int = 80) -> str:
    """Return text of a task or a person in one line in which nothing is markup."""
    return _MARKED.sub(r"\\\1", html.escape(plain(text, limit), quote=False))


def link(address: str, text: str) -> str:
    """Return `text` (escaped already) as a link, or as it is without an address."""
    return f"[{text}]({quote(address, safe=':/?#&=%+,;@$*~')})" if address else text


def widget(kind: str, height: int, task_id: str, title: str, series: Sequence[str], more: str = "") -> str:
    """Return a panel of a task as the web UI shows it in reports."""
    lines = "".join(f"&variants={quote(name, safe='')}" for name in series)
    source = (
        f"/widgets/?type={kind}&objectType=task&objects={task_id}&metrics={quote(title, safe='')}{lines}{more}"
    )
    return f'<iframe src="{source}" width="100%" height="{height}"></iframe>'


def _head(snapshot: Snapshot, advice: Sequence[Advice], links: Links) -> Iterator[str]:
    status = "running" if snapshot.status == "in_progress" else plain(snapshot.status)
    yield f"**{status}**, as of {snapshot.now:%Y-%m-%d %H:%M} UTC; the panels below follow the run"
    where = [link(links.instance, "the optimization"), link(links.trials, "its trials as a table")]
    yield " · ".join(each for each in where if each.startswith("["))
    yield "\n".join(_advice(each, links) for each in advice)
    if snapshot.ranked:
        best = snapshot.ranked[0]
        texts = objective_texts(snapshot, best.values or ())
        rows = {goal.name: f"**{text}**" for goal, text in zip(snapshot.config.objectives, texts, strict=True)}
        rows |= {name: markdown(value_text(value, 60)) for name, value in best.parameters.items()}
        yield f"## Best trial: {link(links.trial(best), f'#{best.number}')}"
        yield _table(("", ""), rows)


def _advice(advice: Advice, links: Links) -> str:
    finding = markdown(advice.finding, 340)
    todo = f": **{markdown(advice.todo, 340)}**" if advice.todo else ""
    trial = f" (see {link(links.trial(advice.trial), f'#{advice.trial.number}')})" if advice.trial else ""
    return f"- {finding}{trial}{todo}"


def _panels(snapshot: Snapshot, task_id: str) -> Iterator[str]:
    series = [names.LAST_REPORTED, snapshot.config.objective.trend]
    yield from _scalars(task_id, names.OPTIMIZATION_METRIC, series, "iter")
    for objective in snapshot.config.objectives[1:]:
        yield from _scalars(
            task_id, names.further_metric(objective.name), [names.LAST_REPORTED, objective.trend], "iter"
        )
    for name in _PANELS:
        if name is not names.PARETO_FRONT or len(snapshot.config.objectives) > 1:
            yield f"## {name.title}"
            yield widget("plot", _FRAME, task_id, name.title, [name.series])
    for title in (names.BUDGET, names.RESOURCES):
        yield from _scalars(task_id, title, names.SCALARS[title], "iso_time")


def _scalars(task_id: str, title: str, series: Sequence[str], axis: str) -> Iterator[str]:
    yield f"## {markdown(title)}"
    yield widget("scalar", _FRAME, task_id, title, series, f"&xaxis={axis}")


def _configuration(snapshot: Snapshot) -> Iterator[str]:
    yield "## Configuration"
    for header, told in (
        (("setting", "value"), settings_in_words(snapshot.config)),
        (("parameter", "values"), space_in_words(snapshot.config)),
    ):
        yield _table(header, {name: markdown(text, 200) for name, text in told.items()})


def _table(header: tuple[str, str], rows: Mapping[str, str]) -> str:
    """Return a table of two columns: names, which are not escaped yet, and texts, which are."""
    lines = [f"| {markdown(name, 120)} | {text} |" for name, text in rows.items()]
    return "\n".join([f"| {header[0]} | {header[1]} |", "|---|---|", *lines])
