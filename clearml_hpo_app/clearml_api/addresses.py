"""Addresses of pages in ClearML's web UI."""

from collections.abc import Callable
from typing import Literal

from clearml_hpo_app.trials.trial import Trial


def task_link(web_host: str) -> Callable[[Trial], str]:
    """Return the function that gives the address of a trial's scalars in the web UI, empty without a web host."""

    def link(trial: Trial) -> str:
        return task_address(web_host, trial.project, trial.task_id, "scalar")

    return link


def task_address(web_host: str, project: str, task_id: str, tab: Literal["plots", "scalar"] = "plots") -> str:
    """Return the address of a tab of a task's page in ClearML's web UI, empty without a web host.

    Older and newer versions of the UI know this form; the newer ones lead on to their own.
    """
    page = f"{web_host}/projects/{project or '*'}/experiments/{task_id}"
    return f"{page}/info-output/metrics/{tab}" if web_host else ""
