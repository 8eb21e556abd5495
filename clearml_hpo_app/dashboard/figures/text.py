"""Text in figures: what comes from a task or a person is cut and made harmless, numbers get few digits.

Plotly reads a small HTML in texts; the only markup in ours is `<b>`, `<br>` and `<a href="URL">text</a>`.
"""

import html
import math
import re
import unicodedata
from collections.abc import Sequence
from urllib.parse import quote

from clearml_hpo_app.values import Value, from_text, show

_LINKED = re.compile(r"(https?://|/(?!/))", re.IGNORECASE)
_READ_AT_MOST = 400
"""Characters of a text that are looked at: the rest is cut in any case."""


def plain(text: str, limit: int = 60) -> str:
    """Return `text` in one line of at most `limit` characters, without control and direction marks."""
    if len(text) <= limit and text.isascii() and text.isprintable():
        return " ".join(text.split())
    head = text[:_READ_AT_MOST]
    kept = (" " if char.isspace() else char for char in head if char.isspace() or _is_shown(char))
    line = " ".join("".join(kept).split())
    return line if len(line) <= limit and len(text) <= _READ_AT_MOST else f"{line[: limit - 1]}…"


def escape(text: str, limit: int = 60) -> str:
    """Return `text` as `plain` does, for a place where Plotly reads HTML.

    Quotes become numeric entities, since plotly.js does not know `&quot;`; so does the percent sign, which
    starts a field in hover templates.
    """
    return html.escape(plain(text, limit)).replace("&quot;", "&#34;").replace("%", "&#37;")


def unmarked(text: str, limit: int = 16) -> str:
    """Return `text` for a place where Plotly reads no HTML (ticks of parallel coordinates), cut in the middle.

    Angle brackets are replaced by look-alikes, so that nothing changes if a version does read HTML there.
    """
    return cut_middle(text, limit).replace("<", "‹").replace(">", "›")


def cut_middle(text: str, limit: int = 16) -> str:
    """Return `text` as `plain` does, with its middle left out where it is longer than `limit` characters."""
    line = plain(text, _READ_AT_MOST)
    if len(line) <= limit:
        return line
    tail = (limit - 1) // 2
    return f"{line[: limit - 1 - tail]}…{line[-tail:]}"


def number(value: float, digits: int = 4) -> str:
    """Return a finite `value` with `digits` significant digits, more for large whole parts: `0.0312`, `1.2e-5`."""
    if isinstance(value, int):
        return str(value) if abs(value) < 10**12 else plain(str(value), 16)
    size = abs(value)
    if size == 0 or 1e-4 <= size < 10**digits:
        return f"{value:.{digits}g}"
    if 10**digits <= size < 1e7:
        return f"{value:.0f}"
    mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
    trimmed = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return f"{trimmed}e{int(exponent)}"


def value_text(value: Value, limit: int = 24) -> str:
    """Return a parameter's value as people read it, in one line; text that looks like another type is quoted."""
    if isinstance(value, bool) or value is None:
        return show(value)
    if isinstance(value, str):
        return plain(f'"{value}"' if _looks_typed(value) else value, limit)
    return number(value) if isinstance(value, int) or math.isfinite(value) else str(value)


def duration(seconds: float) -> str:
    """Return a duration of 0 or more in its two largest units: `42 s`, `3 min 07 s`, `2 h 05 min`, `3 d 04 h`."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
    return f"{whole // 86400} d {whole % 86400 // 3600:02d} h"


def link(address: str, text: str) -> str:
    """Return `text` (escaped already) as a link, or as it is when `address` is no web address.

    The form is the one that ClearML's tables make clickable: no further attribute.
    """
    if not _LINKED.match(address):
        return text
    return f'<a href="{quote(address, safe=":/?#[]@!$&()*+,;=%~")}">{text}</a>'


def rounded(value: float, spread: float = 0.0) -> float:
    """Return `value` with 4 significant digits, more where values that lie `spread` apart differ in later ones."""
    return float(f"{value:.{_digits(value, spread)}g}")


def digits_for(values: Sequence[float]) -> int:
    """Return with how many significant digits finite `values` can be told apart: 4, more where they are close."""
    low, high = min(values, default=0.0), max(values, default=0.0)
    return min(_digits(max(abs(low), abs(high)), high - low), 8)


def _digits(value: float, spread: float) -> int:
    if not value or not spread > 0 or not math.isfinite(spread):
        return 4
    finer = math.floor(math.log10(abs(value))) - math.floor(math.log10(spread))
    return min(4 + max(finer, 0), 15)


def _looks_typed(text: str) -> bool:
    return not text.strip() or text == "None" or not isinstance(from_text(text[:_READ_AT_MOST]), str)


def _is_shown(char: str) -> bool:
    return unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
