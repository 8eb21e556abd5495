"""A training script for real agents: reports a few values, and writes down by itself that it was started."""

import argparse
import json
import time
from pathlib import Path

from clearml import Task

ENDLESS_UNITS = 8
"""Such a trial goes on until it is stopped."""


def main() -> None:
    """Train. In a run by hand, which has no number, no start is written down."""
    task = Task.init(task_name="base", project_name="Benchmarks", auto_resource_monitoring=False)
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=float, default=0.5)
    parser.add_argument("--units", type=int, default=4)
    parser.add_argument("--starts", default="")
    options = parser.parse_args()
    known = {name: item["value"] for name, item in task.get_user_properties().items()}
    if "hpo_trial" in known:
        names = {"run": "hpo_run", "number": "hpo_trial", "attempt": "hpo_attempt"}
        entry = {"kind": "start", "task": task.id, **{key: known[name] for key, name in names.items()}}
        with Path(options.starts).open("a", encoding="utf-8") as log:
            log.write(json.dumps(entry) + "\n")
    for iteration in range(1, 500 if options.units == ENDLESS_UNITS else 4):
        time.sleep(0.3)
        value = abs(options.rate - 0.3) + options.units / 100 + 1 / iteration
        task.get_logger().report_scalar("val", "loss", value, iteration)


if __name__ == "__main__":
    main()
