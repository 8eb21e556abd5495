"""An optimisation in the list: its state in one word, its best value, its times; JSON values for the browser."""

from datetime import datetime
from typing import Any

from clearml_hpo_app.clearml_api.addresses import task_address
from clearml_hpo_app.clearml_api.listing import Listed
from clearml_hpo_app.clearml_api.rows import REASON, TaskRow
from clearml_hpo_app.dashboard.names import OPTIMIZATION_METRIC
from clearml_hpo_app.instances.standing import progress_of, state_of
from clearml_hpo_app.objective import Objective

METRICS = tuple(Objective(title=OPTIMIZATION_METRIC, series=trend, trend=trend) for trend in ("max", "min"))
"""Where a run keeps the best value so far: the one of the two that it reports."""

_GOES_ON = frozenset({"created", "queued", "in_progress"})


def instance_json(listed: Listed, user: str, now: datetime, web_host: str) -> dict[str, Any]:
    """Return an optimisation: times in milliseconds since 1970, `progress` in percent, `None` for what is unknown.

    `user` is the id of the one who looks, `now` the server's time.
    """
    row = listed.row
    highest, lowest = row.metrics
    best = highest.last if highest else lowest.last if lowest else None
    return {
        "id": row.id,
        "name": row.name,
        "state": state_of(row, now),
        "reason": _reason(row),
        "best": best,
        "trend": "max" if highest else "min" if lowest else None,
        "owner": listed.owner,
        "mine": listed.owner_id == user,
        "comment": listed.comment,
        "created": _milliseconds(row.created),
        "started": _milliseconds(row.started),
        "ended": _milliseconds(None if row.status in _GOES_ON else row.ended or row.last_update),
        "progress": progress_of(row),
        "address": task_address(web_host, row.project, row.id),
    }


def _reason(row: TaskRow) -> str:
    told = "" if row.status in {"created", "queued"} else row.properties.get(REASON, "")
    return told or row.status_message


def _milliseconds(moment: datetime | None) -> int | None:
    return None if moment is None else round(moment.timestamp() * 1000)
