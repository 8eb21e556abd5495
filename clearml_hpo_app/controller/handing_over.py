"""What a controller leaves to the next one, in two places.

The lease has it, renewed every few seconds, but it is a user property: a save of an old form in the web UI puts an
old one in its place, or none. The runtime map, which nobody edits, has a copy of the last minute.
"""

import json
import logging

from clearml_hpo_app.clearml_api.rows import TaskRow
from clearml_hpo_app.controller.lease import RUNTIME_RUN, Handover, read_handover, read_lease

log = logging.getLogger(__name__)

RUNTIME_HANDOVER = "hpohandover"


def handed_over(row: TaskRow) -> Handover:
    """Return what the controller before left; of the two places, the one that tells of more work."""
    lease, copy = _in_lease(row), _copy(row)
    return lease if copy is None or lease.elapsed_seconds >= copy.elapsed_seconds else copy


def tell_of_replaced(row: TaskRow) -> None:
    """Log it where a save has put old properties in the place of the lease."""
    if handed_over(row).elapsed_seconds > _in_lease(row).elapsed_seconds:
        log.warning("the user properties of this run were replaced with no controller there: it goes on as before")


def to_runtime(handover: Handover, run_id: str) -> dict[str, str]:
    """Return the entry of the runtime map."""
    return {RUNTIME_HANDOVER: json.dumps({"run": run_id, **handover.to_json()}, separators=(",", ":"))}


def _in_lease(row: TaskRow) -> Handover:
    lease = read_lease(row)
    return lease.handover if lease else Handover()


def _copy(row: TaskRow) -> Handover | None:
    try:
        told = json.loads(row.runtime.get(RUNTIME_HANDOVER) or "")
        return read_handover(told) if told["run"] == row.runtime.get(RUNTIME_RUN) else None
    except (ValueError, KeyError, TypeError):
        return None
