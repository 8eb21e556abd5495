"""Patterns that clients send: what they mean, and how long matching them may take.

Regular expressions mean what they mean to Python's `re`. They are matched with `regex`, which stops at a time
limit and lets other threads go on meanwhile: a pattern that backtracks without end costs its own request, and
nothing else. Its search for text that must occur does neither, so it never gets to search for any.
"""

import re
import time
from functools import lru_cache

import regex

from clearml_hpo_app.local.server.faults import Fault

_SECONDS = 0.5
# What a plain search may take without being counted: a long list of tasks is no fault of the pattern.
_FREE_SECONDS = 20e-6
# A brace that opens no count is plain text to `re`; to `regex` it may begin an approximate match ("x{e}").
_SPECIAL = frozenset(r".^$*+?{}[]\|()")
_VERBOSE = re.compile(r"\(\?[a-zA-Z]*x")
_PLAIN_BRACE = re.compile(r"(\\N\{[^}]*\}|\\.)|\{(?!\d+(?:,\d*)?\}|,\d*\})", re.DOTALL)


class Searches:
    """SQL's `text REGEXP pattern` for one connection, with an allowance of time for each transaction.

    Attributes:
        refusal: What the client is told when the allowance was used up; None while it was not.
    """

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """Give a new transaction the whole allowance."""
        self._left = _SECONDS
        self.refusal: Fault | None = None

    def matches(self, pattern: str, value: object) -> bool:
        """Return whether `pattern` is found in `value`; a TimeoutError when the allowance is used up."""
        if not isinstance(value, str):
            return False
        started = time.thread_time()
        try:
            if self._left <= 0:
                raise TimeoutError
            if not _SPECIAL.intersection(pattern):
                return pattern in value
            return _compiled(pattern).search(value, timeout=self._left, concurrent=True) is not None
        except TimeoutError:
            self.refusal = _malformed(f"matching it takes more than {_SECONDS} s; use a simpler one")
            raise
        finally:
            self._left -= max(0.0, time.thread_time() - started - _FREE_SECONDS)


def checked(pattern: str) -> str:
    """Return `pattern`, or raise the Fault 400/21 of one that is no regular expression."""
    try:
        re.compile(pattern)
        _compiled(pattern)
    except (re.error, regex.error) as error:
        raise _malformed(error) from error
    return pattern


def fits(wildcards: str, text: str) -> bool:
    """Return whether `text` is `wildcards`, in which each * stands for any characters; in linear time."""
    first, *rest = wildcards.split("*")
    if not rest:
        return text == first
    last = rest.pop()
    if len(text) < len(first) + len(last) or not (text.startswith(first) and text.endswith(last)):
        return False
    place, end = len(first), len(text) - len(last)
    for part in rest:
        place = text.find(part, place, end)
        if place < 0:
            return False
        place += len(part)
    return True


@lru_cache(64)
def _compiled(pattern: str) -> "regex.Pattern[str]":
    """Return the pattern beside an alternative that never fits, so that there is no text that must occur."""
    plain = _PLAIN_BRACE.sub(lambda found: found[1] or r"\{", pattern)
    regex.compile(plain, regex.VERSION0)
    end = "\n" if _VERBOSE.search(plain) else ""  # or the last comment of a verbose pattern would hide the rest
    return regex.compile(f"(?:{plain}{end}|(?!))", regex.VERSION0)


def _malformed(problem: object) -> Fault:
    return Fault(400, 21, "Malformed regular expression", err=problem, extra_info=None)
