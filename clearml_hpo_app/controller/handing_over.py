"""What a controller leaves to the next one, in two places.

The lease has it, renewed every few seconds, but it is a user property: a save of an old form in the web UI puts an
old one in its place, or none. The runtime map, which nobody edits, has a copy of the last minute.
"""

import json
import logging

from clearml_hpo_app.clearml_api.rows import TaskRow
from clearml_hpo_app.controller.lease import Handover, read_handover, read_lease

log = logging.getLogger(__name__)

RUNTIME_HANDOVER = "hpohandover"


def handed_over(row: TaskRow) -> Handover:
    """Return what the controller before left; of the two places, the one that tells of more work."""
    lease, copy = read_lease(row), _copy(row)
    left = lease.handover if lease else None
    if copy is None or (left is not None and left.elapsed_seconds >= copy.elapsed_seconds):
        return left or Handover()
    log.warning(
        "the user properties of this run were replaced while no controller was there: it goes on as before"
    )
    return copy


def wishes_that_hold(row: TaskRow) -> dict[str, str]:
    """Return the wishes that were accepted in the task's present run, by property."""
    lease, copy = read_lease(row), _copy(row)
    found = [each for each in (lease.handover if lease else None, copy) if each is not None]
    return dict(max(found, key=lambda each: each.elapsed_seconds).wishes) if found else {}


def to_runtime(handover: Handover) -> dict[str, str]:
    """Return the entry of the runtime map."""
    return {RUNTIME_HANDOVER: json.dumps(handover.to_json(), separators=(",", ":"))}


def _copy(row: TaskRow) -> Handover | None:
    try:
        return read_handover(json.loads(row.runtime.get(RUNTIME_HANDOVER) or ""))
    except (ValueError, KeyError, TypeError):
        return None
