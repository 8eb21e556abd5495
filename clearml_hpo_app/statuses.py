"""Statuses of ClearML tasks; light, since the command line's help needs them and nothing else."""

COMPLETED = "completed"

ENDED_STATUSES = frozenset({"completed", "published", "stopped", "failed", "closed"})
"""Statuses of an instance's task after which its controller does nothing more."""
