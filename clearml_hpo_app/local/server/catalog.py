"""The server's collections: which documents there are, and their fields."""

from clearml_hpo_app.local.server.documents import Collection
from clearml_hpo_app.local.server.identity import COMPANY_NAME, USER_NAME

_OWNER = {"company": f"={COMPANY_NAME}", "user": f"={USER_NAME}"}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


TASKS = Collection(
    table="tasks",
    fields=_words(
        """id company user name type status status_reason status_message status_changed comment
        report report_assets created started completed published active_duration parent project
        output execution tags system_tags script last_worker last_worker_report last_update
        last_change last_iteration last_metrics unique_metrics metric_stats hyperparams
        configuration runtime models container last_changed_by enqueue_status company_origin input"""
    ),
    sections=(
        "script",
        "configuration",
        "hyperparams",
        "execution",
        "models",
        "runtime",
        "last_metrics",
        "unique_metrics",
        "metric_stats",
        "report",
    ),
    columns=frozenset(
        {"id", "name", "type", "status", "project", "parent", "tags", "system_tags", "created", "last_update"}
    ),
    dates=frozenset(
        {"created", "started", "completed", "published", "status_changed", "last_update", "last_change"}
    ),
    references={**_OWNER, "project": "projects", "parent": "tasks", "execution.queue": "queues"},
)

PROJECTS = Collection(
    table="projects",
    fields=_words(
        """id company user name basename description created tags system_tags
        default_output_destination last_update featured parent path"""
    ),
    columns=frozenset({"id", "name", "parent", "tags", "system_tags"}),
    dates=frozenset({"created", "last_update"}),
    references={**_OWNER, "parent": "projects"},
)

MODELS = Collection(
    table="models",
    fields=_words(
        """id company user name project created comment tags system_tags uri framework design labels
        ready task parent last_update last_change last_changed_by metadata last_iteration
        last_metrics unique_metrics ui_cache"""
    ),
    columns=frozenset({"id", "name", "project", "task", "tags", "system_tags"}),
    dates=frozenset({"created", "last_update", "last_change"}),
    references={**_OWNER, "project": "projects", "task": "tasks", "parent": "models"},
)

QUEUES = Collection(
    table="queues",
    fields=_words("""id company user name display_name created tags system_tags entries last_update metadata"""),
    columns=frozenset({"id", "name", "tags", "system_tags"}),
    dates=frozenset({"created", "last_update"}),
    references=_OWNER,
)
