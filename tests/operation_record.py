"""Which operations of the API the tests call, held against a file that names one test for each operation.

The file can't lie: a test that it names fails when it got no answer from the operation, and a test that gets one
from an operation without an entry fails as well. `scripts/test --all -n 0 --record-operations tests/contracts
tests/sessions` writes it anew.
"""

from collections.abc import Collection
from pathlib import Path

FILE = Path(__file__).parent / "covered_operations.txt"
OPTION = "--record-operations"


def read_entries(file: Path = FILE) -> dict[str, str]:
    """Return the test that covers each operation, by the operation's name."""
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    return dict(line.split(" ", 1) for line in lines)


class OperationRecord:
    """What the tests of one run called.

    Args:
        entries: The test that is said to cover each operation.
    """

    def __init__(self, entries: dict[str, str]) -> None:
        self._entries = entries
        self._called: dict[str, set[str]] = {}

    def note(self, test: str, called: Collection[str]) -> None:
        """Note which operations answered to a test."""
        self._called[test] = set(called)

    def complaint(self, test: str, called: Collection[str]) -> str | None:
        """Return what the entries say wrongly of a test, `None` when they are right."""
        claimed = {name for name, covering in self._entries.items() if covering == test}
        if missing := claimed - set(called):
            return f"{FILE.name} says that this test covers {_listed(missing)}, but it got no answer from that."
        if unknown := set(called) - set(self._entries):
            return f"{FILE.name} must name a test for {_listed(unknown)}, but names none. Run pytest {OPTION}."
        return None

    def write(self, file: Path = FILE) -> None:
        """Write the entries anew; those of operations that nothing called in this run stay as they were."""
        found: dict[str, str] = {}
        for test in sorted(self._called, key=self._preference):
            for name in self._called[test]:
                found.setdefault(name, test)
        entries = sorted({**self._entries, **found}.items())
        file.write_text("".join(f"{name} {test}\n" for name, test in entries), encoding="utf-8")

    def _preference(self, test: str) -> tuple[bool, bool, int, str]:
        """Raw calls before those of a client, which may change; then tests that are about few operations."""
        return "/sessions/" in test, "[" in test, len(self._called[test]), test


def _listed(names: Collection[str]) -> str:
    return ", ".join(sorted(names))
