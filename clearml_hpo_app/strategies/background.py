"""Methods that think for longer than a turn may take do so in a thread of their own."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import cached_property

from clearml_hpo_app.errors import SuggestionPending
from clearml_hpo_app.space.values import Value
from clearml_hpo_app.strategies.strategy import Strategy
from clearml_hpo_app.trials.trial import Trial

LONGEST_SECONDS = 0.25
"""How long one suggestion may hold up a turn."""


class BackgroundStrategy:
    """Asks another strategy in a thread; the trials observed before a suggestion is first asked for count for it.

    Args:
        make: Makes the strategy, in the thread too: loading its library takes seconds.
        when_ready: Called from the thread when a suggestion that was pending is there.
    """

    def __init__(self, make: Callable[[], Strategy], when_ready: Callable[[], None]) -> None:
        self._make, self._when_ready = make, when_ready
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="suggestions")
        self._news: list[Trial] = []
        self._asked: tuple[int, Future[dict[str, Value]]] | None = None

    def observe(self, trial: Trial) -> None:
        """Take in a trial, new or changed."""
        self._news.append(trial)

    def suggest(self, number: int) -> dict[str, Value]:
        """Return the parameters for trial `number` (0 or more).

        Raises:
            SuggestionPending: They are not there after a quarter of a second; another call gets them.
            SpaceExhausted: The space is finite, and a trial has each of its points.
        """
        if self._asked is None or self._asked[0] != number:
            news, self._news = self._news, []
            self._asked = number, self._thread.submit(self._think, news, number)
        _, found = self._asked
        if not wait([found], timeout=LONGEST_SECONDS).done:
            found.add_done_callback(lambda _: self._when_ready())
            raise SuggestionPending(f"The suggestion for trial {number} is being worked on.")
        self._asked = None
        return found.result()

    @cached_property
    def _strategy(self) -> Strategy:
        return self._make()

    def _think(self, news: Sequence[Trial], number: int) -> dict[str, Value]:
        for trial in news:
            self._strategy.observe(trial)
        return self._strategy.suggest(number)
