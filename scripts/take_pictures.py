"""Take the pictures of the documentation: runs the demo, photographs its dashboard, and ends what it started.

`scripts/pictures` calls this with the browser's path and the folder for the pictures. Nothing in the pictures is
made up: the panels are those of the file that `clearml-hpo report` writes of the run; the terminal is what
`clearml-hpo watch` shows of a run that is half way.
"""

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from photograph_page import photograph_page
from playwright.sync_api import Browser, FloatRect, Locator, Page, sync_playwright
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import MONOKAI

from clearml_hpo_app.cli.live import render
from clearml_hpo_app.controller.loop import Controller, Turn
from clearml_hpo_app.instances.instance import HpoInstance
from clearml_hpo_app.instances.report_file import report_html
from clearml_hpo_app.local.demo import TITLE, DemoOptions, run_demo
from clearml_hpo_app.trials.snapshot import Snapshot

TRIALS = 30
WIDTH = 1240
MARGIN = 16
BROWSER_OPTIONS = [  # parallel coordinates need WebGL, here without a graphics card
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
TERMINAL_COLUMNS = 104


def main() -> None:
    """Run the demo and write every picture."""
    browser_path, folder = sys.argv[1], Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as scratch,
        kept_demo() as (instance, half_way, page_url),
        sync_playwright() as playwright,
    ):
        draw_terminal(half_way, folder / "watch.svg")
        report = Path(scratch) / "report.html"
        report.write_text(report_html(HpoInstance(instance)), encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=browser_path, args=BROWSER_OPTIONS)
        for theme, ending in (("light", ""), ("dark", "-dark")):
            photograph(browser, report, theme, folder, ending)
        photograph_page(browser, page_url, instance, folder, shrink)
        browser.close()
    for picture in sorted(folder.iterdir()):
        say(f"{picture}: {picture.stat().st_size / 1000:.0f} kB")


@contextmanager
def kept_demo() -> Iterator[tuple[str, Snapshot, str]]:
    """Run the demo; give the instance's id, a snapshot from half way and what opens the page; end it all."""
    sentences: list[str] = []
    snapshots: list[Snapshot] = []

    def on_say(sentence: str) -> None:
        sentences.append(sentence)
        say(sentence)

    def on_turn(controller: Controller, _turn: Turn) -> None:
        snapshot = controller.snapshot()
        if not snapshots and snapshot.ended >= TRIALS // 2 and snapshot.running:
            snapshots.append(snapshot)

    try:
        options = DemoOptions(trials=TRIALS, seed=1, keep=True, web=False)
        outcome = run_demo(options, on_turn, on_say)
        page_url = found_in(sentences, r"page stays up too: (\S+)")[1]
        yield outcome["instance"]["id"], snapshots[0], page_url
    finally:
        end_demo(sentences)


def end_demo(sentences: list[str]) -> None:
    """End the processes that the demo named, and remove its folder; a demo that failed has ended by itself."""
    if not any("To stop them" in sentence for sentence in sentences):
        return
    stop = found_in(sentences, r"To stop them: kill ([\d ]+); sleep \d+; kill (\d+); rm -r (\S+)")
    for pid in (*stop[1].split(), stop[2]):  # one after the other: agents sign off at the server, which comes last
        process = psutil.Process(int(pid))
        process.terminate()
        try:
            process.wait(10)
        except psutil.TimeoutExpired:
            process.kill()
    shutil.rmtree(stop[3], ignore_errors=True)


def found_in(sentences: list[str], pattern: str) -> "re.Match[str]":
    """Return the first match of `pattern` in what the demo said."""
    return next(found for sentence in sentences if (found := re.search(pattern, sentence)))


def photograph(browser: Browser, report: Path, theme: str, folder: Path, ending: str) -> None:
    """Photograph every panel of the report of the run, and its head with the first two panels."""
    context = browser.new_context(
        viewport={"width": WIDTH, "height": 900},
        device_scale_factor=1.25,
        color_scheme="dark" if theme == "dark" else "light",
    )
    page = context.new_page()
    page.goto(report.as_uri())
    page.wait_for_selector(".main-svg")
    page.wait_for_timeout(4000)  # WebGL draws the lines in several passes
    for section in page.locator("section").all():
        name = f"panel-{section.get_attribute('id')}{ending}.png"
        cut(page, folder / name, edge(section), edge(section, bottom=True) + MARGIN)
    second = page.locator("section").nth(1)
    cut(page, folder / f"dashboard{ending}.png", edge(page.locator("header")) - MARGIN, edge(second, bottom=True))
    context.close()


def edge(part: Locator, *, bottom: bool = False) -> float:
    """Return where a part of the page begins, or ends, from the top of the page."""
    box = part.bounding_box()
    if box is None:
        message = f"The page must show {part}, but does not."
        raise LookupError(message)
    return box["y"] + (box["height"] if bottom else 0)


def cut(page: Page, path: Path, top: float, bottom: float) -> None:
    """Save the page between two heights."""
    area = FloatRect(x=0, y=top, width=WIDTH, height=bottom - top)
    page.screenshot(path=path, full_page=True, clip=area)
    shrink(path)


def shrink(path: Path) -> None:
    """Store the picture with 256 colours, which a page of flat colours does not miss."""
    from PIL import Image

    with Image.open(path) as picture:
        picture.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)


def draw_terminal(snapshot: Snapshot, path: Path) -> None:
    """Draw what a terminal shows of the run, with the fonts that the reader has."""
    with Path(os.devnull).open("w") as nowhere:
        console = Console(record=True, width=TERMINAL_COLUMNS, file=nowhere, force_terminal=True)
        console.print(render(snapshot, name=TITLE))
    frame = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    text = console.export_svg(title="clearml-hpo watch", theme=MONOKAI, code_format=frame, unique_id="watch")
    path.write_text("\n".join(line.rstrip() for line in text.splitlines()) + "\n", encoding="utf-8")


def say(sentence: str) -> None:
    """Tell people on stderr."""
    sys.stderr.write(f"{sentence}\n")


if __name__ == "__main__":
    main()
