"""Connects dictionaries under names with dots, blanks and slashes; tells what it received as scalars."""

import json
from pathlib import Path

from clearml import Task

task = Task.init("e2e", "odd sections", auto_connect_frameworks=False, auto_resource_monitoring=False)
dotted = task.connect({"learning.rate": 0.1, "a/b": 0.2}, name="my.section")
blank = task.connect({"dropout rate": 0.3}, name="my section")
slashed = task.connect({"depth": 0.4}, name="Model/deep")
late = task.get_parameter("General/new one", default="0.0")
received = {**dotted, **blank, **slashed, "new one": float(late)}
for name, value in received.items():
    task.get_logger().report_scalar("received", name, value, 0)
task.get_logger().report_scalar("loss", "validation", received["learning.rate"], 0)
Path(f"{task.id}.json").write_text(json.dumps(received), encoding="utf-8")
