"""One controller plays once: its process, its calls, and what became of its trials."""

import shutil
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from benchmarks.client import Client
from benchmarks.overhead.calls import CallCount
from benchmarks.overhead.settings import OURS, Settings
from benchmarks.overhead.slots import Stay
from benchmarks.overhead.watching import Usage, watch
from benchmarks.proxy import Proxy
from benchmarks.scene import Scene

SDK_SCRIPT = "sdk_controller.py"
_PAGE = 500
_FINISHED = {"completed", "stopped", "published"}


@dataclass(frozen=True)
class Play:
    """What was seen of one controller."""

    count: CallCount
    usage: Usage
    stays: tuple[Stay, ...]


def play(scene: Scene, player: str, settings: Settings) -> Play:
    """Let one controller run its trials to the end.

    Raises:
        RuntimeError: It ended badly, or without any finished trial; the message has its last words.
    """
    count = CallCount()
    with Proxy(scene.address, count.treat) as proxy:
        process = scene.start(_command(scene, player, settings), proxy.address)
        usage = watch(process, settings.patience_seconds)
    client = scene.client()
    stays = tuple(_stays(_rows(client, count.enqueued)))
    client.close()
    if usage.exit_code or not stays:
        raise RuntimeError(
            f"{player} must end well with {settings.trials} trials, but ended with exit code "
            f"{usage.exit_code} and {len(stays)} trials:\n{scene.last_words()}"
        )
    return Play(count, usage, stays)


def _command(scene: Scene, player: str, settings: Settings) -> list[str]:
    if player == OURS:
        return [sys.executable, "-m", "clearml_hpo_app.cli", "run", _configuration(scene, settings)]
    shutil.copy(Path(__file__).with_name(SDK_SCRIPT), scene.folder)  # outside of any repository
    given = {
        "base-task": scene.base_task,
        "queue": scene.queue_name,
        "strategy": player.removeprefix("sdk_"),
        "trials": settings.trials,
        "concurrent": settings.slots,
        "pool-period": settings.sdk_pool_period_minutes,
        "report-period": settings.sdk_report_period_minutes,
    }
    return [sys.executable, SDK_SCRIPT, *(f"--{name}={value}" for name, value in given.items())]


def _configuration(scene: Scene, settings: Settings) -> str:
    more = {"queue_ahead": settings.queue_ahead} if settings.queue_ahead else {}
    return scene.write_config(
        method=settings.method,
        early_stopping=settings.early_stopping,
        max_concurrent_tasks=settings.slots,
        limits={"total_tasks": settings.trials},
        **more,
    )


def _rows(client: Client, ids: list[str]) -> Iterator[dict[str, Any]]:
    fields = ["id", "status", "started", "completed", "last_worker"]
    for first in range(0, len(ids), _PAGE):
        some = ids[first : first + _PAGE]
        asked = {"id": some, "only_fields": fields, "page": 0, "page_size": _PAGE, "search_hidden": True}
        yield from client.call("tasks.get_all", **asked)["tasks"]


def _stays(rows: Iterable[dict[str, Any]]) -> Iterator[Stay]:
    for row in rows:
        if row["status"] in _FINISHED and row.get("started"):
            yield Stay(row.get("last_worker") or "", unix_seconds(row["started"]), unix_seconds(row["completed"]))


def unix_seconds(moment: str) -> float:
    """Return a moment as the API writes it in Unix seconds."""
    found = datetime.fromisoformat(moment.replace("Z", "+00:00"))
    return (found if found.tzinfo else found.replace(tzinfo=timezone.utc)).timestamp()
