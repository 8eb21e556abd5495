"""`python -m benchmarks.dashboard_scale [--json]`: what one report of all panels costs, by the number of trials.

A made-up run is reported to a server of its own: curves are read, rows taken, figures drawn, written and sent; the
importance of the parameters is worked out beside it. `seconds` is the median of a few such reports, each by a new
reporter, to which every panel is new; `bytes` are those of the figures, `calls` those of the API. The same is told
of a run with three objectives, whose ranking costs more. Progress goes to stderr.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.arguments import count
from benchmarks.made_up_run import made_up_run
from clearml_hpo_app.clearml_api import connect_to
from clearml_hpo_app.clearml_api.client import Client
from clearml_hpo_app.clearml_api.reporting import send_report
from clearml_hpo_app.controller.observing.curves import CurveBook
from clearml_hpo_app.dashboard import Reporter, trials_with_curves
from clearml_hpo_app.dashboard.figures import panels
from clearml_hpo_app.dashboard.importance import Importance
from clearml_hpo_app.errors import RequestRefused
from clearml_hpo_app.local.server_process import ServerProcess
from clearml_hpo_app.reports import Plot
from clearml_hpo_app.strategies.importance import parameter_shares
from clearml_hpo_app.trials.snapshot import Snapshot
from clearml_hpo_app.trials.trial import Trial

REPEATS = 5
_PAGE = "https://clearml.example/projects/{0}/experiments/{0}/info-output/metrics/scalar"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dashboard_scale", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--trials", type=count, nargs="+", default=[10, 100, 1000, 10_000], metavar="N")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="dashboard-scale-") as folder:
        figures = measure(Path(folder), options.trials)
    if options.json:
        print(json.dumps(figures))
    else:
        _print_tables(figures)


def measure(folder: Path, counts: Sequence[int]) -> dict[str, Any]:
    """Return the figures for runs of so many trials."""
    found: dict[str, Any] = {}
    with ServerProcess(folder / "data", folder / "server.log") as address:
        client = connect_to(address.api_host, address.access_key, address.secret_key)
        for count in counts:
            _say(f"{count} trials")
            found[str(count)] = _measured(client, count)
    return {"trials": found}


def _measured(client: Client, count: int) -> dict[str, Any]:
    run = made_up_run(count, workers=_workers(count))
    began = time.perf_counter()
    importance = Importance(*parameter_shares(run.config, run.trials))
    beside = time.perf_counter() - began
    several = made_up_run(count, workers=_workers(count), objectives=3)
    return {
        **_reported(client, run, importance),
        "importance_seconds": round(beside, 4),
        "panels": _panels(run, importance),
        "three_objectives": _reported(client, several, importance),
    }


def _workers(count: int) -> int:
    return 64 if count > 2000 else 4


def _reported(client: Client, run: Snapshot, importance: Importance) -> dict[str, Any]:
    """Return what reports of the run cost."""
    task = str(client.call("tasks.create", name=f"{len(run.trials)} trials", type="optimizer")["id"])
    seconds, sizes, calls = [], [0], 0
    for _ in range(REPEATS):
        before, began = client.calls.total(), time.perf_counter()
        plots = _report(client, task, replace(run), importance)
        seconds.append(time.perf_counter() - began)
        sizes, calls = [_size(plot) for plot in plots], client.calls.total() - before
    return {
        "seconds": round(statistics.median(seconds), 4),
        "bytes": sum(sizes),
        "calls": calls,
        "largest_plot_bytes": max(sizes),
    }


def _report(client: Client, task: str, run: Snapshot, importance: Importance) -> Sequence[Plot]:
    """Make one report as a controller does, its trials' curves included, and send it."""
    try:
        CurveBook(client).read(trials_with_curves(run), run.config.objective, run.now, final=True)
    except RequestRefused:
        _say("the curves could not be read")
    reporter = Reporter(task_link=_link, importance=lambda _run: importance)
    report = reporter.report(run, final=True)
    send_report(client, task, report, run.now)
    return report.plots


def _panels(run: Snapshot, importance: Importance) -> dict[str, Any]:
    """Return seconds and bytes of each panel alone, the ranking of the trials (which all need) done before."""
    run = replace(run)
    _ = run.ranked
    found = {}
    for panel in panels(_link, lambda _run: importance):
        if panel.suits(run.config):
            began = time.perf_counter()
            figure = panel.draw(panel.rows(run))
            seconds = time.perf_counter() - began
            size = _size(Plot(panel.name.title, panel.name.series, figure))
            found[panel.name.title] = {"seconds": round(seconds, 4), "bytes": size}
    return found


def _link(trial: Trial) -> str:
    return _PAGE.format(trial.task_id)


def _size(plot: Plot) -> int:
    return len(json.dumps(plot.figure, ensure_ascii=False, separators=(",", ":")).encode())


def _print_tables(figures: dict[str, Any]) -> None:
    for trials, row in figures["trials"].items():
        print(f"{trials} trials: {_cost(row)}; three objectives: {_cost(row['three_objectives'])}")
        for title, panel in row["panels"].items():
            print(f"  {title:<24}{1000 * panel['seconds']:>7.1f} ms{panel['bytes'] / 1000:>9.1f} kB")


def _cost(row: dict[str, Any]) -> str:
    return f"{1000 * row['seconds']:.0f} ms, {row['bytes'] / 1000:.0f} kB, {row['calls']} calls"


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr)


if __name__ == "__main__":
    main()
