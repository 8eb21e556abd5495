"""The table of optimisations, for people and for programs."""

from datetime import datetime
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from clearml_hpo_app.clearml_api.rows import REASON, TaskRow
from clearml_hpo_app.cli.words import NONE, status_text
from clearml_hpo_app.instances.standing import progress_of, state_of
from clearml_hpo_app.wording import plain


def to_json(row: TaskRow, now: datetime) -> dict[str, Any]:
    """Return one optimization as JSON values; times as ISO 8601, `progress` in percent; `now` on the server."""
    return {
        "id": row.id,
        "name": row.name,
        "status": row.status,
        "state": state_of(row, now),
        "reason": row.properties.get(REASON) or row.status_message,
        "created": row.created and row.created.isoformat(),
        "started": row.started and row.started.isoformat(),
        "ended": row.ended and row.ended.isoformat(),
        "progress": progress_of(row),
    }


def render_list(rows: list[TaskRow], now: datetime) -> RenderableType:
    """Return the table of optimizations; `now` is the server's time."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    table.add_column("id", no_wrap=True)
    table.add_column("name", overflow="ellipsis")
    table.add_column("status", no_wrap=True)
    table.add_column("done", justify="right", no_wrap=True)
    table.add_column("created", no_wrap=True)
    for row in rows:
        progress = progress_of(row)
        table.add_row(
            Text(row.id),
            Text(plain(row.name, 80), no_wrap=True, overflow="ellipsis"),
            status_text(state_of(row, now)),
            NONE if progress is None else f"{progress} %",
            NONE if row.created is None else f"{row.created.astimezone():%Y-%m-%d %H:%M}",
        )
    return table
