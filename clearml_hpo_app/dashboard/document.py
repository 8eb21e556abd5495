"""A run as one HTML file that needs no network: every panel, the advice, the best trial, the configuration."""

import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from clearml_hpo_app.dashboard.advice import Advice
from clearml_hpo_app.dashboard.described import settings_in_words, space_in_words
from clearml_hpo_app.dashboard.figures.layout import PRIMER, Figure
from clearml_hpo_app.dashboard.figures.text import escape, link
from clearml_hpo_app.dashboard.page import Links
from clearml_hpo_app.space.values import Value, show
from clearml_hpo_app.statuses import UNCONTROLLED
from clearml_hpo_app.trials.snapshot import Snapshot
from clearml_hpo_app.trials.trial import Trial
from clearml_hpo_app.wording import number, plain

_HERE = Path(__file__).parent
_DIGITS = 6
"""Of numbers of the best trial; hovering over them tells all."""

_MOST_ROWS = 14
"""Of the best trial, before the panels: further ones are folded."""

_LINK = re.compile(r'<a href="([^"<>]*)">([^<>]*)</a>')
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline' 'unsafe-eval'; img-src data: blob:"
)
"""What a browser may load: nothing. Plotly writes functions for its WebGL drawing, and pictures for its camera."""


class Told(NamedTuple):
    """What the file tells besides the run itself.

    Attributes:
        name: Job title.
        advice: What the numbers say, the first of it where the run stands.
        figures: The panels by title, in the order of the file.
        links: Where to look for more.
        export: The configuration as the text of an export file.
    """

    name: str
    advice: Sequence[Advice]
    figures: Mapping[str, Figure]
    links: Links
    export: str


def document(snapshot: Snapshot, told: Told) -> str:
    """Return the file's text."""
    parts = ['<header id="standing">\n<div>', *_head(snapshot, told), "</div>"]
    parts += ["<div>", *_best(snapshot, told.links), "</div>\n</header>"]
    for place, (title, figure) in enumerate(told.figures.items()):
        head = f'<section id="{title.lower().replace(" ", "-")}">\n<h2>{html.escape(title)}</h2>'
        parts += [head, *_panel(figure, f"figure-{place}"), "</section>"]
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="viewport" content="width=device-width">',
            f"<title>{html.escape(plain(told.name, 80))}</title>",
            f"<style>\n{_read('document.css')}</style>\n</head>\n<body>",
            *parts,
            *_configuration(snapshot, told.export),
            f"<script>{plotly_file().read_text(encoding='utf-8')}</script>\n<script>\n{_read('document.js')}</script>\n</body>\n</html>\n",
        ]
    )


def _head(snapshot: Snapshot, told: Told) -> Iterator[str]:
    state = snapshot.state or snapshot.status
    status = {"in_progress": "running", UNCONTROLLED: "no controller at work"}.get(state, plain(state))
    yield f"<h1>{html.escape(plain(told.name, 80))}</h1>"
    where = link(told.links.instance, "the optimization in ClearML")
    more = f" · {where}" if told.links.instance else ""
    yield f'<p class="faint">{status}, as of {snapshot.now:%Y-%m-%d %H:%M} UTC{more}</p>'
    yield "<ul>"
    for advice in told.advice:
        todo = f": <b>{escape(advice.todo, 340)}</b>" if advice.todo else ""
        trial = f" (see {_trial(advice.trial, told.links)})" if advice.trial else ""
        yield f"<li>{escape(advice.finding, 340)}{trial}{todo}</li>"
    yield "</ul>"


def _best(snapshot: Snapshot, links: Links) -> Iterator[str]:
    if not snapshot.ranked:
        return
    best = snapshot.ranked[0]
    values = zip(snapshot.config.objectives, best.values or (), strict=True)
    exact = {**{goal.name: value for goal, value in values}, **best.parameters}
    rows = [_exact(name, value) for name, value in exact.items()]
    yield f"<h2>Best trial: {_trial(best, links)}</h2>"
    yield from ("<table>", *rows[:_MOST_ROWS], "</table>")
    if rest := rows[_MOST_ROWS:]:
        yield from (f"<details><summary>{len(rest)} more</summary>\n<table>", *rest, "</table></details>")


def _exact(name: str, value: Value) -> str:
    shown = number(value, _DIGITS) if isinstance(value, float) else show(value)
    cell = f'<td title="{escape(show(value), 400)}">{escape(shown, 400)}</td>'
    return f"<tr><th>{escape(name, 120)}</th>{cell}</tr>"


def _trial(trial: Trial, links: Links) -> str:
    return link(links.trial(trial), f"#{trial.number}")


def _panel(figure: Figure, key: str) -> Iterator[str]:
    """Yield a table with its notes above it, what a panel waits for as a sentence, the rest for Plotly to draw."""
    trace = figure["data"][0]
    if figure["data"] == [PRIMER]:
        yield from (f'<p class="faint">{_markup(each["text"])}</p>' for each in figure["layout"]["annotations"])
        return
    if trace["type"] == "table":
        for annotation in figure["layout"].get("annotations", []):
            yield f'<p class="faint">{_markup(annotation["text"])}</p>'
        yield '<div class="wide">'
        yield from _table(trace["header"]["values"], list(zip(*trace["cells"]["values"], strict=True)))
        yield "</div>"
        return
    yield f'<div class="figure" data-figure="{key}"></div>'
    data = json.dumps(figure, ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")
    yield f'<script type="application/json" id="{key}">{data}</script>'


def _markup(text: str) -> str:
    """Return a text of a figure as HTML: a link and `<br>` as they are, all else as text.

    Figures come from a server too, where others may write.
    """
    if found := _LINK.fullmatch(text):
        return link(html.unescape(found[1]), _text(found[2]))
    return "<br>".join(map(_text, text.split("<br>")))


def _text(text: str) -> str:
    return html.escape(html.unescape(text))


def _configuration(snapshot: Snapshot, export: str) -> Iterator[str]:
    yield "<h2>Configuration</h2>"
    for told in (settings_in_words(snapshot.config), space_in_words(snapshot.config)):
        yield from _pairs(told)
    yield "<details><summary>As a file for <code>clearml-hpo run</code></summary>"
    yield f"<pre>{html.escape(export)}</pre></details>"


def _pairs(rows: Mapping[str, str]) -> Iterator[str]:
    """Yield a table of names and texts, neither escaped."""
    yield "<table>"
    yield from (
        f"<tr><th>{escape(name, 120)}</th><td>{escape(text, 400)}</td></tr>" for name, text in rows.items()
    )
    yield "</table>"


def _table(headers: Sequence[str], rows: Sequence[Sequence[Any]]) -> Iterator[str]:
    """Yield a table of headers and cells as figures have them."""
    yield "<table><thead><tr>" + "".join(f"<th>{_markup(text)}</th>" for text in headers) + "</tr></thead><tbody>"
    yield from ("<tr>" + "".join(f"<td>{_markup(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    yield "</tbody></table>"


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def plotly_file() -> Path:
    """Return the JavaScript file that the Python package plotly brings, found without importing it."""
    package = find_spec("plotly")
    folders = (package.submodule_search_locations if package else None) or ()
    return next(Path(folder) / "package_data" / "plotly.min.js" for folder in folders)
