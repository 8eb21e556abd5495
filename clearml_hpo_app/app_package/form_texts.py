"""What the launch form shows that is no part of a setting: labels of choices, examples, sources, conditions."""

from collections.abc import Mapping
from typing import Any

from clearml_hpo_app.config import METHOD_TITLES

OPTIMIZATION_TITLE = "Optimization Configuration"
OPTIMIZATION_INFO = "How the search is done, and what is optimized"
TYPE_TITLE = "Type"
TYPE_INFO = (
    "What the trials get: a value of a range, one of a list, always the same, or one of several combinations"
)

LABELS: Mapping[str, Mapping[str, str]] = {
    "method": {str(name): title for name, title in METHOD_TITLES.items()},
    "early_stopping": {
        "auto": "Automatic",
        "none": "None",
        "asha": "Successive halving (ASHA)",
        "median": "Median rule",
    },
    "trend": {"max": "Max", "min": "Min"},
    "objective_value": {"last": "Last", "best": "Best"},
    "type": {
        "uniform": "Uniform Parameters",
        "discrete": "Discrete Parameters",
        "fixed": "Fixed Value",
        "set": "Combinations",
    },
    "scale": {"linear": "Linear", "log": "Logarithmic"},
    "integer": {"true": "Yes", "false": "No"},
    "grid_order": {"random": "Random", "listed": "Listed"},
    "queue_ahead": {"auto": "Automatic", "off": "Off"},
    "report_page": {"auto": "Automatic", "off": "Off"},
}
"""Labels of choices, by the name of the entry and the value."""

RADIO = frozenset({"trend", "objective_value"})
"""Choices that are shown as radio buttons."""

PLACEHOLDERS: Mapping[str, str] = {
    "base_task_id": "Choose a task that ran once",
    "title": "validation",
    "series": "accuracy",
    "name": "Args/lr",
    "min": "0.0001",
    "max": "0.1",
    "step": "0.0001",
    "values": "16, 32, 64",
    "combinations": "- {Args/optimizer: adam, Args/lr: 0.001}\n- {Args/optimizer: sgd, Args/lr: 0.1}",
    "job_title": "My optimization",
    "destination_project": "As the initial task",
    "container_image": "python:3.12",
    "container_arguments": "--ipc=host",
    "output_uri": "s3://bucket/folder",
    "tags": "digits, wide search",
    "branch": "main",
}
"""Examples in empty fields, by the name of the entry."""

SOURCES: Mapping[str, Mapping[str, Any]] = {
    "base_task_id": {
        "source": "task",
        "value_field": "id",
        "display_field": "name",
        "filter": {"fields": {"system_tags": ["-archived"]}},
    },
    "execution_queue": {"source": "queue", "value_field": "name", "display_field": "name"},
    "destination_project": {"source": "project", "value_field": "name", "display_field": "name"},
}
"""Where the choices come from that the server knows, by the name of the entry."""

CONDITIONS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "grid_order": (("method", "grid"),),
    "step": (("scale", "linear"),),
}
"""Entries that are shown only when earlier ones have these values; besides those of one type of parameter."""

WITHOUT_HINT = frozenset({"job_title"})
"""On the applications page an instance without a name gets one from ClearML."""
