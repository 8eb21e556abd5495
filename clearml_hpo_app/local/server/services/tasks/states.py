"""The state machine of a task: which step is allowed from which status."""

from clearml_hpo_app.local.server.faults import Fault

CREATED, QUEUED, RUNNING = "created", "queued", "in_progress"
STOPPED, FAILED, COMPLETED = "stopped", "failed", "completed"
PUBLISHED, CLOSED = "published", "closed"

# Status that a step leads to, and those that it may start from; with `force` it may start from any.
STEPS: dict[str, tuple[str, frozenset[str]]] = {
    "enqueue": (QUEUED, frozenset({CREATED, STOPPED, FAILED})),
    "started": (RUNNING, frozenset({CREATED, QUEUED, RUNNING, STOPPED, COMPLETED, CLOSED})),
    "stop": (STOPPED, frozenset({QUEUED, RUNNING, STOPPED, FAILED, CLOSED})),
    "stopped": (STOPPED, frozenset({QUEUED, RUNNING, STOPPED, FAILED, CLOSED})),
    "failed": (FAILED, frozenset({RUNNING, STOPPED, FAILED, CLOSED})),
    "completed": (COMPLETED, frozenset({RUNNING, STOPPED, COMPLETED, CLOSED})),
    "close": (CLOSED, frozenset({STOPPED})),
    "publish": (PUBLISHED, frozenset({STOPPED, FAILED, COMPLETED})),
}
EDITABLE = frozenset({CREATED})
WRITABLE_WHILE_RUNNING = frozenset({CREATED, QUEUED, RUNNING})


def step(verb: str, current: str, *, force: bool) -> str:
    """Return the status that `verb` leads to; a Fault 400/110 when it is not allowed from `current`."""
    target, allowed = STEPS[verb]
    if current not in allowed and not force:
        text = "Invalid task status (Invalid status change)"
        raise Fault(400, 110, text, current_status=current, new_status=target)
    return target


def must_be(current: str, allowed: frozenset[str], *, force: bool = False) -> None:
    """Raise a Fault 400/110 when a task in the status `current` may not be edited."""
    if current not in allowed and not (force and current != PUBLISHED):
        raise Fault(400, 110, "Invalid task status", expected=CREATED, status=current)
