"""`python -m benchmarks.soak [--trials N] [--json]`: one long run, in which everything goes wrong now and then.

Of the attempts, 5 % fail, 2 % stall, and 1 % are deleted; the server is killed and started again every 200 trials.
Watched is the controller's process, `clearml-hpo run`: its memory, threads and file handles. Progress goes to
stderr.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import psutil  # type: ignore[import-untyped]

from benchmarks.arguments import count
from benchmarks.scene import Scene
from benchmarks.tally import read_log, read_trials, tally

WORKERS = 16
KEPT = 20
SAMPLE_SECONDS = 2.0
GROWTH = 0.2
HABITS = {"seconds": 1.0, "iterations": 3, "failing": 0.05, "stalling": 0.02, "deleted": 0.01}
STALLED_MINUTES = 0.1


@dataclass(frozen=True)
class Sample:
    """The controller's process at one moment; `trials` is how many had been started."""

    trials: int
    resident_mb: float
    threads: int
    handles: int


class Soak:
    """One run of `trials` trials; the server is restarted every `restart_every` of them."""

    def __init__(self, scene: Scene, trials: int, restart_every: int) -> None:
        self._scene, self._trials, self._restart_every = scene, trials, restart_every
        self._restarts = 0

    def play(self) -> dict[str, Any]:
        """Run it to its end and return the figures."""
        self._scene.hire({"workers": WORKERS, **HABITS})
        file = self._scene.write_config(
            method="bayesian",
            seed=1,
            max_concurrent_tasks=WORKERS,
            limits={"total_tasks": self._trials, "top_tasks_to_keep": KEPT},
            failures={"retries": 2, "stalled_minutes": STALLED_MINUTES, "max_failed_tasks": 0},
        )
        start = time.perf_counter()
        controller = self._scene.control(self._scene.address, file)
        samples = list(self._watch(psutil.Process(controller.pid)))
        if controller.wait() != 0:
            _say(f"The controller ended with {controller.returncode}:\n{self._scene.last_words()}")
        seconds = time.perf_counter() - start
        return {
            "seconds": round(seconds),
            "restarts": self._restarts,
            **self._ends(),
            **steadiness(samples, self._trials),
        }

    def _watch(self, process: psutil.Process) -> Iterator[Sample]:
        while True:
            try:
                process.wait(SAMPLE_SECONDS)
                return
            except psutil.TimeoutExpired:
                sample = self._sample(process)
            yield sample
            if sample.trials >= (self._restarts + 1) * self._restart_every:
                self._restarts += 1
                _say(f"{sample.trials} trials, {sample.resident_mb} MB: the server is killed and started again")
                self._scene.restart_server()

    def _sample(self, process: psutil.Process) -> Sample:
        log = read_log(self._scene.starts)
        with process.oneshot():
            return Sample(
                trials=len({entry["number"] for entry in log if entry["kind"] == "start"}),
                resident_mb=round(process.memory_info().rss / 1e6, 1),
                threads=process.num_threads(),
                handles=process.num_fds(),
            )

    def _ends(self) -> dict[str, Any]:
        client = self._scene.client()
        answer = client.call("tasks.get_all", type=["optimizer"], only_fields=["id", "status"])
        [instance] = answer["tasks"]
        log = read_log(self._scene.starts)
        found = tally(read_trials(client, instance["id"]), log, self._trials)
        client.close()
        return {
            "trials": self._trials,
            "status": instance["status"],
            "lost": found.lost,
            "doubled": found.doubled,
            "statuses": {**found.statuses, "deleted": sum(entry["kind"] == "deletion" for entry in log)},
            "verdicts": {name: count for name, count in found.verdicts.items() if name},
        }


def steadiness(samples: Sequence[Sample], trials: int) -> dict[str, Any]:
    """Return how memory, threads and handles behaved once a quarter of the trials had been started."""
    later = [sample for sample in samples if sample.trials >= trials / 4]
    first = median(sample.resident_mb for sample in later[: max(len(later) // 10, 1)])
    largest = max(sample.resident_mb for sample in later)
    return {
        "resident_mb": {"after_first_quarter": first, "largest_later": largest, "last": later[-1].resident_mb},
        "resident_growth": round(largest / first - 1, 3),
        "threads": [min(sample.threads for sample in later), max(sample.threads for sample in later)],
        "handles": [min(sample.handles for sample in later), max(sample.handles for sample in later)],
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Soak and print; the exit code tells whether all went well and memory stayed flat."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--trials", type=count, default=2000, metavar="N", help="trials of the run")
    parser.add_argument("--restart-every", type=count, default=200, metavar="N", help="trials between two servers")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="soak-") as folder, Scene(Path(folder)) as scene:
        figures = Soak(scene, options.trials, options.restart_every).play()
    print(
        json.dumps(figures) if options.json else "\n".join(f"{name}  {value}" for name, value in figures.items())
    )
    is_well = figures["status"] == "completed" and not figures["lost"] + figures["doubled"]
    sys.exit(0 if is_well and figures["resident_growth"] <= GROWTH else 1)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
