"""What the benchmark asks of anything that searches: `ask` and `tell`."""

from typing import Protocol

from benchmarks.sample_efficiency.problems import Point


class Search(Protocol):
    """A search for a small loss; trials are numbered from 0 in the order in which they are asked for."""

    def ask(self) -> Point | None:
        """Return the point of the next trial; `None` where it ends at once, without any result."""
        ...

    def tell(self, number: int, loss: float) -> None:
        """Take in the result of a trial."""
        ...
