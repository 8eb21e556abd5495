"""`python -m benchmarks.overhead [--json]`: what our controller and the SDK's optimizer cost for the same trials.

Each controller is a process of its own, with a counting proxy between it and the server; base task, queue, workers
and limits are the same. The server is the embedded one, or the one that CLEARML_API_HOST names. Progress goes to
stderr.
"""

import argparse
import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.arguments import STOPPING_NAMES, count, count_or_none, seconds
from benchmarks.overhead.figures import report
from benchmarks.overhead.playing import Play, play
from benchmarks.overhead.settings import PLAYERS, Settings, named_server
from benchmarks.scene import Scene
from clearml_hpo_app.methods import METHODS

TRIAL_SCRIPT = Path(__file__).with_name("trial_script.py")


def measure(scene: Scene, settings: Settings) -> dict[str, Any]:
    """Let the controllers play in turn, and return the figures."""
    if settings.agents:
        _say(f"Starting {settings.agents} agents")
        scene.hire_agents(settings.agents, TRIAL_SCRIPT, [f"--seconds={settings.seconds}"])
    else:
        scene.hire_simulated_agents(
            workers=settings.concurrent,
            seconds=settings.seconds,
            report_seconds=settings.report_seconds,
            poll_seconds=settings.poll_seconds,
        )
    plays: dict[str, list[Play]] = defaultdict(list)
    for index in range(settings.rounds):
        for player in settings.players:
            _say(f"Round {index + 1} of {settings.rounds}: {player}")
            plays[player].append(play(scene, player, settings))
    return report(plays, settings, "named" if named_server() else "embedded")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    options = _parser().parse_args(arguments)
    given = {name: value for name, value in vars(options).items() if name not in {"json", "only"}}
    settings = Settings(**given, players=tuple(options.only or PLAYERS))
    named = named_server()
    with tempfile.TemporaryDirectory(prefix="overhead-") as folder, Scene(Path(folder), named) as scene:
        found = measure(scene, settings)
    print(json.dumps(found) if options.json else _table(found))


def _parser() -> argparse.ArgumentParser:
    usual = Settings()
    parser = argparse.ArgumentParser(prog="python -m benchmarks.overhead", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--only", action="append", choices=PLAYERS, help="play only this one (may be repeated)")
    parser.add_argument(
        "--trials", type=count, default=usual.trials, metavar="N", help="trials of each controller"
    )
    parser.add_argument("--seconds", type=seconds, default=usual.seconds, metavar="S", help="that a trial takes")
    parser.add_argument(
        "--concurrent", type=count, default=usual.concurrent, metavar="N", help="simulated workers"
    )
    parser.add_argument("--agents", type=count_or_none, default=0, metavar="N", help="real agents instead")
    parser.add_argument(
        "--rounds", type=count, default=1, metavar="N", help="how often each plays, in alternation"
    )
    parser.add_argument("--method", choices=METHODS, default=usual.method, help="ours: search method")
    parser.add_argument("--early-stopping", choices=STOPPING_NAMES, default=usual.early_stopping, help="ours")
    parser.add_argument("--queue-ahead", default="", choices=("auto", "off"), help="ours: trials queued ahead")
    return parser


def _table(found: dict[str, Any]) -> str:
    lines = [f"{name:28} {value}" for name, value in found["settings"].items()]
    for player in (name for name in PLAYERS if name in found):
        lines += ["", player, *(f"  {name:26} {value}" for name, value in found[player].items())]
    lines += ["", "as much as ours", *(f"  {name:26} {value}" for name, value in found["ratios"].items())]
    return "\n".join(lines)


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
