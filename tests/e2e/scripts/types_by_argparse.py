"""A training script that writes down what it received, through argparse."""

import argparse
import json
from pathlib import Path

from clearml import Task

task = Task.init(
    project_name="e2e",
    task_name="types by argparse",
    auto_connect_frameworks=False,
    auto_resource_monitoring=False,
)
parser = argparse.ArgumentParser()
parser.add_argument("--folder", default=str(Path.cwd()))
parser.add_argument("--rate", type=float, default=0.1)
parser.add_argument("--layers", type=int, default=2)
parser.add_argument("--optimizer", default="adam")
parser.add_argument("--note", type=str, default=None)
arguments = parser.parse_args()
Path(arguments.folder, f"{task.id}.json").write_text(json.dumps(vars(arguments)), encoding="utf-8")
task.get_logger().report_scalar("loss", "validation", value=arguments.rate, iteration=1)
