"""What became of the trials of a run, by the server's tasks and the workers' log; the controller is not asked."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.client import Client

_FINAL = {"completed", "stopped", "failed"}
_PAGE = 500


@dataclass(frozen=True)
class Tally:
    """The trials of one run.

    Attributes:
        lost: Numbers that were never tried to an end.
        doubled: Attempts that exist more than once or were started more than once, and numbers beyond the limit.
        statuses: Tasks by status.
        verdicts: Tasks by the verdict that stands written on them.
    """

    lost: int
    doubled: int
    statuses: Mapping[str, int]
    verdicts: Mapping[str, int]


def read_log(path: Path) -> list[dict[str, str]]:
    """Return the entries of a pool's log; a line that is being written is left out."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text("utf-8").split("\n")[:-1]]


def read_trials(client: Client, instance: str) -> list[dict[str, Any]]:
    """Return the tasks of all attempts of an instance."""
    fields = ["id", "status", "hyperparams.properties", "system_tags"]
    rows: list[dict[str, Any]] = []
    while True:
        answer = client.call(
            "tasks.get_all",
            parent=[instance],
            only_fields=fields,
            order_by=["created", "id"],
            page=len(rows) // _PAGE,
            page_size=_PAGE,
            search_hidden=True,
        )
        rows += answer["tasks"]
        if len(answer["tasks"]) < _PAGE:
            return rows


def tally(tasks: Iterable[Mapping[str, Any]], log: Iterable[Mapping[str, str]], total: int) -> Tally:
    """Count. `total` is how many numbers the run must have tried: 0, 1, …; `log` may hold other runs too."""
    rows = {task["id"]: _properties(task) | {"status": task["status"]} for task in tasks}
    log = list(log)
    runs = {row["hpo_run"] for row in rows.values()}
    starts = [entry for entry in log if entry["kind"] == "start" and entry["run"] in runs]
    deleted = {entry["task"] for entry in log if entry["kind"] == "deletion"}
    ended = {int(row["hpo_trial"]) for row in rows.values() if row["status"] in _FINAL}
    ended |= {int(entry["number"]) for entry in starts if entry["task"] in deleted}
    started = {int(entry["number"]) for entry in starts}
    keys = Counter((row["hpo_trial"], row["hpo_attempt"]) for row in rows.values())
    started_keys = Counter((entry["number"], entry["attempt"]) for entry in starts)
    numbers = {int(number) for number, _ in keys}
    return Tally(
        lost=len(set(range(total)) - (ended & started)) + len(_unfinished(rows.values())),
        doubled=_extra(keys) + _extra(started_keys) + len(numbers - set(range(total))),
        statuses=Counter(row["status"] for row in rows.values()),
        verdicts=Counter(row.get("verdict", "") for row in rows.values()),
    )


def _unfinished(rows: Iterable[Mapping[str, str]]) -> list[Mapping[str, str]]:
    return [row for row in rows if row["status"] not in _FINAL]


def _extra(counts: Counter[Any]) -> int:
    return sum(counts.values()) - len(counts)


def _properties(task: Mapping[str, Any]) -> dict[str, str]:
    return {name: item["value"] for name, item in task["hyperparams"]["properties"].items()}
