"""What the template task says: how to use it, and the example in its configuration objects."""

from collections.abc import Mapping

NAME = "HPO application"

OBJECTIVES = """\
# What is optimized: one entry per metric, called as the initial task's scalars show it.
- title: validation
  series: accuracy
  trend: max        # or min
  value: last       # or best: the best value over all iterations
"""

PARAMETERS = """\
# Which values are tried: one entry per parameter. A name has its section, as the initial task shows it: Args/lr.
- type: uniform                  # a range
  name: General/learning_rate
  min: 0.0001
  max: 1
  scale: log                     # or linear, where a step is possible
- type: uniform                  # whole numbers, since all numbers here are
  name: General/epochs
  min: 10
  max: 60
  step: 10
- type: discrete                 # a list of values
  name: General/hidden_units
  values: [16, 32, 64, 128]
# - type: fixed                  # the same for every trial
#   name: General/augment
#   value: true
"""

OBJECTS: Mapping[str, str] = {"Objectives": OBJECTIVES, "Parameters": PARAMETERS}
"""A ready example in each configuration object, by its name."""

EXAMPLE_SETTINGS: Mapping[str, str] = {"total_tasks": "20"}
"""Settings that are no default: an example without a limit would never end."""

_DESCRIPTION = """\
Template of the HPO application, version {version}. Do not enqueue it: clone it, edit the clone, enqueue the \
clone to the queue {queue}.

What to edit, in the clone's tab Configuration:
1. Hyperparameters, section HPO: base_task_id (the task to optimize) and execution_queue (where the trials go); \
total_tasks and the other limits as you like. The tooltip of a name says what it means.
2. Configuration objects: Objectives (what is optimized) and Parameters (which values are tried), as YAML, \
JSON or HOCON.

Mistakes end the clone at once: its status message and its log name all of them.{readme}
"""


def description(version: str, queue: str, readme: str) -> str:
    """Return the template's description; `readme` is the address of the README, empty when it is not known."""
    link = f"\n\nREADME: {readme}" if readme else ""
    return _DESCRIPTION.format(version=version, queue=queue, readme=link)
