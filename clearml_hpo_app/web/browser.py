"""Opening a page in the browser of the person at this terminal, where there is one."""

import os
import sys
import webbrowser


def open_browser(address: str) -> None:
    """Open `address`; nothing happens without a screen, or where nobody reads along."""
    has_screen = sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if has_screen and sys.stderr.isatty():
        webbrowser.open(address)
