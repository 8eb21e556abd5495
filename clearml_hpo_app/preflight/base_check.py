"""Whether a base task fits a configuration: the metrics that it reported, the parameters that it has."""

from collections.abc import Iterator
from dataclasses import dataclass

from clearml_hpo_app.clearml_api.base_task import BaseTask
from clearml_hpo_app.config import HpoConfig
from clearml_hpo_app.errors import PreflightFailed
from clearml_hpo_app.preflight.hydra_tree import HYDRA
from clearml_hpo_app.preflight.parameter_check import parameter_findings
from clearml_hpo_app.violations import closest


@dataclass(frozen=True)
class BaseFindings:
    """What was found, as sentences; with one of the errors no trial can get or give what is wanted.

    Attributes:
        reported: Objectives that the base task did report.
        metrics: Objectives that the base task never reported, and that are not said to be new.
        parameters: Parameters that it does not have, or whose values it could not read.
        doubts: What may be as wanted.
    """

    reported: tuple[str, ...]
    metrics: tuple[str, ...]
    parameters: tuple[str, ...]
    doubts: tuple[str, ...]


def look_at_base(base: BaseTask, config: HpoConfig, *, lenient: bool = False) -> BaseFindings:
    """Hold a configuration against its base task; asks the server nothing.

    Args:
        base: The base task.
        config: What is to be run.
        lenient: Whether one that never reported anything may report anything yet.
    """
    wrong, doubtful = parameter_findings(base, config.parameters)
    may_be_any = lenient and not base.metrics
    reported = [each for each in config.objectives if (each.title, each.series) in base.metrics]
    unknown = [each for each in config.objectives if each not in reported]
    new = [each.name for each in unknown if each.allow_new_metric or may_be_any]
    return BaseFindings(
        reported=tuple(each.name for each in reported),
        metrics=tuple(_unreported(base, each.name) for each in unknown if each.name not in new),
        parameters=tuple(wrong),
        doubts=(*(_doubt(base, name) for name in new), *doubtful, *_lone_script(base)),
    )


def require_fit(base: BaseTask, config: HpoConfig) -> None:
    """Refuse a run that would only spend its budget.

    Raises:
        PreflightFailed: With all errors.
    """
    found = look_at_base(base, config, lenient=True)
    if errors := [*found.metrics, *found.parameters]:
        raise PreflightFailed(errors)


def _lone_script(base: BaseTask) -> Iterator[str]:
    if HYDRA in base.sections and not base.script.get("repository"):
        yield (
            "The base task's script is in no git repository, so an agent gets this one file, and no folder with "
            "Hydra's configuration. Run it from a repository, or keep the configuration in the script."
        )


def _unreported(base: BaseTask, name: str) -> str:
    return (
        f"The objective {name} must be a scalar that the base task has reported, but it never did. "
        f"{_hint(base, name)} If trials will report it all the same, allow a new metric (allow_new_metric: true)."
    )


def _doubt(base: BaseTask, name: str) -> str:
    return f"The base task never reported {name}, so trials may not either. {_hint(base, name)}"


def _hint(base: BaseTask, name: str) -> str:
    known = [f"{title}/{series}" for title, series in base.metrics]
    own = sorted(each for each in known if not each.startswith(":monitor:"))
    near = closest(name, known) or own[:5]
    return f"It reported {', '.join(near)}." if near else "It reported no scalar at all; run it once."
