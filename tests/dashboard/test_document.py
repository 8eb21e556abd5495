"""A run as one HTML file: nothing is loaded, and nothing that a task says is markup."""

import json
import re
from html.parser import HTMLParser

import pytest
from dashboard_runs import shares_of, snapshot, trial, typical_run
from test_figures import hostile_run

from clearml_hpo_app.dashboard.advice import advise
from clearml_hpo_app.dashboard.document import Told, document
from clearml_hpo_app.dashboard.figures import panels
from clearml_hpo_app.dashboard.figures.gauges import Axes, draw
from clearml_hpo_app.dashboard.page import Links

LINKS = Links("https://h/instance", "https://h/trials", lambda one: f"https://h/{one.task_id}")


def figures(run):
    made = panels(LINKS.trial, lambda _: shares_of(run, 0.6, 0.4))
    return {panel.name.title: panel.draw(panel.rows(run)) for panel in made if panel.suits(run.config)}


def written(run, *, name="digits", **more):
    told = Told(name, advise(run, shares_of(run)), {**figures(run), **more}, LINKS, '{"a": "<b>"}')
    return document(run, told)


class Elements(HTMLParser):
    """The elements of a page, with what they would load."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.loads, self.texts = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.loads += [
            value for name, value in attrs if name in {"src", "srcset", "data"} or name.startswith("on")
        ]
        self.loads += [value for name, value in attrs if name == "href" and tag != "a"]

    def handle_data(self, data):
        self.texts.append(data)


def without_plotly(text):
    return re.sub(r"<script>/\*\*.*?</script>", "", text, flags=re.DOTALL)


def test_the_file_holds_every_panel_the_best_trial_and_the_configuration_and_loads_nothing():
    run = typical_run(60)
    text = written(run)
    assert "Plotly" in text and "default-src 'none'" in text
    page = Elements(without_plotly(text))
    assert page.loads == []
    assert {"Summary", "Timeline", "Decisions", "Configuration", "Best trial: "} <= set(page.texts)
    assert f'title="{run.best.values[0]!r}">{run.best.values[0]:.6g}<' in text
    drawn = re.findall(r'<script type="application/json" id="figure-\d+">(.*?)</script>', text)
    assert len(drawn) == text.count('<div class="figure"') > 5
    for data in drawn:
        assert json.loads(data)["data"]
    assert "{&quot;a&quot;: &quot;&lt;b&gt;&quot;}" in text


def test_nothing_that_a_task_says_is_markup():
    run = hostile_run()
    text = written(run, name="</title><script>alert(1)</script>")
    hostile, tame = Elements(without_plotly(text)), Elements(without_plotly(written(typical_run(60))))
    assert hostile.loads == []
    assert set(hostile.tags) <= {*tame.tags, "b", "br"}
    assert hostile.tags.count("script") == text.count('<div class="figure"') + 1


def test_a_panel_that_waits_is_a_sentence_rather_than_an_empty_figure():
    text = without_plotly(written(snapshot([])))
    assert text.count('<div class="figure"') == 1, "the importance, which is given here"
    assert '<h2>Optimization Objective</h2>\n<p class="faint">needs 1 finished trial with a value, has 0' in text


@pytest.mark.parametrize(
    "cell",
    [
        "<img src=x onerror=alert(1)>",
        '<a href="javascript:alert(1)">x</a>',
        '<a href="https://h" onclick="a()">x</a>',
    ],
)
def test_a_table_from_a_server_where_others_write_is_text(cell):
    table = {"type": "table", "header": {"values": [cell]}, "cells": {"values": [[cell]]}}
    hostile = {"data": [table], "layout": {"annotations": [{"text": cell}]}}
    page = Elements(without_plotly(written(snapshot([trial(0, 0.5)]), Decisions=hostile)))
    assert page.loads == [] and "img" not in page.tags
    assert not re.search(r"<a [^>]*(onclick|javascript)", without_plotly(written(snapshot([]), Decisions=hostile)))


def test_lines_of_scalars_are_a_figure_or_a_sentence():
    axes = Axes("seconds", "% left")
    figure = draw({"tasks": [(0, 100.0), (60, 50.0)], "none": [(0, float("nan"))]}, axes)
    assert [trace["y"] for trace in figure["data"][1:]] == [[100.0, 50.0], []]
    assert draw({}, axes)["layout"]["annotations"][0]["text"] == "nothing was reported yet"
    many = draw({"tasks": [(n, float(n)) for n in range(9000)]}, axes)
    assert len(many["data"][1]["x"]) == 2000


def test_lines_of_the_same_values_do_not_hide_each_other():
    same = [(0, 1.0), (60, 2.0)]
    drawn = draw({"workers": same, "running": same, "pending": same}, Axes("seconds", "number"))["data"][1:]
    assert [trace["line"]["width"] for trace in drawn] == [6, 4, 2]


def test_a_best_trial_of_many_parameters_leaves_room_for_the_panels():
    made = trial(0, 0.5, parameters={f"Args/p{n}": n for n in range(50)})
    text = without_plotly(written(snapshot([made])))
    best = text[text.index("<h2>Best trial") : text.index("</header>")]
    shown, folded = best.split("<details><summary>37 more</summary>")
    assert (shown.count("<tr>"), folded.count("<tr>")) == (14, 37)


def test_small_counts_have_whole_ticks_and_hold_until_the_next_and_percents_have_their_whole_range():
    counts = draw({"running": [(0, 0.0), (60, 2.0)]}, Axes("seconds", "number", has_steps=True))
    assert (counts["layout"]["yaxis"]["dtick"], counts["data"][1]["line"]["shape"]) == (1, "hv")
    left = draw({"tasks": [(0, 0.0), (60, 0.0)]}, Axes("seconds", "% left", ends=(0, 100)))
    assert left["layout"]["yaxis"]["range"][0] <= 0 < 100 <= left["layout"]["yaxis"]["range"][1]
