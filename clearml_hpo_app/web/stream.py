"""What is pushed to each open page: the parts of the board that it shows, as they change (server-sent events)."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable

from clearml_hpo_app.web.board import Board
from clearml_hpo_app.web.poll import Poll

ALIVE_SECONDS = 15.0
"""A line that says nothing is sent so often, so that the page notices when nobody is there any more."""

GENERAL = frozenset({"server", "calls", "list"})


class Streams:
    """The streams of all open pages.

    Args:
        board: What is shown.
        poll: Is told which pages are open.
    """

    def __init__(self, board: Board, poll: Poll) -> None:
        self._board, self._poll = board, poll
        self._wake: set[Callable[[], None]] = set()
        self._over = False

    async def events(self, instance: str) -> AsyncIterator[str]:
        """Yield the events of one page, which shows the list and (unless empty) an optimisation."""
        loop, changed = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            loop.call_soon_threadsafe(changed.set)

        end = self._board.listen(wake)
        self._wake.add(wake)
        self._poll.enter(instance)
        seen = 0
        try:
            yield "retry: 1000\n\n"
            while not self._over:
                changed.clear()
                latest = self._board.change
                for text in self._texts(seen, instance):
                    yield text
                seen = latest
                try:
                    await asyncio.wait_for(changed.wait(), ALIVE_SECONDS)
                except asyncio.TimeoutError:
                    yield ": alive\n\n"
        finally:
            self._wake.discard(wake)
            end()
            self._poll.leave(instance)

    def close(self) -> None:
        """End all streams."""
        self._over = True
        for wake in list(self._wake):
            wake()

    def _texts(self, seen: int, instance: str) -> list[str]:
        place = f"of/{instance}/"
        parts = self._board.since(
            seen, lambda name: name in GENERAL or (bool(instance) and name.startswith(place))
        )
        return [f"data: [{json.dumps(name.removeprefix(place))}, {part.text}]\n\n" for name, part in parts]
