"""What a launch form can be filled in from: choices that the server knows, what a base task has."""

import threading
from collections.abc import Mapping
from typing import Any

from clearml_hpo_app.clearml_api.base_task import find_base_task
from clearml_hpo_app.clearml_api.listing import find_choices
from clearml_hpo_app.clearml_api.queues import live_workers
from clearml_hpo_app.clock import Clock
from clearml_hpo_app.space.values import show
from clearml_hpo_app.starting_point.proposal import goals, proposals, values_of
from clearml_hpo_app.web.connection import Connection
from clearml_hpo_app.web.form.entries import Source
from clearml_hpo_app.web.form.settings import form_row

KEPT_SECONDS = 20.0
MOST_KEPT = 200


class Sources:
    """Looks up choices as somebody types; what was looked up a moment ago is not asked for again."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection, self._clock = connection, clock
        self._kept: dict[tuple[str, str, str], tuple[float, list[dict[str, str]]]] = {}
        self._lock = threading.Lock()

    def choices(self, source: Source, text: str) -> list[dict[str, str]]:
        """Return what fits `text`: value, label and a line of detail each; raises `ApiError`."""
        key, now = (source.kind, repr(sorted(source.fields.items())), text.strip()), self._clock.now().timestamp()
        with self._lock:
            kept = self._kept.get(key)
        if kept is not None and now - kept[0] < KEPT_SECONDS:
            return kept[1]
        found = self._look_up(source, text)
        with self._lock:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[key] = (now, found)
        return found

    def forget(self) -> None:
        """Ask anew next time: something was changed from here."""
        with self._lock:
            self._kept.clear()

    def base_task(self, task_id: str) -> dict[str, Any] | None:
        """Return what the form can take from a base task, `None` when there is none; raises `ApiError`.

        `parameters`: a row of the form for each hyperparameter that can be varied, its `value` on the task, and
        whether its name told what it is (`isKnown`). `metrics`: rows of objectives, the most likely one first.
        """
        with self._connection.use() as client:
            base = find_base_task(client, task_id)
        if base is None:
            return None
        proposed: list[dict[str, Any]] = [
            {"row": form_row(one.row), "value": show(one.value), "isKnown": one.is_known}
            for one in proposals(base)
        ]
        named = {each["row"]["name"] for each in proposed}
        others = [
            {"row": {"type": "fixed", "name": name, "value": show(value)}, "value": show(value), "isKnown": False}
            for name, value in values_of(base).items()
            if name not in named
        ]
        metrics = [
            {"title": goal.title, "series": goal.series, "trend": goal.trend} for goal in goals(base.metrics)
        ]
        return {"name": base.name, "status": base.status, "parameters": [*proposed, *others], "metrics": metrics}

    def _look_up(self, source: Source, text: str) -> list[dict[str, str]]:
        with self._connection.use() as client:
            found = find_choices(client, source.kind, text, source.fields)
            served = live_workers(client) if source.kind == "queue" else []
        choices = []
        for each in found:
            detail = each.detail
            if source.kind == "queue":
                count = sum(str(each.fields.get("id")) in worker.queues for worker in served)
                detail = "no worker" if not count else f"{count} worker" if count == 1 else f"{count} workers"
            value, label = (_text(each.fields, name) for name in (source.value_field, source.display_field))
            choices.append({"value": value, "label": label, "detail": detail})
        return choices


def _text(fields: Mapping[str, Any], name: str) -> str:
    value: Any = fields
    for step in name.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return "" if value is None else str(value)
