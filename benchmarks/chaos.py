"""`python -m benchmarks.chaos [--kills N] [--json]`: controllers are killed again and again; is anything lost?

Each controller is a process, `clearml-hpo run`, that gets SIGKILL at or near one of its calls, and is resumed by
another one. What became of the trials is counted by the server's tasks and the workers' own log of starts; with
`--agents real` the workers are clearml-agents, and trials take their time. Progress goes to stderr.
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.arguments import count
from benchmarks.chaos_killer import Killer, Target
from benchmarks.proxy import Proxy
from benchmarks.scene import RATE, RATES, UNITS, Scene
from benchmarks.tally import read_log, read_trials, tally

TRIALS, CONCURRENT, KEPT, MOST_ITERATIONS = 16, 3, 4, 6
METHODS = ("random", "grid", "bayesian")
PHASES = ("restore", "clone", "enqueue", "stop", "report", "archive", "any")
MOMENTS = ("before", "between", "after")
ENDS_BY_ITSELF = 3
HABITS = {"workers": 4, "seconds": 1.2, "iterations": 3, "endless": 0.25}


@dataclass
class Figures:
    """What is counted."""

    runs_started: int = 0
    runs_finished: int = 0
    lost: int = 0
    doubled: int = 0
    by_phase: Counter[str] = field(default_factory=Counter)

    @property
    def kills(self) -> int:
        """How many controllers were killed."""
        return sum(self.by_phase.values())

    def to_json(self) -> dict[str, Any]:
        """Return the figures as they are printed."""
        return {
            "runs_started": self.runs_started,
            "runs_finished": self.runs_finished,
            "kills": self.kills,
            "lost": self.lost,
            "doubled": self.doubled,
            "kills_by_phase": dict(self.by_phase),
        }


class Chaos:
    """Runs one optimization after the other until `kills` controllers have died."""

    def __init__(self, scene: Scene, kills: int, seed: int, patience: float = 6.0) -> None:
        self._scene, self._kills, self._chance = scene, kills, Random(seed)  # noqa: S311
        self._killer = Killer(patience)
        self._client = scene.client()
        self.figures = Figures()

    def play(self) -> None:
        """Take it from the first run to the last."""
        with Proxy(self._scene.address, self._killer.treat) as proxy:
            while self.figures.kills < self._kills:
                instance = self._run(proxy)
                self._count(instance)

    def _run(self, proxy: Proxy) -> str:
        """Run one optimization to its end, by as many controllers as it takes; return its id."""
        self.figures.runs_started += 1
        file = self._config(METHODS[self.figures.runs_started % len(METHODS)])
        self._killer.forget()
        arguments, peaceful = [file], 0
        while peaceful < ENDS_BY_ITSELF:
            process = self._scene.control(proxy.address, *arguments)
            phase = self._killer.hunt(process, self._target())
            if phase:
                self.figures.by_phase[phase] += 1
                _say(f"kill {self.figures.kills} of {self._kills}: {phase}, run {self.figures.runs_started}")
            else:
                peaceful += 1
            if not self._killer.instance:
                raise RuntimeError(f"A controller must begin its run, but it said:\n{self._scene.last_words()}")
            if self._is_completed(self._killer.instance):
                break
            arguments = ["--resume", self._killer.instance]
        return self._killer.instance

    def _config(self, method: str) -> str:
        return self._scene.write_config(
            method=method,
            parameters=[RATES if method == "grid" else RATE, UNITS],
            max_concurrent_tasks=CONCURRENT,
            limits={"total_tasks": TRIALS, "top_tasks_to_keep": KEPT, "max_iterations": MOST_ITERATIONS},
        )

    def _target(self) -> Target | None:
        if self.figures.kills >= self._kills:
            return None
        phase = PHASES[self.figures.kills % len(PHASES)]
        return Target(
            phase=phase,
            moment=self._chance.choice(MOMENTS),
            call=self._chance.randint(1, 12 if phase in {"restore", "any"} else 2),
            pause=self._chance.uniform(0.0, 0.3),
        )

    def _is_completed(self, instance: str) -> bool:
        return bool(self._client.call("tasks.get_by_id", task=instance)["task"]["status"] == "completed")

    def _count(self, instance: str) -> None:
        found = tally(read_trials(self._client, instance), read_log(self._scene.starts), TRIALS)
        self.figures.lost += found.lost
        self.figures.doubled += found.doubled
        if self._is_completed(instance):
            self.figures.runs_finished += 1
        else:
            _say(f"The run {instance} did not finish:\n{self._scene.last_words()}")
        if found.lost or found.doubled:
            _say(f"The run {instance}: {found}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Kill and print; the exit code tells whether anything was lost or doubled."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--kills", type=count, default=100, metavar="N", help="controllers to kill")
    parser.add_argument("--agents", choices=("simulated", "real"), default="simulated", help="who runs the trials")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of the moments")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder, Scene(Path(folder)) as scene:
        if options.agents == "real":
            scene.hire_agents(CONCURRENT)
            chaos = Chaos(scene, options.kills, options.seed, patience=20.0)
        else:
            scene.hire(HABITS)
            chaos = Chaos(scene, options.kills, options.seed)
        chaos.play()
    figures = chaos.figures.to_json()
    print(
        json.dumps(figures) if options.json else "\n".join(f"{name}  {value}" for name, value in figures.items())
    )
    is_well = figures["runs_started"] == figures["runs_finished"] and not figures["lost"] + figures["doubled"]
    sys.exit(0 if is_well else 1)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
