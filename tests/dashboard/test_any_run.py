"""Whatever the trials look like, every figure is one that Plotly accepts and JSON can hold."""

import io
import json
import re
from datetime import timedelta

import plotly.graph_objects as go
from dashboard_runs import LOSS, START, config, snapshot
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from clearml_hpo_app.cli.live import render
from clearml_hpo_app.cli.outcome import render_outcome
from clearml_hpo_app.dashboard import Reporter, best_json, trials_csv
from clearml_hpo_app.dashboard.advice import advise
from clearml_hpo_app.dashboard.document import Told, document
from clearml_hpo_app.dashboard.figures import panels
from clearml_hpo_app.dashboard.figures.layout import COMPRESSED_FROM, PRIMER
from clearml_hpo_app.dashboard.importance import Importance
from clearml_hpo_app.dashboard.names import PLOTS
from clearml_hpo_app.dashboard.page import Links, page_text
from clearml_hpo_app.trials.snapshot import Decision
from clearml_hpo_app.trials.trial import Trial, TrialState, Verdict

NUMBERS = st.floats() | st.sampled_from([0.0, -0.0, 5e-324, 1.7e308, -1.7e308, 1e-9, 0.5, 0.5000001])
VALUES = st.none() | st.booleans() | st.integers() | st.just(10**400) | NUMBERS | st.text(max_size=30)
MOMENTS = st.none() | st.integers(0, 10**6).map(lambda seconds: START + timedelta(seconds=seconds))


@st.composite
def parameters(draw, number):
    kind = draw(st.sampled_from(["uniform", "log", "integer", "numbers", "categories", "fixed"]))
    odd = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=20)
    name = f"Args/p{number}-{draw(odd)}".strip()
    if kind in {"uniform", "log"}:
        low, high = draw(st.sampled_from([(1e-5, 0.1), (0.5, 0.500001), (1e-40, 1e40), (1.0, 1e9)]))
        return {
            "type": "uniform",
            "name": name,
            "min": low,
            "max": high,
            "scale": "log" if kind == "log" else "linear",
        }
    if kind == "integer":
        low = draw(st.integers(-(10**9), 10**9))
        return {"type": "uniform", "name": name, "min": low, "max": low + draw(st.integers(1, 10**12))}
    if kind == "numbers":
        return {
            "type": "discrete",
            "name": name,
            "values": draw(st.lists(st.integers(-99, 99), min_size=2, unique=True)),
        }
    if kind == "categories":
        return {"type": "discrete", "name": name, "values": ["adam", "1", 2, True, None, "<b>", 0.5]}
    return {"type": "fixed", "name": name, "value": "x"}


@st.composite
def runs(draw):
    count = draw(st.sampled_from([1, 1, 3, 8, 50]))
    space = [draw(parameters(number)) for number in range(count)]
    space.append({"type": "uniform", "name": "Args/z", "min": 0.0, "max": 1.0})
    goals = [LOSS, *({"title": "t", "series": f"s{n}", "trend": "max"} for n in range(draw(st.integers(0, 2))))]
    one_value = draw(st.booleans())
    trials = []
    for number in range(draw(st.integers(0, 8))):
        values = (0.5,) * len(goals) if one_value else draw(st.none() | st.tuples(*[NUMBERS] * len(goals)))
        names = draw(st.lists(st.sampled_from(space), max_size=len(space), unique_by=id)) if space else []
        trials.append(
            Trial(
                number=number,
                task_id=draw(st.text(max_size=8)),
                name=draw(st.text(max_size=8)),
                parameters={parameter["name"]: draw(VALUES) for parameter in names},
                state=draw(st.sampled_from(TrialState)),
                values=values,
                iteration=draw(st.none() | st.integers(0, 10**9)),
                created=draw(MOMENTS),
                started=draw(MOMENTS),
                worker=draw(st.text(max_size=5)),
                archived=draw(st.booleans()),
                ended=draw(MOMENTS),
                verdict=draw(st.none() | st.sampled_from(Verdict)),
                reason=draw(st.text(max_size=50)),
            )
        )
    told = st.builds(Decision, MOMENTS.filter(bool), st.just("stopped"), st.none() | st.integers(0, 9), st.text())
    curves = st.lists(st.tuples(st.integers(0, 99), NUMBERS), max_size=4)
    return snapshot(
        trials,
        settings=config(parameters=space, objectives=goals, limits={"total_tasks": 9}),
        workers=draw(st.none() | st.integers(0, 3)),
        choices=tuple(draw(st.lists(st.text(max_size=9), max_size=2))),
        decisions=tuple(draw(st.lists(told, max_size=3))),
        curves={trial.task_id: draw(curves) for trial in trials},
    )


def shares(run):
    names = [parameter.name for parameter in run.config.space.varied]
    return Importance(tuple((name, 1 / len(names)) for name in names), 99)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(runs())
def test_any_run_can_be_shown(run):
    report = Reporter(task_link=lambda trial: f"https://h/{trial.task_id}", importance=shares).report(run)
    assert len(report.plots) == len(PLOTS) - (len(run.config.objectives) == 1)
    for plot in report.plots:
        written = json.dumps(plot.figure, allow_nan=False, ensure_ascii=False)
        assert len(written) < COMPRESSED_FROM
        go.Figure(json.loads(written))
        is_empty = plot.figure["data"] == [dict(PRIMER)]
        assert not is_empty or plot.figure["layout"]["annotations"][0]["text"], "a sentence says what it waits for"
    json.dumps([vars(point) for point in report.scalars], allow_nan=False)
    json.dumps(best_json(run), allow_nan=False)
    assert trials_csv(run)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(runs(), st.text(max_size=30))
def test_any_run_has_a_page_a_file_and_a_place_in_the_terminal(run, name):
    links = Links("https://h/i", "https://h/t", lambda trial: f"https://h/{trial.task_id}")
    advice = advise(run, shares(run))
    page = page_text(run, advice, "id", links)
    assert re.sub(r'<iframe src="[^"<>]*" width="100%" height="\d+"></iframe>', "", page).count("<") == 0
    drawn = panels(links.trial, shares)
    figures = {panel.name.title: panel.draw(panel.rows(run)) for panel in drawn if panel.suits(run.config)}
    text = document(run, Told(name, advice, figures, links, ""))
    assert text.count("</section>") == len(figures)
    console = Console(file=io.StringIO(), width=80)
    for picture in (render(run, name=name), render_outcome(run, name=name)):
        console.print(picture)
