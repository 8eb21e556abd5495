"""A person at the page in a real browser: where they go, what they see, what they keep as pictures."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from web_stage import Stage

ROOT = Path(__file__).parents[2]
SCREENSHOTS = ROOT / "build" / "screenshots"
AXE = ROOT / "build" / "browser" / "node_modules" / "axe-core" / "axe.min.js"
OPTIONS = [  # parallel coordinates need WebGL, here without a graphics card
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
expect.set_options(timeout=20_000)  # other tests run beside these ones
SERIOUS = {"serious", "critical"}


def chromium() -> str | None:
    candidates = (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    return next((path for name in candidates if name and (path := shutil.which(name))), None)


class Visit:
    """One page of a browser that was let in; `troubles` has what the browser complained about."""

    def __init__(self, browser: Browser, stage: Stage, *, theme: Any = "light", width: int = 1440) -> None:
        self.stage = stage
        self.context: BrowserContext = browser.new_context(
            color_scheme=theme, viewport={"width": width, "height": 900}, accept_downloads=True
        )
        self.page: Page = self.context.new_page()
        self.troubles: list[str] = []
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("console", lambda said: self._note(said.type, said.text, said.location["url"]))
        self.page.goto(stage.page.url)

    def _note(self, kind: str, text: str, where: str) -> None:
        if kind == "error" and "status of 4" not in text:  # a refusal, which the page shows
            self.troubles.append(f"{text} {where}")

    def go(self, path: str) -> "Visit":
        self.page.goto(self.stage.page.address + path)
        return self

    def open(self, instance: str) -> "Visit":
        self.go(f"/instances/{instance}")
        expect(self.page.locator(".instance-head h2")).to_be_visible()
        return self

    def act(self, name: str) -> None:
        """Press a button of the instance's head, or choose it in the menu beside them."""
        expect(self.page.locator(".acts").get_by_role("button").first).to_be_visible()
        shown = self.page.locator(".acts").get_by_role("button", name=name, exact=True)
        if not shown.count():
            self.page.get_by_role("button", name="More about this instance").click()
            shown = self.page.get_by_role("menuitem", name=name, exact=True)
        shown.click()

    def keep_picture(self, name: str) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png")

    def barriers(self, *rules: str) -> list[str]:
        """What axe finds by all rules, or by these, that is serious; the inside of drawings is left out."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        options = {"resultTypes": ["violations"], **({"runOnly": list(rules)} if rules else {})}
        script = "options => axe.run({exclude: ['.main-svg']}, options)"
        found = self.page.evaluate(script, options)
        return [
            f"{each['id']}: {node['html'][:160]}"
            for each in found["violations"]
            if each["impact"] in SERIOUS
            for node in each["nodes"]
        ]

    def close(self) -> None:
        self.context.close()


def require_axe() -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: scripts/test does that where there is npm")
