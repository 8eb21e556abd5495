"""The herald of a controller, with all that it reports through."""

from clearml_hpo_app.clearml_api.addresses import task_address, task_link
from clearml_hpo_app.clearml_api.client import Client
from clearml_hpo_app.controller.reporting.herald import Herald
from clearml_hpo_app.controller.reporting.publishing import Publisher
from clearml_hpo_app.controller.reporting.results import ResultKeeper
from clearml_hpo_app.controller.reporting.sending import Journal, Sender
from clearml_hpo_app.controller.restore import Opened
from clearml_hpo_app.dashboard import Reporter
from clearml_hpo_app.dashboard.importance import BackgroundImportance, Importance
from clearml_hpo_app.trials.snapshot import Snapshot


def open_herald(client: Client, opened: Opened, journal: Journal | None, nonce: str) -> Herald:
    """Return the herald of a controller that opens its task.

    Args:
        client: Connection to the server.
        opened: The controller task.
        journal: Collects the log for the task's console; `None` when something else does it.
        nonce: Names the controller in its lease.
    """
    link, row = task_link(client.web_host), opened.row
    reporter = Reporter(task_link=link, importance=BackgroundImportance(_importance).latest, levels=opened.levels)
    publisher = Publisher(
        client,
        row,
        write=lambda snapshot, links: reporter.page(snapshot, row.id, links),
        address=task_address(client.web_host, row.project, row.id),
        trial_link=link,
    )
    return Herald(
        client=client,
        task_id=row.id,
        run_id=opened.run_id,
        sender=Sender(client, row.id, reporter, journal),
        results=ResultKeeper(client, row.id, opened.is_resumed),
        nonce=nonce,
        publisher=publisher,
    )


def _importance(snapshot: Snapshot) -> Importance:
    """Work it out; called in a thread, since Optuna takes its time to load."""
    from clearml_hpo_app.strategies.importance import parameter_shares

    return Importance(*parameter_shares(snapshot.config, snapshot.trials))
