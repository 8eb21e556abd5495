"""ClearML's reports: pages of Markdown beside the tasks, and the address of the trials' table.

API: https://clear.ml/docs/latest/docs/references/api/reports
"""

import re
from collections.abc import Sequence
from urllib.parse import quote

from clearml_hpo_app.clearml_api.client import Client
from clearml_hpo_app.clearml_api.rows import VERDICT, metric_key
from clearml_hpo_app.clearml_api.tasks import whole_rows
from clearml_hpo_app.objective import Objective

_MENTION = "Report: "
_MENTIONED = re.compile(rf"(?m)^{_MENTION}.*$")
_STATE = (
    "type",
    "name",
    "status",
    f"hyperparams.properties.{VERDICT}",
    "last_iteration",
    "started",
    "parent.name",
)
"""The verdict tells a trial whose objective became NaN, which the table takes for 0, from one that is so good."""


def create(client: Client, name: str, text: str, *, project: str, about: str) -> tuple[str, str]:
    """Make a report beside the tasks of a project; return its id and the address of its page.

    Raises:
        RequestRefused: The server has no reports, or refuses this one.
    """
    where = {"project": project} if project else {}
    answer = client.call("reports.create", name=name, report=text, comment=about, **where)
    report = str(answer["id"])
    return report, f"{client.web_host}/reports/{answer.get('project_id') or '*'}/{report}"


def update(client: Client, report: str, text: str) -> None:
    """Replace the text of a report."""
    client.call("reports.update", task=report, report=text)


def delete(client: Client, report: str) -> None:
    """Remove a report."""
    client.call("reports.delete", task=report)


def mention(client: Client, task_id: str, address: str) -> None:
    """Name a report in the description of a task, in place of one that is named there."""
    told = str(whole_rows(client, [task_id], ["comment"]).get(task_id, {}).get("comment") or "")
    rest = _MENTIONED.sub("", told).strip()
    client.call("tasks.edit", task=task_id, comment=f"{rest}\n\n{_MENTION}{address}".strip(), force=True)


def trials_table(
    web_host: str, project: str, instance: str, objectives: Sequence[Objective], names: Sequence[str]
) -> str:
    """Return the address of the web UI's table of an instance's trials, the best first; empty without a web host.

    Args:
        web_host: Address of the web UI.
        project: Id of the project of the trials; empty for all projects.
        instance: Id of the controller task.
        objectives: Each gets a column; the first one orders.
        names: Full names of the parameters, which get a column each.
    """
    if not web_host:
        return ""
    columns = [*_STATE, *map(_metric_column, objectives)]
    columns += [f"hyperparams.{name.replace('/', '.', 1)}" for name in names]
    first = objectives[0]
    order = f"{'-' if first.trend == 'max' else ''}last_metrics.{metric_key(first)}.{_value(first)}"
    listed = "".join(f"columns={quote(column, safe='.')}&" for column in columns)
    return f"{web_host}/projects/{project or '*'}/tasks?{listed}order={order}&filter=parent.name:{instance}"


def _metric_column(objective: Objective) -> str:
    return f"m.{metric_key(objective)}.{_value(objective)}.{objective.title}.{objective.series}"


def _value(objective: Objective) -> str:
    return "value" if objective.value == "last" else f"{objective.trend}_value"
