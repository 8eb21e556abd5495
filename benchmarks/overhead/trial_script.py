"""A training script for real agents, which takes the time that it is told and reports every 2 s."""

import argparse
import time

from clearml import Task

REPORT_SECONDS = 2.0


def main() -> None:
    """Train."""
    task = Task.init(task_name="base", project_name="Benchmarks", auto_resource_monitoring=False)
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=float, default=0.5)
    parser.add_argument("--units", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=9.0)
    options = parser.parse_args()
    worth, iteration, left = abs(options.rate - 0.3) + options.units / 100, 0, options.seconds
    while left > 0:
        pause = min(left, REPORT_SECONDS)
        time.sleep(pause)
        left, iteration = left - pause, iteration + 1
        task.get_logger().report_scalar("val", "loss", worth + 1 / iteration, iteration)


if __name__ == "__main__":
    main()
