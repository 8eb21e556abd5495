"""The reported values of a metric over the iterations, of many tasks in one call."""

from collections.abc import Sequence
from typing import TypeAlias

from clearml_hpo_app.clearml_api.client import Client
from clearml_hpo_app.objective import Objective

Curve: TypeAlias = Sequence[tuple[int, float]]
"""Values by iteration, ascending."""

TASKS_PER_CALL = 100
SAMPLES = 6000
"""Points of a curve that a server gives at most; of longer ones it averages neighbours."""


def read_curves(
    client: Client, ids: Sequence[str], objective: Objective, samples: int = SAMPLES
) -> dict[str, Curve]:
    """Return the curve of `objective` of each task, `samples` points at most; empty where it never reported it.

    API: https://clear.ml/docs/latest/docs/references/api/events (`multi_task_scalar_metrics_iter_histogram`).
    Values are single precision there.

    Raises:
        RequestRefused: One of the tasks does not exist (`subcode` 101): the server then answers for none.
    """
    curves: dict[str, Curve] = dict.fromkeys(ids, ())
    for start in range(0, len(ids), TASKS_PER_CALL):
        answer = client.call(
            "events.multi_task_scalar_metrics_iter_histogram",
            tasks=list(ids[start : start + TASKS_PER_CALL]),
            metrics=[{"metric": objective.title, "variants": [objective.series]}],
            samples=samples,
            key="iter",
        )
        by_task = (answer.get("metrics") or {}).get(objective.title, {}).get(objective.series, {})
        for task, curve in by_task.items():
            pairs = zip(curve["x"], curve["y"], strict=True)
            curves[task] = sorted((int(iteration), float(value)) for iteration, value in pairs)
    return curves
