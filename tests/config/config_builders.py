"""A configuration in which every field differs from its default."""

from clearml_hpo_app.config import HpoConfig


def full_config() -> HpoConfig:
    return HpoConfig(
        base_task_id="base",
        method="random",
        early_stopping="none",
        objectives=[
            {
                "title": "validation",
                "series": "loss",
                "trend": "min",
                "value": "best",
                "allow_new_metric": True,
            },
            {"title": "größe", "series": "MB"},
        ],
        execution_queue="gpu",
        parameters=[
            {"type": "uniform", "name": "Args/lr", "min": 1e-5, "max": 0.1, "scale": "log"},
            {"type": "uniform", "name": "Args/units", "min": 16, "max": 64, "step": 16},
            {"type": "uniform", "name": "Args/real", "min": 1.0, "max": 4, "integer": False},
            {"type": "discrete", "name": "General/mode", "values": [1, 2.0, True, "3", None, "ä, b"]},
            {"type": "fixed", "name": "Args/nothing", "value": None},
            {"type": "fixed", "name": "Hydra/a.b/c", "value": "x", "allow_new": True},
        ],
        title="job",
        destination_project="a/b",
        max_concurrent_tasks=7,
        queue_ahead="off",
        max_calls_per_minute=120,
        report_page="off",
        limits={
            "total_tasks": 50,
            "top_tasks_to_keep": 5,
            "task_minutes": 1.5,
            "min_iterations": 3,
            "max_iterations": 27,
            "total_minutes": 90,
            "compute_minutes": 0.25,
        },
        failures={"retries": 3, "max_failed_tasks": 4, "stalled_minutes": 7.5},
        seed=0,
        grid_order="listed",
        trial={
            "container_image": "python:3.11",
            "container_arguments": "--ipc host",
            "output_uri": "s3://bucket/folder",
            "tags": ["one", "two words"],
            "branch": "main",
        },
    )
