"""How numbers, durations, values and text of others are worded, wherever people read them: short and harmless."""

import math
import shlex
import unicodedata
from collections.abc import Sequence

from clearml_hpo_app.space.values import Value, from_text, show

_ENDLESS = 10**9
"""Sizes of a space from which on nobody expects to see its end."""

_READ_AT_MOST = 400
"""Characters of a text that are looked at: the rest is cut in any case."""

_COMPARED, _MOST_DIGITS = 200, 15


def plain(text: str, limit: int = 60) -> str:
    """Return `text` in one line of at most `limit` characters, without control and direction marks."""
    if len(text) <= limit and text.isascii() and text.isprintable():
        return " ".join(text.split())
    head = text[:_READ_AT_MOST]
    kept = (" " if char.isspace() else char for char in head if char.isspace() or _is_shown(char))
    line = " ".join("".join(kept).split())
    return line if len(line) <= limit and len(text) <= _READ_AT_MOST else f"{line[: limit - 1]}…"


def agent_command(queue: str, *, creates_queue: bool = False) -> str:
    """Return the command that starts an agent on `queue`, whose name no shell takes for anything else."""
    return f"clearml-agent daemon --queue {shlex.quote(queue)}" + (" --create-queue" if creates_queue else "")


def cut_middle(text: str, limit: int = 16) -> str:
    """Return `text` as `plain` does, with its middle left out where it is longer than `limit` characters."""
    line = plain(text, _READ_AT_MOST)
    if len(line) <= limit:
        return line
    tail = (limit - 1) // 2
    return f"{line[: limit - 1 - tail]}…{line[-tail:]}"


def number(value: float, digits: int = 4) -> str:
    """Return `value` with `digits` significant digits, more for large whole parts: `0.0312`, `1.2e-5`, `inf`."""
    if isinstance(value, int):
        return str(value) if abs(value) < 10**12 else plain(str(value), 16)
    if not math.isfinite(value):
        return str(value)
    size = abs(value)
    if size == 0 or 1e-4 <= size < 10**digits:
        return f"{value:.{digits}g}"
    if 10**digits <= size < 1e7:
        return f"{value:.0f}"
    mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
    trimmed = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return f"{trimmed}e{int(exponent)}"


def digits_for(values: Sequence[float]) -> int:
    """Return with how many significant digits finite `values` can be told apart: 4, more where they are close.

    One that lies far from all others hides nothing: three quarters of the first 200 are to differ.
    """
    low, high = min(values, default=0.0), max(values, default=0.0)
    digits, different = digits_of(max(abs(low), abs(high)), high - low), set(values[:_COMPARED])
    while digits < _MOST_DIGITS and 4 * len({number(value, digits) for value in different}) < 3 * len(different):
        digits += 1
    return digits


def digits_of(value: float, spread: float) -> int:
    """Return with how many significant digits `value` differs from those within `spread` of it: 4 … 15."""
    if not value or not spread > 0 or not math.isfinite(spread):
        return 4
    finer = math.floor(math.log10(abs(value))) - math.floor(math.log10(spread))
    return min(4 + max(finer, 0), _MOST_DIGITS)


def value_text(value: Value, limit: int = 24) -> str:
    """Return a parameter's value as people read it, in one line; text that looks like another type is quoted."""
    if isinstance(value, bool) or value is None:
        return show(value)
    if isinstance(value, str):
        return plain(f'"{value}"' if _looks_typed(value) else value, limit)
    return number(value)


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


def counted(count: float, noun: str) -> str:
    """Return `count` with its noun, which takes an s unless it is 1: `1 trial`, `10 000 trials`, `1.5 minutes`."""
    return f"{grouped(count)} {noun}{'' if count == 1 else 's'}"


def counted_of(count: int, total: int | None, noun: str) -> str:
    """Return `count` of a total with its noun: `3 of 10 trials`; where no total says anything, `3 trials`."""
    if total is None or total >= _ENDLESS:
        return counted(count, noun)
    return f"{grouped(count)} of {counted(total, noun)}"


def grouped(count: float) -> str:
    """Return `count` with its thousands apart: `10 000`; a fraction with at most six digits."""
    return f"{count:,}".replace(",", " ") if isinstance(count, int) else f"{count:g}"


def _looks_typed(text: str) -> bool:
    return not text.strip() or text == "None" or not isinstance(from_text(text[:_READ_AT_MOST]), str)


def _is_shown(char: str) -> bool:
    return unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
