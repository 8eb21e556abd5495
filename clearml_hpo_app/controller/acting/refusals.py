"""Telling what the server refused to do with single tasks."""

import logging
from collections.abc import Mapping

log = logging.getLogger(__name__)


class Refusals:
    """Says each refusal once, however often it comes again."""

    def __init__(self) -> None:
        self._told: set[tuple[str, str, str]] = set()

    def tell(self, what: str, refused: Mapping[str, str]) -> None:
        """Say that the server refused to do `what` with tasks; its words by task id."""
        for task_id, message in refused.items():
            level = logging.DEBUG if (what, task_id, message) in self._told else logging.WARNING
            self._told.add((what, task_id, message))
            log.log(level, "the server refused to %s task %s: %s", what, task_id, message)
