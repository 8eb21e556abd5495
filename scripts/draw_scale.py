"""Draw what trials and turns take as runs grow, for docs/performance.md, in both themes.

`python scripts/draw_scale.py CURVES`: CURVES is the file that `python -m benchmarks.scale --curves CURVES` adds
to, one line a run. Needs Chromium, or what CHROMIUM names, and Playwright.
"""

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright
from take_pictures import BROWSER_OPTIONS, say, shrink

from clearml_hpo_app.dashboard.document import plotly_file
from clearml_hpo_app.dashboard.figures.palette import BLUE, GREY, ORANGE, RED, VIOLET, YELLOW

FOLDER = Path(__file__).parents[1] / "docs" / "images"
WIDTH, HEIGHT = 980, 380
COLOURS = (BLUE, ORANGE, VIOLET, GREY, RED, YELLOW)
THEMES = {"": ("light", "#1f2430", "#e3e7ee", "#ffffff"), "-dark": ("dark", "#d5dae3", "#333b4a", "#1a1e26")}
"""By ending of the file's name: scheme, and the colours of text, grid and background."""

PAGE = """<!doctype html><body style="margin:0;background:{background}"><div id="figure"></div>
<script>{plotly}</script><script>Plotly.newPlot("figure", {figure}, {{staticPlot: true}})</script>"""


def main() -> None:
    """Draw the picture in both themes."""
    runs = [json.loads(line) for line in Path(sys.argv[1]).read_text("utf-8").splitlines()]
    browser_path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=BROWSER_OPTIONS)
        for ending, (scheme, text, grid, background) in THEMES.items():
            html = Path(scratch) / f"{scheme}.html"
            figure = json.dumps(figure_of(runs, text, grid)).replace("<", "\\u003c")
            html.write_text(
                PAGE.format(background=background, plotly=plotly_file().read_text("utf-8"), figure=figure),
                encoding="utf-8",
            )
            page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=1.5)
            page.goto(html.as_uri())
            page.wait_for_selector(".main-svg")
            path = FOLDER / f"scale{ending}.png"
            page.screenshot(path=path)
            shrink(path)
            say(f"{path}: {path.stat().st_size / 1000:.0f} kB")
        browser.close()


def figure_of(runs: list[dict[str, Any]], text: str, grid: str) -> dict[str, Any]:
    """Return the figure: beside each other, the time between the ends of two trials, and the work of one turn."""
    panels = (
        ("Milliseconds between two trials' ends", 1000.0, "seconds_per_trial"),
        ("CPU of a turn, ms", 1, "turn_cpu_ms"),
    )
    data, layout = [], {"width": WIDTH, "height": HEIGHT, "margin": {"l": 55, "r": 20, "t": 45, "b": 55}}
    for place, (title, factor, name) in enumerate(panels, start=1):
        end = "" if place == 1 else str(place)
        for run, colour in zip(runs, COLOURS, strict=False):
            data.append(line(run, name, factor, colour, axes=(f"x{end}", f"y{end}"), is_named=place == 1))
        domain = [0.0, 0.45] if place == 1 else [0.55, 1.0]
        layout[f"xaxis{end}"] = {
            "title": {"text": "trials that have ended", "standoff": 6},
            "domain": domain,
            "anchor": f"y{end}",
            "gridcolor": grid,
            "rangemode": "tozero",
        }
        layout[f"yaxis{end}"] = {
            "title": {"text": title},
            "anchor": f"x{end}",
            "gridcolor": grid,
            "rangemode": "tozero",
        }
    colours = {"paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)"}
    legend = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"}
    font = {"color": text, "family": "system-ui, sans-serif", "size": 12}
    return {"data": data, "layout": {**layout, **colours, "legend": legend, "font": font}}


def line(
    run: dict[str, Any], name: str, factor: float, colour: str, *, axes: tuple[str, str], is_named: bool
) -> dict[str, Any]:
    """Return one run's curve of `name` on the given axes."""
    return {
        "type": "scatter",
        "mode": "lines",
        "name": f"{run['method']}, {run['concurrent']} at a time",
        "x": [piece["ended"] for piece in run["curves"]],
        "y": [factor * piece[name] for piece in run["curves"]],
        "line": {"color": colour, "width": 2},
        "xaxis": axes[0],
        "yaxis": axes[1],
        "showlegend": is_named,
    }


if __name__ == "__main__":
    main()
