"""The watchdog: a running task that gave no sign of life for two hours is stopped, as on a real server.

It looks when a request comes in: nobody can see the difference to one that looks all the time.
"""

import sqlite3
from datetime import datetime, timedelta, timezone

from clearml_hpo_app.local.server.catalog import TASKS
from clearml_hpo_app.local.server.database import Database
from clearml_hpo_app.local.server.moments import stored
from clearml_hpo_app.local.server.services.tasks import states

SILENCE = timedelta(seconds=7200)
_PAUSE = timedelta(seconds=60)
_TEXT = "Forced stop (non-responsive)"


class Watchdog:
    """Looks for silent tasks, at most once a minute."""

    def __init__(self) -> None:
        self._next = datetime.min.replace(tzinfo=timezone.utc)

    def look(self, database: Database, now: datetime) -> None:
        """Stop the tasks that run and had no update for `SILENCE`."""
        if now < self._next:
            return
        self._next = now + _PAUSE
        with database.read() as db:
            found = _silent(db, now)
        if found:
            with database.write() as db:
                for key in _silent(db, now):
                    _stop(db, key, now)


def _silent(db: sqlite3.Connection, now: datetime) -> list[str]:
    query = "SELECT id FROM tasks WHERE status = ? AND last_update < ?"
    return [row[0] for row in db.execute(query, [states.RUNNING, stored(now - SILENCE)])]


def _stop(db: sqlite3.Connection, key: str, now: datetime) -> None:
    texts = {"status_reason": _TEXT, "status_message": _TEXT}
    times = dict.fromkeys(("status_changed", "last_update", "last_change", "completed"), stored(now))
    TASKS.update(db, key, {"status": states.STOPPED, **texts, **times})
