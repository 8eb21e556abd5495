"""Regular expressions that clients send: what they mean, and how long matching them may take.

They mean what they mean to Python's `re`. They are matched with `regex`, which stops at a time limit and lets
other threads go on meanwhile: a pattern that backtracks without end costs its own request, and nothing else.
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


@lru_cache(64)
def _compiled(pattern: str) -> "regex.Pattern[str]":
    plain = _PLAIN_BRACE.sub(lambda found: found[1] or r"\{", pattern)
    return regex.compile(plain, regex.VERSION0)


def _malformed(problem: object) -> Fault:
    return Fault(400, 21, "Malformed regular expression", err=problem, extra_info=None)
