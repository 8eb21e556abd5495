"""The one poll that serves all open pages: what is looked at, how often, and what a server may be asked for it.

Nobody looks: no call. Somebody looks: one call lists the optimisations; an optimisation that somebody has open is
read anew only when the list says that its task has changed.
"""

import logging
import threading
from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from clearml_hpo_app.clearml_api import Client
from clearml_hpo_app.clearml_api.allowance import Allowance
from clearml_hpo_app.clearml_api.listing import Listed, current_user, find_optimizations, list_optimizations
from clearml_hpo_app.clock import Clock
from clearml_hpo_app.errors import ApiError, HpoError
from clearml_hpo_app.web.board import Board
from clearml_hpo_app.web.connection import Connection
from clearml_hpo_app.web.instances import METRICS, instance_json
from clearml_hpo_app.web.reported import Reading
from clearml_hpo_app.web.troubles import trouble_json

LOG = logging.getLogger(__name__)

SOONEST_SECONDS = 1.2
LATEST_SECONDS = 30.0
SILENT_SECONDS = 6.0
"""So long a look may take before people are told that the server does not answer."""

DEFAULT_CALLS_PER_MINUTE = 150
"""What the poll may cost the server; what a person does by hand is counted, but not held back."""


class Poll:
    """Looks at the server while somebody looks at the page, from a thread of its own.

    Args:
        connection: Where clients come from.
        board: Gets the parts `server`, `calls`, `list`, and `of/ID/…` for each optimisation that is open.
        reading: Reads what a task reported.
        clock: Tells the time.
        calls_per_minute: The most that the poll may ask.
    """

    def __init__(
        self,
        connection: Connection,
        board: Board,
        reading: Reading,
        clock: Clock,
        calls_per_minute: int = DEFAULT_CALLS_PER_MINUTE,
    ) -> None:
        self._connection, self._board, self._reading = connection, board, reading
        self._allowance = Allowance(clock, calls_per_minute)
        self._open: Counter[str] = Counter()
        self._seen: dict[str, tuple[datetime | None, str]] = {}
        self._user = ""
        self._failures = 0
        self._over = False
        self._due = threading.Condition()
        self._wanted = False
        self._thread = threading.Thread(target=self._run, name="page-poll", daemon=True)

    def start(self) -> None:
        """Begin; nothing is asked until somebody looks."""
        self._thread.start()

    def stop(self) -> None:
        """End, after the look that is under way."""
        with self._due:
            self._over = True
            self._due.notify()
        self._thread.join()

    def enter(self, instance: str) -> None:
        """A page was opened, on an optimisation or (empty) on the list alone."""
        with self._due:
            self._open[instance] += 1
            self._wanted = True
            self._due.notify()

    def leave(self, instance: str) -> None:
        """A page was closed."""
        with self._due:
            self._open[instance] -= 1
            if self._open[instance] <= 0:
                del self._open[instance]
                if instance:
                    self._seen.pop(instance, None)
                    self._board.forget(f"of/{instance}/")

    def wake(self) -> None:
        """Look at once: something was changed from here."""
        with self._due:
            self._wanted = True
            self._due.notify()

    def _run(self) -> None:
        while True:
            with self._due:
                self._due.wait_for(lambda: self._over or self._open)
                if self._over:
                    return
                self._wanted = False
                opened = [instance for instance in self._open if instance]
            before = self._connection.total
            self._look(opened)
            self._allowance.spend(self._connection.total - before)
            self._show_calls()
            with self._due:
                self._due.wait_for(lambda: self._over or self._wanted, self._pause())
                self._due.wait_for(lambda: self._over, self._allowance.seconds())

    def _pause(self) -> float:
        """Return the seconds until the next look, when nobody asks for one; longer while the server is away."""
        return min(SOONEST_SECONDS * 2.0**self._failures, LATEST_SECONDS)

    def _look(self, opened: list[str]) -> None:
        silence = threading.Timer(SILENT_SECONDS, self._tell_of_silence)
        silence.daemon = True
        silence.start()
        try:
            with self._connection.use() as client:
                self._show(client, opened)
            self._board.put("server", {"ok": True, "host": client.api_host, "web": client.web_host})
            self._failures = 0
        except HpoError as error:
            self._failures += 1
            self._board.put("server", {"ok": False, **trouble_json(error)})
        except Exception:
            LOG.exception("A look at the server failed.")
            self._failures += 1
            sentence = "The page failed to read what the server said; its log says more."
            self._board.put("server", {"ok": False, "kind": "failed", "text": sentence})
        finally:
            silence.cancel()

    def _tell_of_silence(self) -> None:
        """A server that hangs is told of long before the look at it gives up."""
        sentence = f"The server has not answered for {SILENT_SECONDS:.0f} s."
        self._board.put("server", {"ok": False, "kind": "away", "text": sentence})

    def _show_calls(self) -> None:
        calls = {"all": self._connection.calls_per_minute(), "looking": self._allowance.in_last_minute()}
        self._board.put("calls", {**calls, "most": self._allowance.per_minute})

    def _show(self, client: Client, opened: Iterable[str]) -> None:
        if not self._user:
            self._user = current_user(client)
        listed = list_optimizations(client, METRICS)
        known = {each.row.id: each for each in listed}
        elsewhere = [instance for instance in opened if instance not in known]
        known.update((each.row.id, each) for each in find_optimizations(client, elsewhere, METRICS))
        now = client.now()
        self._board.put("list", [instance_json(each, self._user, now, client.web_host) for each in listed])
        for instance in opened:
            self._show_one(client, instance, known.get(instance), now)

    def _show_one(self, client: Client, instance: str, listed: Listed | None, now: datetime) -> None:
        place = f"of/{instance}/"
        if listed is None:
            self._board.put(f"{place}head", {"gone": True})
            return
        self._board.put(f"{place}head", instance_json(listed, self._user, now, client.web_host))
        mark = (listed.row.last_update, listed.row.status)
        if self._seen.get(instance) == mark:
            return
        try:
            parts = self._reading.read(client, instance)
        except ApiError as error:
            self._board.put(f"{place}trouble", trouble_json(error))
            raise
        self._seen[instance] = mark
        for name in set(self._board.names(place)) - {f"{place}{part}" for part in (*parts, "head", "read")}:
            self._board.put(name, None)
        for part, value in parts.items():
            self._board.put(place + part, value)
        self._board.put(f"{place}read", True)
