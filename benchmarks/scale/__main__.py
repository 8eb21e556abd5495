"""`python -m benchmarks.scale [--trials N] [--concurrent M] [--method NAME] [--json]`: many trials, one run.

Server, controller and workers are processes of their own; the workers play agents through the public API, one
trial after the other. When all trials have ended, they leave, and a further controller resumes the same run for
as many trials more as run at the same time. These last long enough to be only watched; workers come for them when
the first one waits.
Progress goes to stderr.
"""

import argparse
import json
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.arguments import count
from benchmarks.client import Client
from benchmarks.overhead.playing import unix_seconds
from benchmarks.overhead.watching import Usage, watch
from benchmarks.scale.controller import TurnCost
from benchmarks.scale.figures import Story, curves, figures
from benchmarks.scene import Scene
from clearml_hpo_app.methods import METHODS

MODULE = "benchmarks.scale.controller"
TRIALS_PER_SECOND = 20.0
"""What the workers take on together: what server and workers can carry on two cores beside the controller."""

SHORTEST_SECONDS = 1.0
WATCHED_PER_SECOND, SHORTEST_WATCHED_SECONDS = 2.0, 12.0
"""The same for trials that are to be watched while all of them run, and how long these last at least."""

LOOK_SECONDS = 0.5
PATIENCE_SECONDS = 7200.0
TOLD_EVERY_SECONDS = 15.0
_PAGE = 500


def measure(
    scene: Scene, *, trials: int, concurrent: int, method: str
) -> tuple[dict[str, Any], list[dict[str, float]]]:
    """Run the trials; return the figures and the curves over the run."""
    seconds = max(concurrent / TRIALS_PER_SECOND, SHORTEST_SECONDS)
    scene.hire_simulated_agents(workers=concurrent, seconds=seconds, report_seconds=max(seconds / 2, 1.0))
    file = scene.write_config(
        method=method,
        early_stopping="none",
        max_concurrent_tasks=concurrent,
        max_calls_per_minute=None,
        limits={"total_tasks": trials},
    )
    told, usage = _control(scene, file, trials)
    scene.dismiss()
    with _workers_for_the_first_trial(scene, concurrent):
        again, _ = _control(scene, told["task"], trials + concurrent, further=concurrent)
    client = scene.client()
    story = Story(
        ends=sorted(_ends(client, told["task"]))[:trials],
        turns=[TurnCost(**turn) for turn in told["turns"]],
        later_turns=[TurnCost(**turn) for turn in again["turns"]],
        calls=told["calls"],
        resident_mb=usage.resident_mb,
        first_launch_seconds=told["first_launch_seconds"],
        resume_seconds=again["first_launch_seconds"],
    )
    client.close()
    settings = {"trials": trials, "concurrent": concurrent, "method": method, "trial_seconds": seconds}
    return {**figures(story, concurrent), "settings": settings}, curves(story)


def _control(scene: Scene, given: str, trials: int, further: int = 0) -> tuple[dict[str, Any], Usage]:
    """Let a controller run to its end: of a configuration file, or of an instance for `further` trials more."""
    answer, ended = scene.folder / "answer.json", threading.Event()
    process = scene.start([sys.executable, "-m", MODULE, given, str(answer), str(further)], scene.address)
    teller = threading.Thread(target=_tell, args=(scene.client(), trials, ended), daemon=True)
    teller.start()
    try:
        usage = watch(process, PATIENCE_SECONDS)
    finally:
        ended.set()
        teller.join()
    if usage.exit_code:
        raise RuntimeError(f"The controller must end well, but gave {usage.exit_code}:\n{scene.last_words()}")
    return json.loads(answer.read_text("utf-8")), usage


@contextmanager
def _workers_for_the_first_trial(scene: Scene, concurrent: int) -> Iterator[None]:
    """Hire workers as soon as a trial waits: they keep neither server nor cores busy before."""
    ended, seconds = threading.Event(), max(concurrent / WATCHED_PER_SECOND, SHORTEST_WATCHED_SECONDS)

    def wait_and_hire() -> None:
        client = scene.client()
        while not ended.wait(LOOK_SECONDS):
            if client.call("queues.get_num_entries", queue=scene.queue)["num"]:
                pauses = {"report_seconds": seconds / 4, "poll_seconds": min(seconds / 4, 30.0)}
                scene.hire_simulated_agents(workers=concurrent, seconds=seconds, **pauses)
                break
        client.close()

    waiter = threading.Thread(target=wait_and_hire, daemon=True)
    waiter.start()
    try:
        yield
    finally:
        ended.set()
        waiter.join()


def _tell(client: Client, trials: int, ended: threading.Event) -> None:
    """Say now and then how many trials have completed."""
    asked = {"status": ["completed"], "tags": ["optimization"], "only_fields": ["id"], "order_by": ["completed"]}
    page = 0
    while not ended.wait(TOLD_EVERY_SECONDS):
        while (last := len(client.call("tasks.get_all", **asked, page=page, page_size=_PAGE)["tasks"])) == _PAGE:
            page += 1
        print(f"{page * _PAGE + last} of {trials}", file=sys.stderr, flush=True)
    client.close()


def _ends(client: Client, parent: str) -> Iterator[float]:
    asked = {"parent": [parent], "only_fields": ["completed"], "order_by": ["completed"], "search_hidden": True}
    page = 0
    while rows := client.call("tasks.get_all", **asked, page=page, page_size=_PAGE)["tasks"]:
        yield from (unix_seconds(row["completed"]) for row in rows if row.get("completed"))
        page += 1


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--trials", type=count, default=1000, metavar="N", help="of the run")
    parser.add_argument("--concurrent", type=count, default=64, metavar="M", help="at the same time, and workers")
    parser.add_argument("--method", choices=METHODS, default="random", help="search method")
    parser.add_argument("--curves", type=Path, metavar="FILE", help="add the curves over the run to this file")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="scale-") as folder, Scene(Path(folder)) as scene:
        found, drawn = measure(scene, trials=given.trials, concurrent=given.concurrent, method=given.method)
    if given.curves:
        with given.curves.open("a", encoding="utf-8") as file:
            file.write(json.dumps({**found["settings"], "curves": drawn}) + "\n")
    print(json.dumps(found) if given.json else "\n".join(f"{name:36} {value}" for name, value in found.items()))


if __name__ == "__main__":
    main()
