"""`python -m benchmarks.scale.controller`: the product's controller, with the processor time of each of its turns.

Takes a configuration file, or the id of an instance that has ended, then the file for what it noted, one JSON
object, and how many trials more an instance shall run; the server comes from the environment.
"""

import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from clearml_hpo_app.clearml_api import connect
from clearml_hpo_app.config import read_config
from clearml_hpo_app.controller.deciding.actions import Launch
from clearml_hpo_app.controller.loop import Controller, Turn
from clearml_hpo_app.instances.instance import HpoInstance
from clearml_hpo_app.instances.launching import create_instance
from clearml_hpo_app.instances.runner import start_here


@dataclass(frozen=True)
class TurnCost:
    """One turn, with the pause before it.

    Attributes:
        ended, running: Trials that had ended and that ran after it.
        made: Trials that it made.
        cpu_ms: Processor time of the whole process, other threads included.
        calls: To the API.
    """

    ended: int
    running: int
    made: int
    cpu_ms: float
    calls: int


class Diary:
    """What is noted after every turn."""

    def __init__(self) -> None:
        self.turns: list[TurnCost] = []
        self.first_launch_seconds: float | None = None
        self._cpu, self._calls = time.process_time(), 0

    def note(self, controller: Controller, turn: Turn) -> None:
        """Note one turn."""
        made = sum(isinstance(action, Launch) for action in turn.actions)
        if self.first_launch_seconds is None and made:
            self.first_launch_seconds = time.time() - psutil.Process().create_time()
        cpu, calls = time.process_time(), controller.client.calls.total()
        state = controller.state
        running = sum(trial.state.has_started for trial in state.active.values())
        self.turns.append(TurnCost(state.results, running, made, 1000 * (cpu - self._cpu), calls - self._calls))
        self._cpu, self._calls = time.process_time(), calls


def main() -> None:
    """Run the instance to its end and write down what was noted."""
    given, answer, further = sys.argv[1:]
    client, diary = connect(), Diary()
    if Path(given).exists():
        given = create_instance(client, read_config(Path(given)))
    else:
        HpoInstance(given, client=client).extend(int(further))
    controller = start_here(client, given, on_turn=diary.note)
    told = {
        "task": given,
        "first_launch_seconds": diary.first_launch_seconds,
        "calls": controller.client.calls.total(),
        "turns": [asdict(turn) for turn in diary.turns],
    }
    Path(answer).write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    main()
