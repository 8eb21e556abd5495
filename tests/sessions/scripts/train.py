"""A small training: its loss depends on Args/lr and Args/layers; `fail` and `seconds` are for tests of agents."""

import argparse
import os
import sys
import time

from clearml import Task

task = Task.init("sessions/training", "a training", auto_connect_frameworks=False, auto_resource_monitoring=False)
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1)
parser.add_argument("--layers", type=int, default=2)
parser.add_argument("--fail", type=int, default=0)
parser.add_argument("--seconds", type=float, default=0)
arguments = parser.parse_args()
for step in range(3):
    loss = (arguments.lr - 0.5) ** 2 + arguments.layers / (step + 1)
    task.get_logger().report_scalar("loss", "validation", loss, step)
print("trained with", arguments.lr, "by", os.environ.get("CLEARML_WORKER_ID", "hand"))
if arguments.seconds:
    task.flush(wait_for_uploads=True)
    time.sleep(arguments.seconds)
sys.exit(arguments.fail)
