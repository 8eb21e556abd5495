"""Our figures, drawn by the plotly.js of ClearML's web UI in a browser: axes, colours, links, and nothing runs.

Needs Chromium, the Python package playwright, and npm for that version of plotly.js; skipped where one is missing.
"""

import json
import os
import shutil
import subprocess
import tarfile

import pytest
from dashboard_runs import config, shares_of, snapshot, trial, typical_run
from test_document import written
from test_figures import hostile_run

from clearml_hpo_app.dashboard.figures import panels
from clearml_hpo_app.dashboard.figures.parallel import MORE

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.long

PLOTLY = "plotly.js-dist-min@2.35.0"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
OPTIONS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
]
# what the UI does to a figure before it draws it: a first trace of type scatter makes the y axis linear
DRAW = """async figure => {
  const node = document.createElement('div');
  node.className = 'figure';
  node.style.width = '960px';
  document.body.append(node);
  if (figure.data[0].type === 'scatter') figure.layout.yaxis.type = 'linear';
  await Plotly.newPlot(node, figure.data, {...figure.layout, font: {color: '#333'}});
  return document.querySelectorAll('.figure').length - 1;
}"""


@pytest.fixture(scope="module")
def plotly_js(request):
    folder = request.config.cache.mkdir("plotly.js-2.35.0")
    script = folder / "package" / "plotly.min.js"
    if not script.exists():
        if shutil.which("npm") is None:
            pytest.skip("needs npm")
        done = subprocess.run(["npm", "pack", PLOTLY], cwd=folder, capture_output=True, check=False)
        if done.returncode:
            pytest.skip(f"npm could not fetch {PLOTLY}")
        with tarfile.open(next(folder.glob("*.tgz"))) as archive:
            archive.extract("package/plotly.min.js", folder, filter="data")
    return script


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("needs Chromium")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser, plotly_js):
    page = browser.new_page(viewport={"width": 960, "height": 500})
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("dialog", lambda dialog: (page.problems.append(dialog.message), dialog.dismiss()))
    page.set_content("<body></body>")
    page.add_script_tag(path=plotly_js)
    yield page
    assert page.problems == []
    page.close()


def figures(run):
    made = panels(lambda one: f"https://clearml.example/tasks/{one.task_id}", lambda _: shares_of(run, 0.6, 0.4))
    return {panel.name.title: json.loads(json.dumps(panel.draw(panel.rows(run)))) for panel in made}


def drawn(page, figure):
    """Draw a figure below the others, and return its node."""
    place = page.evaluate(DRAW, figure)
    return page.locator(".figure").nth(place)


def texts(node):
    return node.locator("text").all_text_contents()


def test_an_objective_over_decades_is_drawn_on_a_log_axis_in_the_colours_of_the_palette(page):
    run = snapshot([trial(number, 10.0**-number, parameters={"Args/lr": 0.01}) for number in range(5)])
    node = drawn(page, figures(run)["Optimization Objective"])
    assert node.evaluate("figure => figure._fullLayout.yaxis.type") == "log"
    fills = node.locator("path.point").evaluate_all("points => points.map(point => getComputedStyle(point).fill)")
    assert {"rgb(76, 139, 245)", "rgb(232, 131, 58)"} == set(fills)


def test_parallel_coordinates_have_decades_categories_and_full_names(page):
    long_name = "Args/the_number_of_gradient_accumulation_steps"
    space = [
        {"type": "uniform", "name": "Args/lr", "min": 1e-5, "max": 0.1, "scale": "log"},
        {"type": "uniform", "name": long_name, "min": 1, "max": 4},
        {"type": "discrete", "name": "Args/optimizer", "values": ["adam", "sgd"]},
    ]
    made = [
        trial(n, float(n), parameters={"Args/lr": 1e-3, long_name: n, "Args/optimizer": "sgd"})
        for n in range(1, 5)
    ]
    node = drawn(page, figures(snapshot(made, settings=config(parameters=space)))["Parallel Coordinates"])
    shown = texts(node)
    assert {"1e-5", "0.0001", "0.001", "0.01", "0.1", "1", "2", "3", "4", "adam", "sgd"} <= set(shown)
    sign = node.locator(".annotation-text-g", has_text=MORE).first.bounding_box()
    page.mouse.move(sign["x"] + sign["width"] / 2, sign["y"] + sign["height"] / 2)
    node.locator(".hoverlayer text", has_text=long_name).wait_for()


def test_tasks_are_linked_in_tables(page):
    made = figures(typical_run(30))
    for title in ("Summary", "Advice"):
        links = drawn(page, made[title]).locator("a")
        assert links.first.evaluate("link => link.getAttribute('xlink:href')").startswith(
            "https://clearml.example/"
        )


@pytest.mark.parametrize("count", [0, 1, 40])
def test_every_figure_is_drawn_without_an_error(page, count):
    for figure in figures(typical_run(count)).values():
        assert drawn(page, figure).locator(".main-svg").count() > 0


def test_nothing_that_a_task_can_name_runs_or_adds_an_element(page):
    for figure in figures(hostile_run()).values():
        node = drawn(page, figure)
        assert node.locator("script").count() == 0
        addresses = node.locator("svg a").evaluate_all("links => links.map(a => a.getAttribute('xlink:href'))")
        assert all(address.startswith("https://clearml.example/tasks/") for address in addresses)
        assert node.locator("a:not(.modebar-btn)").count() == len(addresses)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_file_of_a_run_draws_every_panel_and_asks_for_nothing(browser, tmp_path, theme):
    place = tmp_path / "report.html"
    place.write_text(written(typical_run(40)), encoding="utf-8")
    page = browser.new_page(color_scheme=theme)
    asked, problems = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.goto(place.as_uri())
    figures = page.locator(".figure")
    assert page.locator(".figure:has(.main-svg)").count() == figures.count() > 5
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    halo = page.locator(".parcoords .axis text").first.evaluate("text => getComputedStyle(text).textShadow")
    assert halo.count(ground) == 4
    assert [url for url in asked if not url.startswith(("data:", "blob:"))] == [place.as_uri()]
    assert problems == []
    page.close()
