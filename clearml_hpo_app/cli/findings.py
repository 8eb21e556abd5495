"""What `check` found, for people and for programs."""

from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from clearml_hpo_app.clearml_api import Client, instances, tasks
from clearml_hpo_app.cli.output import ERROR, OK, WARNING, marked
from clearml_hpo_app.cli.words import objective_text
from clearml_hpo_app.config import METHOD_TITLES, HpoConfig
from clearml_hpo_app.preflight.checks import Preflight
from clearml_hpo_app.wording import counted, duration


def to_json(found: Preflight) -> dict[str, Any]:
    """Return what was found as JSON values."""
    return {
        "ok": not found.errors,
        "errors": list(found.errors),
        "warnings": list(found.warnings),
        "choices": list(found.choices),
        "base_task": found.base.name if found.base else None,
        "workers": list(found.workers),
        "space_size": found.space_size,
        "expected_minutes": None if found.expected_minutes is None else round(found.expected_minutes, 2),
    }


def render_findings(found: Preflight, config: HpoConfig, project: str) -> RenderableType:
    """Return the list of what is wrong, doubtful and right, and what the run would be.

    Args:
        found: What a look at the server showed.
        config: What would be run.
        project: Where the trials would be kept, as a sentence; empty when not known.
    """
    lines = [marked(ERROR, sentence) for sentence in found.errors]
    lines += [marked(WARNING, sentence) for sentence in found.warnings]
    confirmed = [*found.confirmed, *([project] if project else [])]
    lines += [marked(OK, sentence) for sentence in confirmed]
    return Padding(Group(*lines, Text(), _forecast(found, config)), (1, 2), expand=False)


def project_finding(client: Client, config: HpoConfig) -> str:
    """Return where the trials would be kept, as a sentence; empty when that is not known."""
    if config.destination_project:
        exists = instances.find_project(client, config.destination_project) is not None
        return f"Project: {config.destination_project}{'' if exists else ' (will be created)'}"
    base = tasks.find_task(client, config.base_task_id)
    name = instances.project_name(client, str(base.get("project") or "")) if base else ""
    return f"Project: {name}, as the base task" if name else ""


def _forecast(found: Preflight, config: HpoConfig) -> Text:
    size = "continuous" if found.space_size is None else counted(found.space_size, "point")
    text = Text.assemble(
        (f"{METHOD_TITLES[config.method]} on {objective_text(config)}, search space: {size}", "dim"),
    )
    if found.expected_minutes is not None:
        served = f" with {counted(len(found.workers), 'worker')}" if found.workers else ""
        text.append(f"\nExpected to take about {duration(found.expected_minutes * 60)}{served}", style="dim")
    return text
