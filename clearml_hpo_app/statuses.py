"""Statuses of ClearML tasks; light, since the command line's help needs them and nothing else."""

COMPLETED = "completed"

UNCONTROLLED = "uncontrolled"
"""State of an instance whose task runs while no controller is at work on it (`instances.standing`)."""

NO_CONTROLLER = "No controller is at work on it, so no trial is started"

ENDED_STATUSES = frozenset({"completed", "published", "stopped", "failed", "closed"})
"""Statuses of an instance's task after which its controller does nothing more."""
