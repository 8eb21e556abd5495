"""`python -m benchmarks.server_load [--json]`: how quick the embedded server is with many tasks in it.

A server process of its own is measured from outside, over real sockets. `--points` also fills in scalars
and measures reading them. Progress goes to stderr.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]

from benchmarks import measures
from benchmarks.arguments import count
from benchmarks.client import Client
from benchmarks.prefill import fill
from clearml_hpo_app.local.server_process import ServerProcess


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.server_load", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--tasks", type=count, default=10_000, metavar="N", help="tasks in the database")
    parser.add_argument("--points", type=int, default=0, metavar="N", help="scalars in the database")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="server-load-") as folder:
        figures = measure(Path(folder), options.tasks, options.points)
    if options.json:
        figures.pop("by_operation")
        print(json.dumps(figures))
    else:
        _print_table(figures)


def measure(folder: Path, tasks: int, points: int) -> dict[str, Any]:
    """Return all figures of a server whose database holds `tasks` tasks and `points` scalars."""
    _say(f"Filling a database with {tasks} tasks and {points} scalars")
    ids = fill(folder / "data", tasks, points)
    server = ServerProcess(folder / "data", folder / "server.log")
    start = time.perf_counter()
    with server as address:
        client = Client(address)
        seconds = time.perf_counter() - start
        _say("Single calls")
        calls = measures.single_calls(client, ids)
        _say("500 children")
        children = measures.children(client, ids)
        stored = _stored_points(client, ids) if points else {}
        _say(f"{measures.POLLERS} pollers")
        pops = measures.pollers(address, client, entries=min(2000, tasks))
        _say("Scalars")
        rate = measures.scalars(client)
        client.close()
        resident = psutil.Process(server.pid).memory_info().rss / 1e6
    return {
        "start_seconds": round(seconds, 2),
        "resident_mb": round(resident, 1),
        "single_call_ms": measures.percentiles([value for values in calls.values() for value in values]),
        "get_all_500_children_ms": measures.percentiles(children),
        "pollers_64": pops,
        "scalar_points_per_second": rate,
        **stored,
        "by_operation": {name: measures.percentiles(values) for name, values in calls.items()},
    }


def _stored_points(client: Client, ids: Sequence[str]) -> dict[str, Any]:
    _say("Reading scalars")
    return {
        "histogram_ms": measures.percentiles(measures.reads(client, ids, "events.scalar_metrics_iter_histogram")),
        "last_values_ms": measures.percentiles(
            measures.reads(client, ids, "events.get_task_latest_scalar_values")
        ),
    }


def _print_table(figures: dict[str, Any]) -> None:
    rows = {**figures, **{f"  {name}, ms": value for name, value in figures["by_operation"].items()}}
    del rows["by_operation"]
    for name, value in rows.items():
        text = "  ".join(f"{key} {part}" for key, part in value.items()) if isinstance(value, dict) else value
        print(f"{name:44} {text}")


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
