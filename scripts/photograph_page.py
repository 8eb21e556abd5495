"""Pictures of the applications page for the documentation: the dashboard beside the list, and the launch form."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

SIZE = (1360, 860)


def photograph_page(
    browser: Browser, url: str, instance: str, folder: Path, shrink: Callable[[Path], None]
) -> None:
    """Photograph the page that `url` opens, in both themes; `shrink` makes a picture smaller."""
    address = url.partition("/?")[0]
    for theme, ending in (("light", ""), ("dark", "-dark")):
        context = browser.new_context(
            viewport={"width": SIZE[0], "height": SIZE[1]},
            device_scale_factor=1.25,
            color_scheme="dark" if theme == "dark" else "light",
        )
        page = context.new_page()
        page.goto(url)  # it lets the browser in
        page.goto(f"{address}/instances/{instance}")
        page.wait_for_selector(".main-svg")
        keep(page, folder / f"page{ending}.png", shrink)
        page.goto(f"{address}/new?clone={instance}")
        expect(page.locator(".findings")).to_contain_text("Search space")
        expect(page.locator(".offered-row").first).to_be_visible()
        keep(page, folder / f"page-form{ending}.png", shrink)
        context.close()


def keep(page: Page, path: Path, shrink: Callable[[Path], None]) -> None:
    """Save what is seen, once it stands still."""
    page.wait_for_timeout(1500)
    page.screenshot(path=path)
    shrink(path)
