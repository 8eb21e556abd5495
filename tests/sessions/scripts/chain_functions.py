"""A pipeline of functions: all in this process with the argument `here`, else on agents."""

import json
import sys

from clearml import PipelineController


def make(count):
    """Make numbers."""
    return list(range(int(count)))


def total(numbers):
    """Add numbers up."""
    print("the total is", sum(numbers))
    return sum(numbers)


pipe = PipelineController(
    "chain of functions", "sessions/pipelines", version="1.0", auto_version_bump=False, pool_frequency=0.02
)
pipe.add_parameter("count", 5)
pipe.add_function_step("make", make, {"count": "${pipeline.count}"}, function_return=["numbers"])
pipe.add_function_step("total", total, {"numbers": "${make.numbers}"}, function_return=["sum"])
print("ANSWER" + json.dumps(pipe.id), flush=True)
if sys.argv[1:] == ["here"]:
    pipe.start_locally(run_pipeline_steps_locally=True)
else:
    pipe.set_default_execution_queue("steps")
    pipe.start(queue="pipelines")
