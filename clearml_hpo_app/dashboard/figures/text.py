"""Text in figures: what comes from a task or a person is cut and made harmless, numbers that are close stay apart.

Plotly reads a small HTML in texts; the only markup in ours is `<b>`, `<br>` and `<a href="URL">text</a>`.
"""

import html
import re
from urllib.parse import quote

from clearml_hpo_app.wording import cut_middle, digits_of, plain

_ESCAPED = re.compile(r"[<>&\"'%\\]")
_LINKED = re.compile(r"(https?://|/(?!/))", re.IGNORECASE)


def escape(text: str, limit: int = 60) -> str:
    """Return `text` as `plain` does, for a place where Plotly reads HTML.

    Quotes become numeric entities, since plotly.js does not know `&quot;`; so does the percent sign, which
    starts a field in hover templates.
    """
    return html.escape(plain(text, limit)).replace("&quot;", "&#34;").replace("%", "&#37;")


def escape_broken(text: str, limit: int, longest: int) -> str:
    """Return `text` as `escape` does, for a cell of a table, which wraps at spaces only: long words are broken."""
    words = plain(text, limit).split(" ")
    pieces = ([word[start : start + longest] for start in range(0, len(word), longest)] for word in words)
    return " ".join("<br>".join(map(escape, parts)) for parts in pieces)


def unmarked(text: str, limit: int = 16) -> str:
    """Return `text` for a place where Plotly reads no HTML (ticks of parallel coordinates), cut in the middle.

    Angle brackets are replaced by look-alikes, so that nothing changes if a version does read HTML there.
    """
    return cut_middle(text, limit).replace("<", "‹").replace(">", "›")


def link(address: str, text: str) -> str:
    """Return `text` (escaped already) as a link, or as it is when `address` is no web address.

    The form is the one that ClearML's tables make clickable: no further attribute.
    """
    if not _LINKED.match(address):
        return text
    return f'<a href="{quote(address, safe=":/?#[]@!$&()*+,;=%~")}">{text}</a>'


def written_size(line: str) -> int:
    """Return how many characters `line` takes at most once it is escaped and written as JSON."""
    return len(line) + 5 * len(_ESCAPED.findall(line))


def rounded(value: float, spread: float = 0.0) -> float:
    """Return `value` with 4 significant digits, more where values that lie `spread` apart differ in later ones."""
    return float(f"{value:.{digits_of(value, spread)}g}")
