"""Take the pictures of the documentation: runs the demo, photographs its dashboard, and ends what it started.

`scripts/pictures` calls this with the browser's path and the folder for the pictures. Nothing in the pictures is
made up: the page is the one that a person sees, cut to its upper part; the terminal is what `clearml-hpo watch`
shows of a run that is half way.
"""

import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from playwright.sync_api import Browser, FloatRect, Locator, Page, sync_playwright
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import MONOKAI

from clearml_hpo_app.cli.live import render
from clearml_hpo_app.controller.loop import Controller, Turn
from clearml_hpo_app.local.demo import TITLE, DemoOptions, run_demo
from clearml_hpo_app.snapshot import Snapshot

TRIALS = 30
WIDTH = 1240
MARGIN = 16
ROWS_SHOWN = 5
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
    with kept_demo() as (entrance, instance, half_way), sync_playwright() as playwright:
        draw_terminal(half_way, folder / "watch.svg")
        browser = playwright.chromium.launch(executable_path=browser_path, args=BROWSER_OPTIONS)
        for theme, ending in (("light", ""), ("dark", "-dark")):
            photograph(browser, entrance, instance, theme, folder, ending)
        browser.close()
    for picture in sorted(folder.iterdir()):
        say(f"{picture}: {picture.stat().st_size / 1000:.0f} kB")


@contextmanager
def kept_demo() -> Iterator[tuple[str, str, Snapshot]]:
    """Run the demo; give what opens its pages, the instance's id and a snapshot from half way; end it all."""
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
        entrance = found_in(sentences, r"stay up: (\S+)")[1]
        yield entrance, outcome["instance"]["id"], snapshots[0]
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


def photograph(browser: Browser, entrance: str, instance: str, theme: str, folder: Path, ending: str) -> None:
    """Photograph the figures, the head of the table, and the scalars of the instance's page."""
    page = browser.new_page(viewport={"width": WIDTH, "height": 900}, device_scale_factor=1.25)
    page.goto(entrance)  # it lets the browser in
    address = f"{entrance.partition('/?')[0]}/tasks/{instance}"
    page.goto(f"{address}/plots?theme={theme}")
    page.wait_for_selector(".main-svg")
    page.wait_for_timeout(4000)  # WebGL draws the lines in several passes
    table = page.locator("section", has_text="Summary")
    cut(page, folder / f"dashboard{ending}.png", edge(page.locator(".head")) - 5, edge(table) - MARGIN)
    last_row = table.locator("tbody tr").nth(ROWS_SHOWN - 1)
    cut(page, folder / f"summary{ending}.png", edge(table), edge(last_row, bottom=True))
    page.goto(f"{address}/scalars?theme={theme}")
    page.wait_for_selector(".main-svg")
    page.wait_for_timeout(2000)
    cards = page.locator(".grid").locator("visible=true").first
    cut(page, folder / f"scalars{ending}.png", edge(cards) - MARGIN, edge(cards, bottom=True) + MARGIN)
    page.close()


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
