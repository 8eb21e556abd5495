"""Objectives that became NaN or infinite: ClearML's logger sends a 0 in their place, and says so in its log."""

import re

from clearml_hpo_app.clearml_api import logs
from clearml_hpo_app.clearml_api.client import Client

_REPLACED = re.compile(r"(NaN|inf) value encountered\. Reporting it as '([^']+)'")
"""The SDK's warning (`Logger.set_reporting_nan_value`); it does not name the metric."""


def divergence(client: Client, task_id: str) -> str:
    """Return what the log of a task with a value of 0 tells of it, as a sentence; empty where 0 is a value.

    Raises:
        RequestRefused: The task is gone.
    """
    for line in logs.read_log(client, task_id):
        found = _REPLACED.search(line)
        if found and found[2] in {"0", "0.0"}:
            return f"its objective became {found[1]}, which ClearML's logger reports as {found[2]}"
    return ""
